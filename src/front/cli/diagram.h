// SPDX-License-Identifier: Apache-2.0
//
// A picture of what needs what, as DOT, as SVG laid out here, and as the Mermaid that code hosts draw in
// Markdown. Labels may hold anything: a file's name is not ours.  What has a meaning in a format is escaped
// in it.
//
// Threads: pure.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::cli {

enum class Mark { kPlain, kCause, kRebuild, kRecheck, kRedeploy };

struct DiagramNode {
  std::string label;
  std::string note;  ///< a second line, or ""
  Mark mark = Mark::kPlain;
};

class Diagram {
 public:
  explicit Diagram(std::string title) : title_(std::move(title)) {}

  /// The node called `id`, made if there is none.
  DiagramNode& node(const std::string& id);
  /// `from` needs `to`; both are made if they are not there.
  void edge(const std::string& from, const std::string& to);

  std::string dot() const;
  std::string svg() const;
  std::string mermaid() const;

 private:
  std::size_t index(const std::string& id);

  std::string title_;
  std::vector<DiagramNode> nodes_;
  std::vector<std::pair<std::size_t, std::size_t>> edges_;
  std::map<std::string, std::size_t> index_;
};

/// `text` within XML, within a quoted DOT string, and within a cell of a Markdown table.
std::string xml_text(std::string_view text);
std::string dot_text(std::string_view text);
std::string markdown_text(std::string_view text);

}  // namespace lamella::cli
