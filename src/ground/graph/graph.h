// SPDX-License-Identifier: Apache-2.0
//
// A directed graph of named things, "from needs to".  It knows nothing of what they are: layers,
// functions, deploy steps.  Nodes are indices in order of insertion; every answer is deterministic.
//
// Threads: const methods from any thread.  Nothing fails; a cycle is an answer, not an error.
//
//   Graph graph;
//   graph.add_edge("ml-libraries", "core-data-science");   // ml needs core
//   if (const auto cycle = graph.find_cycle(); !cycle.empty()) refuse(graph.render(cycle));
//   for (const Node node : graph.order()) build(graph.name(node));
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::graph {

using Node = std::size_t;

class Graph {
 public:
  /// The node of this name, made if there is none.
  Node add_node(std::string_view name);
  /// `from` needs `to`.  The same edge twice is once; an edge to itself is a cycle.
  void add_edge(Node from, Node to);
  void add_edge(std::string_view from, std::string_view to) {
    const Node source = add_node(from);
    add_edge(source, add_node(to));
  }

  std::size_t size() const { return names_.size(); }
  const std::string& name(Node node) const { return names_[node]; }
  std::optional<Node> find(std::string_view name) const;
  /// What `node` needs, in order of insertion.
  const std::vector<Node>& needs(Node node) const { return needs_[node]; }
  /// What needs `node`.
  const std::vector<Node>& needed_by(Node node) const { return needed_by_[node]; }

  /// A cycle as a path whose last node is its first, or empty.
  std::vector<Node> find_cycle() const;
  /// Every node after all it needs; among those free, the one inserted first.  Nodes on a cycle, or that
  /// need one, are left out.
  std::vector<Node> order() const;

  /// `from` and everything that needs it, directly or not, ascending.
  std::vector<Node> affected_by(std::span<const Node> from) const;
  /// `from` and everything it needs, directly or not, ascending.
  std::vector<Node> closure_of(std::span<const Node> from) const;
  /// The connected components, edges taken both ways; each ascending, ordered by their first node.
  std::vector<std::vector<Node>> components() const;

  /// "a -> b -> a".
  std::string render(std::span<const Node> path) const;

 private:
  std::vector<Node> reach(std::span<const Node> from, const std::vector<std::vector<Node>>& edges) const;

  std::vector<std::string> names_;
  std::map<std::string, Node, std::less<>> index_;
  std::vector<std::vector<Node>> needs_;
  std::vector<std::vector<Node>> needed_by_;
};

}  // namespace lamella::graph
