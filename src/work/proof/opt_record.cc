// SPDX-License-Identifier: Apache-2.0
// Facts as the ActionCache keeps them (kind "opt-facts"): docs/formats/opt-facts.md.
#include <optional>
#include <string_view>

#include "proof/opt_reader.h"

namespace lamella::proof {
namespace {

using document::Value;
using model::OptBinary;

std::string_view format_word(OptBinary::Format format) {
  switch (format) {
    case OptBinary::Format::kMachO: return "mach-o";
    case OptBinary::Format::kPe: return "pe";
    default: return "elf";
  }
}

std::optional<OptBinary::Format> format_from(std::string_view word) {
  for (const auto format : {OptBinary::Format::kElf, OptBinary::Format::kMachO, OptBinary::Format::kPe}) {
    if (format_word(format) == word) return format;
  }
  return std::nullopt;
}

Value version_to_value(const std::vector<unsigned>& version) {
  Value list = Value::array();
  for (const unsigned part : version) list.push_back(static_cast<std::int64_t>(part));
  return list;
}

std::vector<unsigned> version_of(const Value& value, std::string_view key) {
  std::vector<unsigned> version;
  for (const Value& part : value.items(key))
    version.push_back(static_cast<unsigned>(part.as_integer().value_or(0)));
  return version;
}

Value binary_to_value(const OptBinary& binary) {
  return Value::object({{"path", binary.path},
                        {"size", binary.size},
                        {"content", binary.content},
                        {"format", format_word(binary.format)},
                        {"machine", binary.machine},
                        {"soname", binary.soname},
                        {"needed", Value::array_of(binary.needed)},
                        {"rpath", Value::array_of(binary.rpath)},
                        {"runpath", Value::array_of(binary.runpath)},
                        {"glibc", version_to_value(binary.glibc)},
                        {"glibcxx", version_to_value(binary.glibcxx)},
                        {"cxxabi", version_to_value(binary.cxxabi)}});
}

Result<OptBinary> binary_from_value(const Value& value) {
  const auto format = format_from(value.text("format"));
  if (!format || value.text("path").empty())
    return Error(ErrorCode::kCorrupt, "a binary has no path or format");
  OptBinary binary;
  binary.path = value.text("path");
  binary.size = static_cast<std::uint64_t>(value.integer("size"));
  binary.content = value.text("content");
  binary.format = *format;
  binary.machine = value.text("machine");
  binary.soname = value.text("soname");
  binary.needed = value.texts("needed");
  binary.rpath = value.texts("rpath");
  binary.runpath = value.texts("runpath");
  binary.glibc = version_of(value, "glibc");
  binary.glibcxx = version_of(value, "glibcxx");
  binary.cxxabi = version_of(value, "cxxabi");
  return binary;
}

}  // namespace

Value to_value(const model::OptPart& facts) {
  Value binaries = Value::array();
  for (const OptBinary& one : facts.binaries) binaries.push_back(binary_to_value(one));
  return Value::object({{"schema", kOptFactsEpoch},
                        {"binaries", std::move(binaries)},
                        {"namespace_inits", Value::array_of(facts.namespace_inits)},
                        {"empty_inits", Value::array_of(facts.empty_inits)},
                        {"startup_pths", Value::array_of(facts.startup_pths)},
                        {"preloads", Value::array_of(facts.preloads)},
                        {"imports", Value::array_of(facts.imports)},
                        {"requires_dist", Value::array_of(facts.requires_dist)}});
}

Result<model::OptPart> opt_facts_from_value(const Value& value) {
  if (value.integer("schema") != kOptFactsEpoch) return Error(ErrorCode::kCorrupt, "facts of another schema");
  model::OptPart facts;
  for (const Value& one : value.items("binaries")) {
    LAMELLA_TRY_ASSIGN(OptBinary binary, binary_from_value(one));
    facts.binaries.push_back(std::move(binary));
  }
  facts.namespace_inits = value.texts("namespace_inits");
  facts.empty_inits = value.texts("empty_inits");
  facts.startup_pths = value.texts("startup_pths");
  facts.preloads = value.texts("preloads");
  facts.imports = value.texts("imports");
  facts.requires_dist = value.texts("requires_dist");
  return facts;
}

}  // namespace lamella::proof
