// SPDX-License-Identifier: Apache-2.0
#include "resolve/metadata.h"

#include <algorithm>
#include <array>
#include <optional>

#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "base/trim.h"
#include "config/requirement.h"
#include "crypto/sha256.h"
#include "document/json.h"
#include "resolve/version.h"
#include "store/content_store.h"

namespace lamella::resolve {
namespace {

using document::Value;

constexpr std::uint64_t kLargest = std::uint64_t{8} << 20;

/// The address of "Changelog, https://...", by the labels that packages use for it; "" for another label.
std::string changelog_in(std::string_view project_url) {
  const auto comma = project_url.find(',');
  if (comma == std::string_view::npos) return {};
  std::string label;
  for (const char c : project_url.substr(0, comma)) {
    if (c >= 'A' && c <= 'Z') label += static_cast<char>(c - 'A' + 'a');
    if (c >= 'a' && c <= 'z') label += c;
  }
  constexpr std::array kLabels = {"changelog", "changes", "releasenotes", "whatsnew", "history", "news"};
  const std::string address(base::trimmed(project_url.substr(comma + 1)));
  const bool known = std::find(kLabels.begin(), kLabels.end(), label) != kLabels.end();
  const bool plain = std::all_of(address.begin(), address.end(), [](char c) { return c > ' ' && c < 0x7F; });
  return known && plain && address.starts_with("https://") ? address : std::string();
}

void take_header(Metadata& metadata, std::string_view header) {
  const auto colon = header.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(header.substr(0, colon));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::string value(base::trimmed(header.substr(colon + 1)));
  if (name == "name") metadata.name = value;
  if (name == "version") metadata.version = value;
  if (name == "requires-python") metadata.requires_python = value;
  if (name == "requires-dist") metadata.requires_dist.push_back(value);
  if (name == "project-url" && metadata.changelog.empty()) metadata.changelog = changelog_in(value);
}

Digest key_of(const LockedPackage& package) {
  return crypto::sha256("lamella metadata 2\n" + package.wheel.sha256.hex());
}

std::string to_json(const Metadata& metadata) {
  return document::render_json(Value::object({{"schema", 1},
                                              {"name", metadata.name},
                                              {"version", metadata.version},
                                              {"requires_python", metadata.requires_python},
                                              {"requires_dist", Value::array_of(metadata.requires_dist)},
                                              {"changelog", metadata.changelog}}));
}

std::optional<Metadata> from_json(const std::string& text) {
  const auto value = document::parse_json(text, "action");
  if (!value || value->integer("schema") != 1) return std::nullopt;
  Metadata metadata{.name = value->text("name"),
                    .version = value->text("version"),
                    .requires_python = value->text("requires_python"),
                    .requires_dist = {},
                    .changelog = value->text("changelog")};
  for (const Value& item : value->items("requires_dist")) {
    if (!item.is_string()) return std::nullopt;
    metadata.requires_dist.push_back(*item.as_string());
  }
  return metadata;
}

Result<std::optional<std::string>> text_in_store(store::ContentStore& store, const LockedPackage& package,
                                                 EventSink& events) {
  LAMELLA_TRY_ASSIGN(auto wheel, store::open_intact(store, package.wheel.sha256, events));
  if (!wheel) return std::optional<std::string>();
  LAMELLA_TRY_ASSIGN(const auto bytes, wheel->map());
  auto zip = archive::ZipReader::open(bytes, archive::Profile::kWheel);
  if (!zip) {
    return Error(std::move(zip).error())
        .while_doing("reading " + package.wheel.filename)
        .remedy("report it to the package's maintainers, and pin another version");
  }
  const archive::Entry* metadata = nullptr;
  for (const archive::Entry& entry : zip->entries()) {
    const std::string_view name = entry.name;
    if (!name.ends_with(".dist-info/METADATA") || std::count(name.begin(), name.end(), '/') != 1) continue;
    if (metadata != nullptr) {
      return Error(ErrorCode::kRejected, "the wheel has more than one METADATA")
          .at(package.wheel.filename)
          .remedy("report it to the package's maintainers, and pin another version");
    }
    metadata = &entry;
  }
  if (metadata == nullptr)
    return Error(ErrorCode::kRejected, "the wheel has no METADATA").at(package.wheel.filename);
  LAMELLA_TRY_ASSIGN(const auto text, archive::inflate_entry(*zip, *metadata, kLargest));
  return std::optional<std::string>(base::as_text(text));
}

Result<std::string> text_of(const MetadataSources& sources, const LockedPackage& package,
                            std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(auto stored, text_in_store(sources.store, package, sources.events));
  if (stored) return std::move(*stored);
  const std::string url = package.wheel.url.substr(0, package.wheel.url.find_first_of("?#"));
  LAMELLA_TRY_ASSIGN(auto beside, sources.fetcher.read_unpinned(url + ".metadata", kLargest, stop));
  if (beside) return std::move(*beside);
  const store::Download wheel{package.wheel.filename, package.wheel.url, package.wheel.sha256,
                              package.wheel.size};
  LAMELLA_TRY(sources.fetcher.fetch({&wheel, 1}, sources.events, stop));
  LAMELLA_TRY_ASSIGN(auto fetched, text_in_store(sources.store, package, sources.events));
  if (fetched) return std::move(*fetched);
  return Error(ErrorCode::kIo, "a file that was just fetched is gone").at(package.wheel.filename);
}

bool describes(const Metadata& metadata, const LockedPackage& package) {
  if (config::normalised_name(metadata.name) != package.name) return false;
  const auto said = Version::parse(metadata.version);
  const auto locked = Version::parse(package.version);
  return said && locked ? *said == *locked : metadata.version == package.version;
}

}  // namespace

Result<Metadata> parse_metadata(std::string_view text) {
  Metadata metadata;
  std::string header;
  while (!text.empty()) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && (line.front() == ' ' || line.front() == '\t')) {
      header += line;
      continue;
    }
    take_header(metadata, header);
    header = line;
    if (line.empty()) break;
  }
  take_header(metadata, header);
  if (metadata.name.empty() || metadata.version.empty()) {
    return Error(ErrorCode::kRejected, "a wheel's METADATA names no package and version");
  }
  return metadata;
}

Result<Metadata> metadata_in(store::ContentStore& store, const std::string& filename, const Digest& sha256,
                             EventSink& events) {
  const LockedPackage package{
      .name = {}, .version = {}, .requires_python = {}, .wheel = {filename, {}, sha256, {}}};
  LAMELLA_TRY_ASSIGN(const auto text, text_in_store(store, package, events));
  if (!text) return Error(ErrorCode::kIo, "a wheel that was just made is gone").at(filename);
  return parse_metadata(*text);
}

Result<Metadata> read_metadata(const MetadataSources& sources, const LockedPackage& package,
                               std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto known, sources.actions.get(key_of(package)));
  if (known) {
    if (auto metadata = from_json(known->value)) return std::move(*metadata);
  }
  LAMELLA_TRY_ASSIGN(const std::string text, text_of(sources, package, stop));
  auto metadata = parse_metadata(text);
  if (!metadata) return Error(std::move(metadata).error()).at(package.wheel.filename);
  if (!describes(*metadata, package)) {
    return Error(ErrorCode::kMismatch, "the index gives the metadata of another package")
        .at(package.wheel.filename)
        .because("wanted " + package.name + " " + package.version + ", got " + metadata->name + " " +
                 metadata->version);
  }
  LAMELLA_TRY(
      sources.actions.put(key_of(package), {.kind = "metadata", .value = to_json(*metadata), .outputs = {}}));
  return metadata;
}

}  // namespace lamella::resolve
