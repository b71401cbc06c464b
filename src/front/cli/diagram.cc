// SPDX-License-Identifier: Apache-2.0
#include "cli/diagram.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "cli/terminal.h"
#include "graph/layout.h"

namespace lamella::cli {
namespace {

constexpr std::size_t kCharacter = 7;  // pixels of one character at 12 px
constexpr std::size_t kPadding = 10;
constexpr std::size_t kHeight = 38;
constexpr std::size_t kRowGap = 14;
constexpr std::size_t kColumnGap = 60;
constexpr std::size_t kMargin = 20;
constexpr std::size_t kTitle = 30;
constexpr std::size_t kLongest = 60;  // characters of a label

struct Look {
  std::string_view name;
  std::string_view fill;
  std::string_view stroke;
};

Look look_of(Mark mark) {
  switch (mark) {
    case Mark::kPlain: return {"plain", "#f6f8fa", "#8c959f"};
    case Mark::kCause: return {"cause", "#ffffff", "#57606a"};
    case Mark::kRebuild: return {"rebuild", "#ffebe9", "#cf222e"};
    case Mark::kRecheck: return {"recheck", "#fff8c5", "#bf8700"};
    case Mark::kRedeploy: return {"redeploy", "#ddf4ff", "#0969da"};
  }
  return {};
}
constexpr Mark kMarks[] = {Mark::kPlain, Mark::kCause, Mark::kRebuild, Mark::kRecheck, Mark::kRedeploy};

/// What is too long loses its middle: the end of a path says more than its start.
std::string shortened(const std::string& text) {
  std::string safe = base::escaped(text);
  if (columns(safe) <= kLongest) return safe;
  const auto is_inside = [&](std::size_t at) {
    return (static_cast<unsigned char>(safe[at]) & 0xC0U) == 0x80U;
  };
  std::size_t head = kLongest / 3;
  std::size_t tail = safe.size() - kLongest / 2;
  while (is_inside(head)) --head;
  while (tail < safe.size() && is_inside(tail)) ++tail;
  return safe.substr(0, head) + "…" + safe.substr(tail);
}

std::string replaced(std::string_view text, std::string_view characters, std::string (*with)(char)) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos)
      out += with(c);
    else
      out.push_back(c);
  }
  return out;
}

std::string mermaid_text(std::string_view text) {
  return replaced(text, "\"#;<>&`[]{}()|\\", [](char c) { return fmt::format("#{};", static_cast<int>(c)); });
}

std::size_t width_of(const DiagramNode& node) {
  return std::max(columns(shortened(node.label)), columns(shortened(node.note))) * kCharacter + 2 * kPadding;
}

struct Box {
  std::size_t x = 0;
  std::size_t y = 0;
  std::size_t width = 0;
};

std::string box_of(const DiagramNode& node, const Box& box) {
  const std::size_t middle = box.x + box.width / 2;
  std::string out = fmt::format(
      "<g class=\"{}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"6\"/>",
      look_of(node.mark).name, xml_text(node.label), box.x, box.y, box.width, kHeight);
  const std::size_t line = node.note.empty() ? box.y + 23 : box.y + 16;
  out += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", middle, line, xml_text(shortened(node.label)));
  if (!node.note.empty()) {
    out += fmt::format("<text class=\"note\" x=\"{}\" y=\"{}\">{}</text>", middle, box.y + 31,
                       xml_text(shortened(node.note)));
  }
  return out + "</g>\n";
}

/// From what is needed, on the left, to what needs it.
std::string line_of(const Box& from, const Box& to) {
  const std::size_t x1 = to.x + to.width;
  const std::size_t y1 = to.y + kHeight / 2;
  const std::size_t y2 = from.y + kHeight / 2;
  const std::size_t bend = kColumnGap / 2;
  return fmt::format("<path d=\"M {} {} C {} {}, {} {}, {} {}\"/>\n", x1, y1, x1 + bend, y1,
                     from.x < bend ? 0 : from.x - bend, y2, from.x, y2);
}

}  // namespace

std::string xml_text(std::string_view text) {
  return replaced(base::escaped(text), "&<>\"'",
                  [](char c) { return fmt::format("&#{};", static_cast<int>(c)); });
}
std::string dot_text(std::string_view text) {
  return replaced(base::escaped(text), "\"\\", [](char c) { return std::string{'\\', c}; });
}
std::string markdown_text(std::string_view text) {
  return replaced(base::escaped(text), "&<>|`*_[]\\@#~",
                  [](char c) { return fmt::format("&#{};", static_cast<int>(c)); });
}

