// SPDX-License-Identifier: Apache-2.0
#include "proof/bill.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "base/percent.h"
#include "document/json.h"

namespace lamella::proof {
namespace {

using document::Value;

constexpr int kIndent = 2;

/// https://github.com/package-url/purl-spec: names are normalised already; versions may hold "+" and "!".
std::string package_url(const BilledPackage& package) {
  return fmt::format("pkg:pypi/{}@{}", package.name, base::percent_encode(package.version));
}

std::string reference(const Bill& bill) {
  return fmt::format("{}:{}:{}", to_string(bill.kind), bill.name, short_name(bill.target));
}

Value hashes(const Digest& sha256) {
  Value list = Value::array();
  list.push_back(Value::object({{"alg", "SHA-256"}, {"content", sha256.hex()}}));
  return list;
}

Value properties(const std::vector<std::pair<std::string, std::string>>& named) {
  Value list = Value::array();
  for (const auto& [name, value] : named)
    list.push_back(Value::object({{"name", "lamella:" + name}, {"value", value}}));
  return list;
}

bool is_public(const std::string& url) {
  return url.starts_with("https://") && url.find('@') == std::string::npos &&
         url.find('?') == std::string::npos;
}

/// A UUID made of the digest (version 8 of RFC 9562).
std::string serial_number(const Digest& sha256) {
  std::string hex = sha256.hex().substr(0, 32);
  hex[12] = '8';
  hex[16] = '8';
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

Value subject_component(const Bill& bill) {
  Value component =
      Value::object({{"type", bill.kind == model::ArtifactKind::kLayer ? "library" : "application"},
                     {"bom-ref", reference(bill)},
                     {"name", bill.name},
                     {"hashes", hashes(bill.sha256)}});
  if (!bill.licence.empty()) {
    Value licences = Value::array();
    licences.push_back(Value::object({{"license", Value::object({{"name", bill.licence}})}}));
    component.set("licenses", std::move(licences));
  }
  std::vector<std::pair<std::string, std::string>> told = {
      {"kind", std::string(to_string(bill.kind))}, {"target", short_name(bill.target)}, {"zip", bill.zip}};
  for (const model::PackageShare& part : bill.parts)
    told.emplace_back("part", fmt::format("{} {} {}", part.name, part.version, part.bytes));
  component.set("properties", properties(told));
  return component;
}

Value package_component(const BilledPackage& package) {
  const std::string url = package_url(package);
  std::vector<std::pair<std::string, std::string>> told = {{"wheel", package.filename}};
  if (!package.compiled_by.empty()) told.emplace_back("compiled-by", package.compiled_by);
  Value component = Value::object({{"type", "library"},
                                   {"bom-ref", url},
                                   {"name", package.name},
                                   {"version", package.version},
                                   {"purl", url},
                                   {"properties", properties(told)}});
  // The digest is the wheel's, which is what is distributed; the zip holds what was kept of it.
  Value distribution = Value::object({{"type", "distribution"},
                                      {"url", is_public(package.url) ? package.url : package.filename},
                                      {"hashes", hashes(package.sha256)}});
  Value references = Value::array();
  references.push_back(std::move(distribution));
  if (package.source) {
    references.push_back(
        Value::object({{"type", "source-distribution"},
                       {"url", is_public(package.source->url) ? package.source->url : package.source->name},
                       {"comment", "built from source"},
                       {"hashes", hashes(package.source->sha256)}}));
  }
  component.set("externalReferences", std::move(references));
  return component;
}

Value file_component(const BilledFile& file) {
  Value component = Value::object({{"type", "file"},
                                   {"bom-ref", "file:" + file.name},
                                   {"name", file.name},
                                   {"hashes", hashes(file.sha256)}});
  if (!is_public(file.url)) return component;
  Value references = Value::array();
  references.push_back(Value::object({{"type", "distribution"}, {"url", file.url}}));
  component.set("externalReferences", std::move(references));
  return component;
}

Value dependencies(const Bill& bill) {
  Value all = Value::array();
  for (const BilledPackage& package : bill.packages) all.push_back(package_url(package));
  for (const BilledFile& file : bill.files) all.push_back("file:" + file.name);
  Value list = Value::array();
  list.push_back(Value::object({{"ref", reference(bill)}, {"dependsOn", std::move(all)}}));
  for (const BilledPackage& package : bill.packages) {
    Value needs = Value::array();
    for (const BilledPackage& other : bill.packages) {
      const bool needed =
          std::find(package.needs.begin(), package.needs.end(), other.name) != package.needs.end();
      if (needed) needs.push_back(package_url(other));
    }
    list.push_back(Value::object({{"ref", package_url(package)}, {"dependsOn", std::move(needs)}}));
  }
  return list;
}

Value digest_set(const Digest& sha256) { return Value::object({{"sha256", sha256.hex()}}); }

Value material(const BilledFile& file, const std::string& uri = {}) {
  Value one = Value::object({{"name", file.name}});
  if (!uri.empty()) one.set("uri", uri);
  one.set("digest", digest_set(file.sha256));
  if (is_public(file.url)) one.set("downloadLocation", file.url);
  return one;
}

/// Of a package that was built here, what it was built from and with: the wheel is made, not found.
Value materials(const Bill& bill) {
  Value list = Value::array();
  std::set<Digest> tools;
  for (const BilledPackage& package : bill.packages) {
    const BilledFile wheel{package.filename, package.sha256, package.url};
    list.push_back(material(package.source.value_or(wheel), package_url(package)));
    for (const BilledFile& tool : package.built_with) {
      if (tools.insert(tool.sha256).second) list.push_back(material(tool));
    }
  }
  for (const BilledFile& file : bill.files) list.push_back(material(file));
  for (const BilledFile& input : bill.inputs) list.push_back(material(input));
  return list;
}

/// "numpy 1.24.3 33000000"; a version may be empty.
std::optional<model::PackageShare> part_of(std::string_view text) {
  const auto first = text.find(' ');
  const auto last = text.rfind(' ');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  model::PackageShare part{std::string(text.substr(0, first)),
                           std::string(text.substr(first + 1, last - first - 1)), 0};
  const std::string_view number = text.substr(last + 1);
  const auto [end, trouble] = std::from_chars(number.data(), number.data() + number.size(), part.bytes);
  if (trouble != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return part;
}

}  // namespace

std::string render_bill_of_materials(const Bill& bill) {
  Value components = Value::array();
  for (const BilledPackage& package : bill.packages) components.push_back(package_component(package));
  for (const BilledFile& file : bill.files) components.push_back(file_component(file));
  Value tool = Value::object({{"type", "application"}, {"name", "lamella"}});
  Value tools = Value::array();
  tools.push_back(std::move(tool));
  const Value document =
      Value::object({{"$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json"},
                     {"bomFormat", "CycloneDX"},
                     {"specVersion", "1.6"},
                     {"serialNumber", serial_number(bill.sha256)},
                     {"version", 1},
                     {"metadata", Value::object({{"tools", Value::object({{"components", std::move(tools)}})},
                                                 {"component", subject_component(bill)}})},
                     {"components", std::move(components)},
                     {"dependencies", dependencies(bill)}});
  return document::render_json(document, kIndent) + "\n";
}

std::optional<std::vector<model::PackageShare>> packages_in_bill(std::string_view text, const Digest& zip) {
  const auto document = document::parse_json(text, "bill");
  if (!document) return std::nullopt;
  const Value* subject = document->find({"metadata", "component"});
  if (subject == nullptr) return std::nullopt;
  const auto& told = subject->items("hashes");
  if (told.empty() || told.front().text("content") != zip.hex()) return std::nullopt;
  std::vector<model::PackageShare> parts;
  for (const Value& property : subject->items("properties")) {
    if (property.text("name") != "lamella:part") continue;
    auto part = part_of(property.text("value"));
    if (!part) return std::nullopt;
    parts.push_back(*std::move(part));
  }
  if (parts.empty()) return std::nullopt;
  return parts;
}

std::string render_provenance(const Bill& bill) {
  Value subject = Value::array();
  subject.push_back(Value::object({{"name", bill.zip}, {"digest", digest_set(bill.sha256)}}));
  Value internal = Value::object({{"key", bill.key.hex()}});
  if (!bill.interpreter.empty()) internal.set("interpreter", bill.interpreter);
  if (!bill.command.empty())
    internal.set("command", Value::object({{"run", bill.command}, {"network", bill.network}}));
  Value builders = Value::object();
  Value compilers = Value::object();
  for (const BilledPackage& package : bill.packages) {
    if (!package.built_on.empty()) builders.set(package.name, package.built_on);
    if (!package.compiled_by.empty()) compilers.set(package.name, package.compiled_by);
  }
  if (!builders.as_object()->empty()) internal.set("builders", std::move(builders));
  if (!compilers.as_object()->empty()) internal.set("compilers", std::move(compilers));
  Value definition =
      Value::object({{"buildType", "urn:lamella:build:1"},
                     {"externalParameters", Value::object({{"kind", to_string(bill.kind)},
                                                           {"name", bill.name},
                                                           {"target", short_name(bill.target)}})},
                     {"internalParameters", std::move(internal)},
                     {"resolvedDependencies", materials(bill)}});
  Value builder = Value::object({{"id", "urn:lamella"}});
  const Value document = Value::object(
      {{"_type", "https://in-toto.io/Statement/v1"},
       {"subject", std::move(subject)},
       {"predicateType", "https://slsa.dev/provenance/v1"},
       {"predicate", Value::object({{"buildDefinition", std::move(definition)},
                                    {"runDetails", Value::object({{"builder", std::move(builder)}})}})}});
  return document::render_json(document, kIndent) + "\n";
}

}  // namespace lamella::proof
