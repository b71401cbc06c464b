// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>

#include "base/units.h"
#include "cli/diagram.h"
#include "cli/render.h"
#include "cli/render_parts.h"

namespace lamella::cli {
namespace {

using document::Value;

Diagram picture_of(const Value& record) {
  Diagram diagram("what uses what");
  for (const Value& node : record.items("nodes")) {
    DiagramNode& drawn = diagram.node(node.text("id"));
    const auto& packages = node.items("packages");
    if (!packages.empty()) drawn.note = base::counted(packages.size(), "package");
    if (node.text("kind") == "function") drawn.mark = Mark::kRedeploy;
    if (node.text("kind") == "package") {
      drawn.mark = Mark::kCause;
      drawn.note = node.text("version");
    }
  }
  for (const Value& edge : record.items("edges")) diagram.edge(edge.text("from"), edge.text("to"));
  return diagram;
}

/// What each node needs, in the order of the edges.
std::map<std::string, std::string> needs_of(const Value& record) {
  std::map<std::string, std::string> needs;
  for (const Value& edge : record.items("edges")) {
    std::string& text = needs[edge.text("from")];
    text += (text.empty() ? "" : ", ") + edge.text("to");
  }
  return needs;
}

std::string as_text(const Value& record, const Style& style) {
  const auto needs = needs_of(record);
  Table table;
  for (const Value& node : record.items("nodes")) {
    const auto found = needs.find(node.text("id"));
    const auto& packages = node.items("packages");
    table.add({{node.text("kind"), Colour::kDim},
               {node.text("name"), Colour::kBold},
               number(node.text("kind") == "package" ? node.text("version")
                                                     : base::counted(packages.size(), "package")),
               found == needs.end() ? Cell("") : Cell(fmt::format("{} {}", style.arrow(), found->second))});
  }
  if (table.empty()) return "the workspace has no layer and no function\n";
  return table.render(style);
}

std::string as_markdown(const Value& record) {
  std::string out = "```mermaid\n" + picture_of(record).mermaid() +
                    "```\n\n| what | name | packages | needs |\n|---|---|---:|---|\n";
  const auto needs = needs_of(record);
  for (const Value& node : record.items("nodes")) {
    if (node.text("kind") == "package") continue;
    const auto found = needs.find(node.text("id"));
    out +=
        fmt::format("| {} | {} | {} | {} |\n", node.text("kind"), markdown_text(node.text("name")),
                    node.items("packages").size(), found == needs.end() ? "" : markdown_text(found->second));
  }
  return out;
}

}  // namespace

Text render_graph(const Value& record, const Given& given, const Style& style) {
  std::string warnings;
  for (const Value& warning : record.items("warnings")) {
    warnings += fmt::format("{} {}\n", style.paint("warning:", Colour::kYellow), warning.text("text"));
  }
  if (given.has("dot")) return {picture_of(record).dot(), warnings};
  if (given.has("svg")) return {picture_of(record).svg(), warnings};
  if (given.has("markdown")) return {as_markdown(record), warnings};
  return {as_text(record, style), warnings};
}

}  // namespace lamella::cli
