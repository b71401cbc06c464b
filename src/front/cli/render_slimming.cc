// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/units.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

/// "scipy 1.11.3", or "5 packages" for a rule that found something in several.
std::string versions_text(const std::vector<std::string>& found) {
  return found.size() == 1 ? found.front() : base::counted(found.size(), "package");
}

/// The distributions, with their versions, in which each rule took something.
std::map<std::string, std::vector<std::string>> places_of(const Value& dropped) {
  std::map<std::string, std::vector<std::string>> places;
  for (const Value& one : dropped.items("by_rule")) {
    if (one.integer("files") > 0)
      places[one.text("rule")].push_back(one.text("distribution") + " " + one.text("version"));
  }
  return places;
}

class Lines {
 public:
  void add(std::string_view sign, std::int64_t bytes, std::string name, std::string note = "") {
    if (bytes <= 0) return;
    table_.add({std::string(sign),
                number(base::format_size(static_cast<std::uint64_t>(bytes))),
                std::move(name),
                {std::move(note), Colour::kDim}});
  }
  std::string render(const Style& style) const { return table_.render(style); }

 private:
  Table table_;
};

void add_rules(Lines& lines, const Value& dropped) {
  const auto places = places_of(dropped);
  std::vector<std::pair<std::int64_t, std::string>> rules;
  for (const auto& member : dropped.members("rules"))
    rules.emplace_back(member.value.as_integer().value_or(0), member.key);
  std::sort(rules.rbegin(), rules.rend());
  for (const auto& [bytes, rule] : rules) {
    const auto where = places.find(rule);
    lines.add("-", bytes, rule, where == places.end() ? "" : versions_text(where->second));
  }
}

std::string kept_text(const Value& dropped) {
  std::string out;
  for (const Value& one : dropped.items("kept")) {
    if (one.integer("files") == 0 || one.text("word").starts_with("service ")) continue;
    out += fmt::format("  {}: {} of {}, {}, stay in\n", one.text("word"),
                       base::counted(static_cast<std::size_t>(one.integer("files")), "file"),
                       one.text("distribution"), size_text(one.find("bytes")));
  }
  return out;
}

}  // namespace

std::string bought_text(const Value& bought) {
  const auto ms = [&](std::string_view key) {
    return fmt::format("{} ms", (bought.integer(key) + 500) / 1000);
  };
  return fmt::format("bytecode of {} for {} saves {}; {} without, for {}",
                     base::counted(static_cast<std::size_t>(bought.integer("modules")), "module"),
                     size_text(bought.find("bytes")), ms("saved_us"), bought.integer("without"),
                     ms("without_us"));
}

std::string slimming_text(const Value& artifact, const Style& style) {
  const Value* dropped = artifact.find("dropped");
  if (dropped == nullptr || dropped->integer("wheel_bytes") == 0) return {};
  Lines lines;
  add_rules(lines, *dropped);
  lines.add("-", dropped->integer("stripped_bytes"), "symbols stripped from libraries");
  lines.add("-", dropped->integer("source_bytes"), "source that bytecode replaces");
  lines.add("+", dropped->integer("bytecode_bytes"), "bytecode");
  std::string out =
      fmt::format("  wheels     {}\n", size_text(dropped->find("wheel_bytes"))) + lines.render(style);
  for (const Value& one : dropped->items("bought"))
    out += fmt::format("  {}: {}\n", one.text("distribution"), bought_text(one));
  out += kept_text(*dropped);
  for (const Value& word : dropped->items("idle")) {
    if (word.is_string()) out += fmt::format("  {}: nothing here matches\n", *word.as_string());
  }
  return out + fmt::format("  ships      {}\n", size_text(artifact.find("unzipped_bytes")));
}

}  // namespace lamella::cli
