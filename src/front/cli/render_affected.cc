// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/diagnostic.h"
#include "cli/diagram.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

struct Set {
  const char* key;
  std::string_view head;
  Colour colour;
  Mark mark;
};
constexpr std::array kSets = {Set{"rebuild", "rebuild", Colour::kRed, Mark::kRebuild},
                              Set{"recheck", "recheck", Colour::kYellow, Mark::kRecheck},
                              Set{"redeploy", "redeploy", Colour::kCyan, Mark::kRedeploy},
                              Set{"removed", "removed", Colour::kDim, Mark::kPlain}};
constexpr std::size_t kMostReasons = 5;  // of one item, as text
constexpr std::size_t kMostInPicture = 10;

std::string end_text(const Value* end) {
  const Value* revision = end == nullptr ? nullptr : end->find("revision");
  if (revision == nullptr || revision->is_null()) return "the working tree";
  return fmt::format("{} ({})", base::escaped(end->text("revision")), end->text("commit").substr(0, 12));
}

/// The nodes between what changed and the item: "package scipy → layer core".
std::string way_of(const Value& reason, std::string_view arrow) {
  const auto& path = reason.items("path");
  std::string way;
  for (std::size_t i = 1; i + 1 < path.size(); ++i) {
    way += fmt::format("{}{}", way.empty() ? "" : fmt::format(" {} ", arrow),
                       base::escaped(*path[i].as_string()));
  }
  return way;
}

/// "changed" of "src/app.py changed", for where the path stands above it.
std::string what_of(const Value& reason) {
  const std::string text = reason.text("text");
  const std::string start = reason.text("subject") + " ";
  return start.size() > 1 && text.starts_with(start) ? text.substr(start.size()) : text;
}

std::string section(const Value& record, const Set& set, const Style& style) {
  Table table;
  for (const Value& item : record.items(set.key)) {
    const auto& reasons = item.items("reasons");
    for (std::size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i) {
      const std::string way = way_of(reasons[i], style.arrow());
      table.add({{i == 0 ? item.text("kind") : "", Colour::kDim},
                 {i == 0 ? item.text("name") : "", Colour::kBold},
                 base::escaped(reasons[i].text("text")),
                 {way.empty() ? "" : "by " + way, Colour::kDim}});
    }
    if (reasons.size() > kMostReasons)
      table.add({"", "", fmt::format("and {} more", reasons.size() - kMostReasons)});
  }
  if (table.empty()) return {};
  return style.paint(set.head, set.colour) + "\n" + table.render(style);
}

bool is_empty(const Value& record) {
  return std::all_of(kSets.begin(), kSets.end(),
                     [&](const Set& set) { return record.items(set.key).empty(); });
}

std::string warnings_text(const Value& record, std::string_view before) {
  std::string out;
  for (const Value& warning : record.items("warnings"))
    out += fmt::format("{}{}\n", before, base::escaped(warning.text("text")));
  return out;
}

std::string as_text(const Value& record, const Style& style) {
  std::string out =
      fmt::format("{} against {}\n", end_text(record.find("to")), end_text(record.find("from")));
  if (is_empty(record)) return out + "nothing is affected\n";
  for (const Set& set : kSets) out += section(record, set, style);
  return out;
}

Diagram picture_of(const Value& record) {
  Diagram diagram(fmt::format("{} against {}", end_text(record.find("to")), end_text(record.find("from"))));
  for (const Set& set : kSets) {
    for (const Value& item : record.items(set.key)) {
      const std::string node = item.text("kind") + " " + item.text("name");
      std::size_t drawn = 0;
      for (const Value& reason : item.items("reasons")) {
        const auto& path = reason.items("path");
        if (path.empty() || ++drawn > kMostInPicture) continue;
        if (path.size() > 1) {
          DiagramNode& cause = diagram.node(*path.front().as_string());
          if (cause.mark == Mark::kPlain) cause.mark = Mark::kCause;
          cause.note = what_of(reason);
        }
        for (std::size_t i = 0; i + 1 < path.size(); ++i)
          diagram.edge(*path[i + 1].as_string(), *path[i].as_string());
      }
      DiagramNode& own = diagram.node(node);
      if (own.mark == Mark::kPlain || own.mark == Mark::kCause) own.mark = set.mark;
      own.note += (own.note.empty() ? "" : ", ") + std::string(set.head);
      if (drawn > kMostInPicture) own.note += fmt::format(" (and {} more causes)", drawn - kMostInPicture);
    }
  }
  return diagram;
}

std::string as_markdown(const Value& record) {
  std::string out =
      fmt::format("### What this change affects\n\n{} against {}\n\n",
                  markdown_text(end_text(record.find("to"))), markdown_text(end_text(record.find("from"))));
  if (const std::string warnings = warnings_text(record, "> ⚠ "); !warnings.empty()) out += warnings + "\n";
  if (is_empty(record)) return out + "Nothing is affected.\n";
  for (const Set& set : kSets) {
    const auto& items = record.items(set.key);
    if (items.empty()) continue;
    out += fmt::format("**{}** ({})\n\n| what | name | why |\n|---|---|---|\n", set.head, items.size());
    for (const Value& item : items) {
      const auto& reasons = item.items("reasons");
      std::string why;
      for (std::size_t i = 0; i < std::min(reasons.size(), kMostReasons); ++i) {
        const std::string way = way_of(reasons[i], "→");
        why += fmt::format("{}{}{}", why.empty() ? "" : "<br>", markdown_text(reasons[i].text("text")),
                           way.empty() ? "" : " (by " + markdown_text(way) + ")");
      }
      if (reasons.size() > kMostReasons) why += fmt::format("<br>and {} more", reasons.size() - kMostReasons);
      out += fmt::format("| {} | {} | {} |\n", item.text("kind"), markdown_text(item.text("name")), why);
    }
    out += "\n";
  }
  return out + "<details><summary>graph</summary>\n\n```mermaid\n" + picture_of(record).mermaid() +
         "```\n\n</details>\n";
}

}  // namespace

Text render_affected(const Value& record, const Given& given, const Style& style) {
  if (given.has("markdown")) return {as_markdown(record), ""};
  const std::string warnings = warnings_text(record, style.paint("warning:", Colour::kYellow) + " ");
  if (given.has("dot")) return {picture_of(record).dot(), warnings};
  if (given.has("svg")) return {picture_of(record).svg(), warnings};
  return {as_text(record, style), warnings};
}

}  // namespace lamella::cli
