// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>
#include <vector>

#include "config/key_table.h"
#include "config/workspace_file.h"
#include "config/workspace_keys.h"

namespace lamella::config {
namespace {

/// "a size such as "100 MB", or a list of tables (check)".
std::string value_of(const Key& key) {
  std::vector<std::string> forms;
  const std::string text = key.choices.empty()
                               ? std::string(describe(key.format))
                               : fmt::format("`{}`", fmt::join(split_choices(key.choices), "`, `"));
  if ((key.accepts & kText) != 0) forms.push_back(text);
  if ((key.accepts & kInteger) != 0) forms.emplace_back("an integer");
  if ((key.accepts & kNumber) != 0) forms.emplace_back("a number");
  if ((key.accepts & kBool) != 0) forms.emplace_back("`true` or `false`");
  if ((key.accepts & kTable) != 0) forms.push_back(fmt::format("a table ([{0}](#{0}))", key.of));
  if ((key.accepts & kTextList) != 0) {
    forms.push_back((key.accepts & kText) != 0 ? std::string("a list") : fmt::format("a list: {}", text));
  }
  if ((key.accepts & kTableList) != 0) forms.push_back(fmt::format("a list of tables ([{0}](#{0}))", key.of));
  if ((key.accepts & kMixedList) != 0)
    forms.push_back(fmt::format("a list, with tables too ([{0}](#{0}))", key.entry));
  if ((key.accepts & kAnything) != 0) forms.emplace_back("anything");
  return fmt::format("{}", fmt::join(forms, ", or "));
}

std::string row(const Key& key) {
  const std::string name = key.name != "*"                    ? fmt::format("`{}`", key.name)
                           : key.name_format == Format::kFree ? std::string("any name")
                                                              : std::string(describe(key.name_format));
  std::string notes(key.doc);
  if (!key.fallback.empty() && key.presence == Presence::kOptional)
    notes += fmt::format(" Default `{}`.", key.fallback);
  if (key.presence == Presence::kRequired) notes += " **Required.**";
  if (key.built == Built::kLater) notes += " *Known, but not built yet: refused.*";
  return fmt::format("| {} | {} | {} |\n", name, value_of(key), notes);
}

}  // namespace

std::string key_reference() {
  std::string out;
  std::string_view shape;
  for (const Key& key : workspace_keys()) {
    if (key.shape != shape) {
      shape = key.shape;
      out += fmt::format("\n### {}\n\n| key | value | |\n|---|---|---|\n", shape);
    }
    out += row(key);
  }
  return out;
}

}  // namespace lamella::config
