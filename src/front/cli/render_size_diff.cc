// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/units.h"
#include "cli/diagram.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

constexpr std::size_t kMostRows = 5;  // of packages and of files of one artifact, as text

/// The lists of an artifact, and the member that names a row of each.
struct List {
  const char* key;
  const char* name;
  std::string_view noun;
};
constexpr std::array kLists = {List{"packages", "name", "package"}, List{"types", "type", "type"},
                               List{"files", "path", "file"}};

std::int64_t growth(const Value* before, const Value* after) {
  const auto bytes = [](const Value* value) {
    return value == nullptr ? 0 : value->as_integer().value_or(0);
  };
  return bytes(after) - bytes(before);
}

/// "+1.2 MB", "-3 B", "" for none.
std::string signed_size(std::int64_t bytes) {
  if (bytes == 0) return {};
  const auto size = static_cast<std::uint64_t>(bytes < 0 ? -bytes : bytes);
  return (bytes < 0 ? "-" : "+") + base::format_size(size);
}

Colour colour_of(std::int64_t bytes) {
  return bytes > 0 ? Colour::kYellow : bytes < 0 ? Colour::kGreen : Colour::kDim;
}

/// "12 B" of what is there, "-" of what is not.
std::string size_or_none(const Value* bytes) {
  const std::string text = size_text(bytes);
  return text.empty() ? "-" : text;
}

/// Before, after, difference.
void add_sizes(std::vector<Cell>& row, const Value* before, const Value* after, const Style& style) {
  const std::int64_t grown = growth(before, after);
  row.push_back(number(size_or_none(before)));
  row.push_back({std::string(style.arrow()), Colour::kDim});
  row.push_back(number(size_or_none(after)));
  row.push_back(number(signed_size(grown), colour_of(grown)));
}

std::string from_text(const Value& record) {
  const Value* from = record.find("from");
  if (from == nullptr) return {};
  const std::string environment = from->text("environment");
  if (!environment.empty())
    return fmt::format("what is live in {} ({})", base::escaped(environment), from->text("region"));
  return fmt::format("{} ({})", base::escaped(from->text("revision")), from->text("commit").substr(0, 12));
}

/// "1.24.3 → 1.26.0", "new", "gone", "" for the same version.
std::string versions_text(const Value& package, std::string_view arrow) {
  const Value* from = package.find("from");
  const Value* to = package.find("to");
  if (from == nullptr || to == nullptr || *from == *to) return {};
  if (from->is_null()) return "new " + package.text("to");
  if (to->is_null()) return package.text("from") + " gone";
  return fmt::format("{} {} {}", package.text("from"), arrow, package.text("to"));
}

std::vector<Cell> row_of(const Value& item, const List& list, bool first, const Style& style) {
  std::vector<Cell> row = {{first ? std::string(list.noun) : "", Colour::kDim},
                           {base::escaped(item.text(list.name)), Colour::kNone},
                           {versions_text(item, style.arrow()), Colour::kDim}};
  add_sizes(row, item.find("before_bytes"), item.find("after_bytes"), style);
  return row;
}

/// What grew in one artifact, and what shrank; "" for one that did not change.
std::string details(const Value& artifact, bool all, const Style& style) {
  const std::string change = artifact.text("change");
  if (change == "unchanged" || change == "removed") return {};
  Table table;
  const std::size_t most = all ? std::numeric_limits<std::size_t>::max() : kMostRows;
  for (const List& list : kLists) {
    const Value* known = artifact.find(list.key);
    if (known != nullptr && known->is_null())
      table.add(
          {{std::string(list.noun), Colour::kDim}, {"its zip does not tell its packages", Colour::kDim}});
    const auto& items = artifact.items(list.key);
    for (std::size_t i = 0; i < std::min(most, items.size()); ++i)
      table.add(row_of(items[i], list, i == 0, style));
    if (items.size() > most)
      table.add({"", {fmt::format("and {} more {}s", items.size() - most, list.noun), Colour::kDim}});
  }
  if (table.empty()) return {};
  return fmt::format("\n{}\n{}",
                     style.paint(artifact.text("kind") + " " + artifact.text("name"), Colour::kBold),
                     table.render(style));
}

std::string overview(const Value& record, const Style& style) {
  Table table;
  table.add({"", "", "", number("zipped", Colour::kDim), "", "", "", number("unzipped", Colour::kDim)});
  const auto add = [&](Cell kind, Cell name, Cell note, const Value* before, const Value* after) {
    std::vector<Cell> row = {std::move(kind), std::move(name), std::move(note)};
    for (const auto* key : {"zipped_bytes", "unzipped_bytes"}) {
      add_sizes(row, before == nullptr ? nullptr : before->find(key),
                after == nullptr ? nullptr : after->find(key), style);
    }
    table.add(std::move(row));
  };
  for (const Value& artifact : record.items("artifacts")) {
    const std::string change = artifact.text("change");
    add({artifact.text("kind"), Colour::kDim}, {artifact.text("name"), Colour::kBold},
        {change == "changed" ? "" : change, Colour::kDim}, artifact.find("before"), artifact.find("after"));
  }
  add("", {"together", Colour::kBold}, "", record.find({"total", "before"}), record.find({"total", "after"}));
  return table.render(style);
}

