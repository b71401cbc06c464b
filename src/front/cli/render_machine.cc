// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/units.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

Colour colour_of_state(std::string_view state) {
  if (state == "ok") return Colour::kGreen;
  return state == "warning" ? Colour::kYellow : Colour::kRed;
}

/// What to do, under its finding, each line of it indented.
std::string remedy_lines(const std::string& remedy, const Style& style) {
  std::string out = "    " + style.paint("do: ", Colour::kCyan);
  for (const char c : remedy) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return out + "\n";
}

/// "3 trees left, 12.3 MB"
std::string count_line(const Value& record, const char* count, const char* what, const char* verb,
                       std::string_view bytes) {
  std::string line =
      fmt::format("{} {}", base::counted(static_cast<std::size_t>(record.integer(count)), what), verb);
  if (!bytes.empty()) line += ", " + size_text(record.find(bytes));
  return line + "\n";
}

}  // namespace

Text render_doctor(const Value& record, const Given&, const Style& style) {
  std::size_t widest = 0;
  for (const Value& finding : record.items("findings"))
    widest = std::max(widest, finding.text("name").size());
  std::string out;
  std::size_t bad = 0;
  for (const Value& finding : record.items("findings")) {
    const std::string state = finding.text("state");
    if (state != "ok") ++bad;
    out += fmt::format("  {}{} {:<{}}  {}\n", style.paint(state, colour_of_state(state)),
                       std::string(7 - std::min<std::size_t>(7, state.size()), ' '), finding.text("name"),
                       widest, finding.text("detail"));
    if (const std::string remedy = finding.text("remedy"); !remedy.empty())
      out += remedy_lines(remedy, style);
  }
  return {out + (bad == 0 ? "nothing is missing\n" : ""), ""};
}

Text render_cache_ls(const Value& record, const Given&, const Style& style) {
  Table table;
  table.add({"path", record.text("path")});
  table.add({"blobs", fmt::format("{}, {}", record.integer("blobs"), size_text(record.find("bytes")))});
  table.add({"trees", fmt::format("{}, {}", record.integer("trees"), size_text(record.find("tree_bytes")))});
  for (const auto& member : record.members("records")) {
    table.add({"records", fmt::format("{} {}", member.value.as_integer().value_or(0), member.key)});
  }
  if (record.integer("unfinished") > 0)
    table.add({"unfinished", std::to_string(record.integer("unfinished"))});
  if (record.integer("quarantined") > 0) {
    table.add({"quarantined", {std::to_string(record.integer("quarantined")), Colour::kYellow}});
  }
  table.add({"disk free", size_text(record.find("disk_free_bytes"))});
  return {table.render(style), ""};
}

Text render_cache_verify(const Value& record, const Given&, const Style& style) {
  std::string out = count_line(record, "blobs", "blob", "hashed", "bytes");
  out += count_line(record, "trees", "tree", "read", "tree_bytes");
  if (record.integer("trees_unknown") > 0) {
    out += count_line(record, "trees_unknown", "tree", "of an older version not read", "");
  }
  if (record.items("damaged").empty() && record.items("damaged_trees").empty())
    return {out + style.paint("no damage\n", Colour::kGreen), ""};
  for (const char* list : {"damaged", "damaged_trees"}) {
    for (const Value& digest : record.items(list)) {
      out += style.paint("damaged", Colour::kRed) + " " +
             (digest.as_string() == nullptr ? "" : *digest.as_string()) + "\n";
    }
  }
  return {out, ""};
}

Text render_cache_prune(const Value& record, const Given&, const Style& style) {
  const bool dry = record.boolean("dry_run");
  const char* gone = dry ? "would be removed" : "removed";
  const char* left = dry ? "would stay" : "left";
  std::string out = fmt::format("{} {}, {}\n", base::counted(record.items("removed").size(), "blob"), gone,
                                size_text(record.find("freed_bytes")));
  out += count_line(record, "trees_removed", "tree", gone, "tree_freed_bytes");
  out += count_line(record, "blobs", "blob", left, "bytes");
  out += count_line(record, "trees", "tree", left, "tree_bytes");
  if (record.integer("bytes") + record.integer("tree_bytes") > record.integer("max_bytes")) {
    out += style.paint("more than asked for: they were used within the last hour\n", Colour::kYellow);
  }
  return {out, ""};
}

}  // namespace lamella::cli
