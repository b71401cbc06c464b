// SPDX-License-Identifier: Apache-2.0
#include "cli/treemap.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/units.h"
#include "cli/diagram.h"
#include "model/file_type.h"

namespace lamella::cli {
namespace {

using document::Value;

constexpr double kWidth = 1280;
constexpr double kHeight = 860;
constexpr double kHeading = 15;     // of an artifact or a package, in pixels
constexpr double kLeastArea = 12;   // a smaller file is summed with others
constexpr double kLeastLabel = 46;  // a narrower rectangle has no text

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct Node {
  std::string name;
  std::string type;  ///< of a file; "" for what has children
  double bytes = 0;
  std::vector<Node> children;
};

Node node_of(const Value& record, std::string_view list, Node (*child)(const Value&)) {
  Node node{record.text("name"), "", 0, {}};
  for (const Value& one : record.items(list)) {
    node.children.push_back(child(one));
    node.bytes += node.children.back().bytes;
  }
  return node;
}

Node file_node(const Value& file) {
  return {file.text("path"), file.text("type"), static_cast<double>(file.integer("bytes")), {}};
}
Node package_node(const Value& package) { return node_of(package, "files", file_node); }
Node artifact_node(const Value& artifact) { return node_of(artifact, "packages", package_node); }

/// The worst ratio of sides in a row of these areas along a side.
double worst(const std::vector<double>& row, double side) {
  double sum = 0;
  for (const double area : row) sum += area;
  const double thickness = sum / side;
  double ratio = 1;
  for (const double area : row) {
    const double length = area / thickness;
    ratio = std::max({ratio, length / thickness, thickness / length});
  }
  return ratio;
}

/// Squarified: rows along the shorter side, each filled for as long as its rectangles become squarer.  `areas`
/// are positive, descend, and fill the box.
std::vector<Box> squarify(const std::vector<double>& areas, Box box) {
  std::vector<Box> out;
  std::size_t at = 0;
  while (at < areas.size()) {
    const bool tall = box.height >= box.width;
    const double side = std::max(1e-6, tall ? box.width : box.height);
    std::vector<double> row = {areas[at]};
    while (at + row.size() < areas.size()) {
      std::vector<double> longer = row;
      longer.push_back(areas[at + row.size()]);
      if (worst(longer, side) > worst(row, side)) break;
      row = std::move(longer);
    }
    double sum = 0;
    for (const double area : row) sum += area;
    const double thickness = sum / side;
    double offset = 0;
    for (const double area : row) {
      const double length = area / thickness;
      out.push_back(tall ? Box{box.x + offset, box.y, length, thickness}
                         : Box{box.x, box.y + offset, thickness, length});
      offset += length;
    }
    (tall ? box.y : box.x) += thickness;
    (tall ? box.height : box.width) -= thickness;
    at += row.size();
  }
  return out;
}

std::string size_of(double bytes) { return base::format_size(static_cast<std::uint64_t>(bytes)); }

class Page {
 public:
  std::string draw(Node root) {
    fill(root, {0, 0, kWidth, kHeight}, "");
    return std::move(out_);
  }

 private:
  void rectangle(const Node& node, const Box& box, const std::string& path) {
    const std::string type = node.type.empty() ? "group" : node.type;
    out_ +=
        fmt::format("<div class=\"{}\" style=\"left:{:.1f}px;top:{:.1f}px;width:{:.1f}px;height:{:.1f}px\" ",
                    type, box.x, box.y, std::max(0.0, box.width - 1), std::max(0.0, box.height - 1));
    out_ += fmt::format("title=\"{}, {}\">", xml_text(path), size_of(node.bytes));
    const std::string label = node.name.substr(node.name.rfind('/') + 1);
    if (box.width > kLeastLabel && box.height > kHeading)
      out_ += fmt::format("{} {}", xml_text(label), size_of(node.bytes));
    out_ += "</div>\n";
  }

  /// Files too small to be seen are one rectangle.
  static void gather_small(Node& node, double scale) {
    Node small{"", "data", 0, {}};
    std::size_t count = 0;
    std::erase_if(node.children, [&](const Node& child) {
      if (child.type.empty() || child.bytes * scale >= kLeastArea) return false;
      small.bytes += child.bytes;
      ++count;
      return true;
    });
    if (count == 0 || small.bytes <= 0) return;
    small.name = fmt::format("{} smaller {}", count, count == 1 ? "file" : "files");
    node.children.push_back(std::move(small));
  }

  void fill(Node& node, Box box, const std::string& path) {
    std::erase_if(node.children, [](const Node& child) { return child.bytes <= 0; });
    if (node.children.empty() || node.bytes <= 0 || box.width < 2 || box.height < 2) return;
    const double scale = box.width * box.height / node.bytes;
    gather_small(node, scale);
    std::stable_sort(node.children.begin(), node.children.end(),
                     [](const Node& a, const Node& b) { return a.bytes > b.bytes; });
    std::vector<double> areas;
    for (const Node& child : node.children) areas.push_back(child.bytes * scale);
    const std::vector<Box> boxes = squarify(areas, box);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      Node& child = node.children[i];
      const std::string below = path.empty() ? child.name : path + " / " + child.name;
      rectangle(child, boxes[i], below);
      const Box inner{boxes[i].x + 2, boxes[i].y + kHeading, boxes[i].width - 5,
                      boxes[i].height - kHeading - 3};
      fill(child, inner, below);
    }
  }

  std::string out_;
};

constexpr std::string_view kStyle = R"(body{font:13px sans-serif;margin:16px;color:#222;background:#fff}
#map{position:relative;width:1280px;height:860px}
#map div{position:absolute;overflow:hidden;white-space:nowrap;font-size:11px;box-sizing:border-box;padding:1px 2px}
.group{background:#eee;border:1px solid #999;font-weight:bold}
.library{background:#e8a87c}.bytecode{background:#c3aed6}.python{background:#8fc1a9}.metadata{background:#d9d9d9}
.data{background:#9fc5e8}
span{display:inline-block;padding:1px 8px;margin-right:6px})";

}  // namespace

std::string treemap_page(const std::string& title, const Value& tree) {
  Node root{title, "", 0, {}};
  for (const Value& artifact : tree.as_array() == nullptr ? document::Array{} : *tree.as_array()) {
    root.children.push_back(artifact_node(artifact));
    root.bytes += root.children.back().bytes;
  }
  const std::string heading = fmt::format("{}: {} unzipped", xml_text(title), size_of(root.bytes));
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
  page +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n";
  page += fmt::format("<title>{}</title>\n<style>\n{}\n</style></head>\n<body><h1>{}</h1>\n<p>", heading,
                      kStyle, heading);
  for (const std::string_view type : model::kFileTypes)
    page += fmt::format("<span class=\"{0}\">{0}</span>", type);
  page += "</p>\n<div id=\"map\">\n" + Page().draw(std::move(root)) + "</div>\n</body></html>\n";
  return page;
}

}  // namespace lamella::cli