std::string functions_text(const Value& record, const Style& style) {
  Table table;
  for (const Value& function : record.items("functions")) {
    std::vector<Cell> row = {{function.text("name"), Colour::kBold}};
    add_sizes(row, function.find("before_bytes"), function.find("after_bytes"), style);
    row.push_back({"of " + size_text(function.find("limit_bytes")), Colour::kDim});
    table.add(std::move(row));
  }
  if (table.empty()) return {};
  return fmt::format("\n{}\n{}",
                     style.paint("functions with their layers, against Lambda's limit", Colour::kBold),
                     table.render(style));
}

std::string stale_text(const Value& record) {
  std::string names;
  for (const Value& name : record.items("stale"))
    names += (names.empty() ? "" : ", ") + base::escaped(*name.as_string());
  if (names.empty()) return {};
  return fmt::format("the last build is not the workspace as it stands: {} would be built again", names);
}

std::string markdown_sizes(const Value* before, const Value* after) {
  return fmt::format("{} | {} | {}", size_or_none(before), size_or_none(after),
                     signed_size(growth(before, after)));
}

std::string markdown_details(const Value& artifact) {
  std::string out;
  for (const List& list : kLists) {
    const auto& items = artifact.items(list.key);
    for (std::size_t i = 0; i < std::min(kMostRows, items.size()); ++i) {
      const std::string versions = versions_text(items[i], "→");
      out += fmt::format("| {} | {} | {} |\n", list.noun,
                         markdown_text(items[i].text(list.name) + (versions.empty() ? "" : " " + versions)),
                         markdown_sizes(items[i].find("before_bytes"), items[i].find("after_bytes")));
    }
    if (items.size() > kMostRows)
      out += fmt::format("| | and {} more {}s | | | |\n", items.size() - kMostRows, list.noun);
  }
  if (out.empty()) return {};
  return fmt::format(
      "\n<details><summary>{} {}</summary>\n\n| what | name | before | after | difference |\n"
      "|---|---|--:|--:|--:|\n{}\n</details>\n",
      artifact.text("kind"), markdown_text(artifact.text("name")), out);
}

std::string as_markdown(const Value& record) {
  std::string out =
      fmt::format("### What grew\n\nthe last build against {}\n\n", markdown_text(from_text(record)));
  const std::string stale = stale_text(record);
  if (!stale.empty()) out += "> ⚠ " + markdown_text(stale) + "\n\n";
  out +=
      "| what | name | | zipped before | after | difference | unzipped before | after | difference |\n"
      "|---|---|---|--:|--:|--:|--:|--:|--:|\n";
  const auto add = [&](const std::string& kind, const std::string& name, const std::string& note,
                       const Value* before, const Value* after) {
    const auto sizes = [&](const char* key) {
      return markdown_sizes(before == nullptr ? nullptr : before->find(key),
                            after == nullptr ? nullptr : after->find(key));
    };
    out += fmt::format("| {} | {} | {} | {} | {} |\n", kind, name, note, sizes("zipped_bytes"),
                       sizes("unzipped_bytes"));
  };
  std::size_t same = 0;
  for (const Value& artifact : record.items("artifacts")) {
    const std::string change = artifact.text("change");
    same += change == "unchanged" ? 1 : 0;
    if (change == "unchanged") continue;
    add(artifact.text("kind"), markdown_text(artifact.text("name")), change == "changed" ? "" : change,
        artifact.find("before"), artifact.find("after"));
  }
  add("", "**together**", "", record.find({"total", "before"}), record.find({"total", "after"}));
  if (same > 0) out += fmt::format("\n{} unchanged\n", same);
  for (const Value& artifact : record.items("artifacts")) {
    if (artifact.text("change") != "removed") out += markdown_details(artifact);
  }
  return out;
}

}  // namespace

Text render_size_diff(const Value& record, const Given& given, const Style& style) {
  if (given.has("markdown")) return {as_markdown(record), ""};
  std::string out = fmt::format("the last build against {}\n", from_text(record));
  out += overview(record, style);
  for (const Value& artifact : record.items("artifacts"))
    out += details(artifact, given.has("explain"), style);
  out += functions_text(record, style);
  const std::string stale = stale_text(record);
  return {out, stale.empty() ? "" : style.paint("warning:", Colour::kYellow) + " " + stale + "\n"};
}

}  // namespace lamella::cli