std::size_t Diagram::index(const std::string& id) {
  const auto [at, made] = index_.emplace(id, nodes_.size());
  if (made) nodes_.push_back({id, "", Mark::kPlain});
  return at->second;
}

DiagramNode& Diagram::node(const std::string& id) { return nodes_[index(id)]; }

void Diagram::edge(const std::string& from, const std::string& to) {
  const std::size_t source = index(from);
  const std::pair<std::size_t, std::size_t> one{source, index(to)};
  if (std::find(edges_.begin(), edges_.end(), one) == edges_.end()) edges_.push_back(one);
}

std::string Diagram::dot() const {
  std::string out = fmt::format(
      "digraph \"{}\" {{\n  rankdir=RL;\n  node [shape=box, style=\"rounded,filled\", "
      "fontname=\"sans-serif\"];\n",
      dot_text(title_));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const DiagramNode& node = nodes_[i];
    const Look look = look_of(node.mark);
    const std::string note = node.note.empty() ? "" : "\\n" + dot_text(node.note);
    out += fmt::format("  n{} [label=\"{}{}\", fillcolor=\"{}\", color=\"{}\"];\n", i, dot_text(node.label),
                       note, look.fill, look.stroke);
  }
  for (const auto& [from, to] : edges_) out += fmt::format("  n{} -> n{};\n", from, to);
  return out + "}\n";
}

std::string Diagram::mermaid() const {
  std::string out = "flowchart RL\n";
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const DiagramNode& node = nodes_[i];
    const std::string note = node.note.empty() ? "" : "<br/>" + mermaid_text(shortened(node.note));
    out += fmt::format("  n{}[\"{}{}\"]:::{}\n", i, mermaid_text(shortened(node.label)), note,
                       look_of(node.mark).name);
  }
  for (const auto& [from, to] : edges_) out += fmt::format("  n{} --> n{}\n", from, to);
  for (const Mark mark : kMarks) {
    const Look look = look_of(mark);
    out += fmt::format("  classDef {} fill:{},stroke:{},color:#1f2328\n", look.name, look.fill, look.stroke);
  }
  return out;
}

std::string Diagram::svg() const {
  graph::Graph graph;
  for (std::size_t i = 0; i < nodes_.size(); ++i) graph.add_node(std::to_string(i));
  for (const auto& [from, to] : edges_) graph.add_edge(from, to);
  const graph::Layout layout = graph::layout_of(graph);

  std::vector<std::size_t> widths(layout.columns, 0);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    std::size_t& width = widths[layout.places[i].column];
    width = std::max(width, width_of(nodes_[i]));
  }
  std::vector<std::size_t> lefts;
  std::size_t x = kMargin;
  for (const std::size_t width : widths) {
    lefts.push_back(x);
    x += width + kColumnGap;
  }
  std::vector<Box> boxes;
  for (const graph::Place& place : layout.places) {
    boxes.push_back(
        {lefts[place.column], kTitle + kMargin + place.row * (kHeight + kRowGap), widths[place.column]});
  }
  const std::size_t width = std::max<std::size_t>(x + kMargin - (widths.empty() ? 0 : kColumnGap),
                                                  columns(title_) * 9 + 2 * kMargin);
  const std::size_t height = kTitle + 2 * kMargin + layout.rows * (kHeight + kRowGap);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "role=\"img\" font-family=\"sans-serif\" font-size=\"12\">\n",
      width, height);
  out += fmt::format(
      "<title>{}</title>\n<style>text{{text-anchor:middle;fill:#1f2328}}.note{{font-size:10px;fill:#57606a}}"
      ".head{{font-size:15px;text-anchor:start}}path{{fill:none;stroke:#8c959f}}",
      xml_text(title_));
  for (const Mark mark : kMarks) {
    const Look look = look_of(mark);
    out += fmt::format(".{} rect{{fill:{};stroke:{}}}", look.name, look.fill, look.stroke);
  }
  out += "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  out += fmt::format("<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>\n", kMargin, kTitle, xml_text(title_));
  for (const auto& [from, to] : edges_) out += line_of(boxes[from], boxes[to]);
  for (std::size_t i = 0; i < nodes_.size(); ++i) out += box_of(nodes_[i], boxes[i]);
  return out + "</svg>\n";
}

}  // namespace lamella::cli
