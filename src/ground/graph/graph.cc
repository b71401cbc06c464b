// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace lamella::graph {

Node Graph::add_node(std::string_view name) {
  const auto [at, added] = index_.try_emplace(std::string(name), names_.size());
  if (added) {
    names_.emplace_back(name);
    needs_.emplace_back();
    needed_by_.emplace_back();
  }
  return at->second;
}

void Graph::add_edge(Node from, Node to) {
  auto& targets = needs_[from];
  if (std::find(targets.begin(), targets.end(), to) != targets.end()) return;
  targets.push_back(to);
  needed_by_[to].push_back(from);
}

std::optional<Node> Graph::find(std::string_view name) const {
  const auto at = index_.find(name);
  return at == index_.end() ? std::nullopt : std::optional(at->second);
}

// Depth first with its own stack: a chain as long as the graph must not use ours up.
std::vector<Node> Graph::find_cycle() const {
  enum class Mark { kNew, kOpen, kClosed };
  std::vector<Mark> marks(size(), Mark::kNew);
  std::vector<std::pair<Node, std::size_t>> path;  // a node, and which of its edges comes next
  for (Node root = 0; root < size(); ++root) {
    if (marks[root] != Mark::kNew) continue;
    path.emplace_back(root, 0);
    marks[root] = Mark::kOpen;
    while (!path.empty()) {
      auto& [node, edge] = path.back();
      if (edge == needs_[node].size()) {
        marks[node] = Mark::kClosed;
        path.pop_back();
        continue;
      }
      const Node next = needs_[node][edge++];
      if (marks[next] == Mark::kNew) {
        marks[next] = Mark::kOpen;
        path.emplace_back(next, 0);
      } else if (marks[next] == Mark::kOpen) {
        const auto start =
            std::find_if(path.begin(), path.end(), [&](const auto& step) { return step.first == next; });
        std::vector<Node> cycle;
        for (auto step = start; step != path.end(); ++step) cycle.push_back(step->first);
        cycle.push_back(next);
        return cycle;
      }
    }
  }
  return {};
}

std::vector<Node> Graph::order() const {
  std::vector<std::size_t> missing(size());
  std::priority_queue<Node, std::vector<Node>, std::greater<>> free;
  for (Node node = 0; node < size(); ++node) {
    missing[node] = needs_[node].size();
    if (missing[node] == 0) free.push(node);
  }
  std::vector<Node> order;
  order.reserve(size());
  while (!free.empty()) {
    const Node node = free.top();
    free.pop();
    order.push_back(node);
    for (const Node dependent : needed_by_[node]) {
      if (--missing[dependent] == 0) free.push(dependent);
    }
  }
  return order;
}

std::vector<Node> Graph::reach(std::span<const Node> from,
                               const std::vector<std::vector<Node>>& edges) const {
  std::vector<bool> seen(size(), false);
  std::vector<Node> open(from.begin(), from.end());
  while (!open.empty()) {
    const Node node = open.back();
    open.pop_back();
    if (seen[node]) continue;
    seen[node] = true;
    open.insert(open.end(), edges[node].begin(), edges[node].end());
  }
  std::vector<Node> reached;
  for (Node node = 0; node < size(); ++node) {
    if (seen[node]) reached.push_back(node);
  }
  return reached;
}

std::vector<Node> Graph::affected_by(std::span<const Node> from) const { return reach(from, needed_by_); }
std::vector<Node> Graph::closure_of(std::span<const Node> from) const { return reach(from, needs_); }

std::vector<std::vector<Node>> Graph::components() const {
  std::vector<std::optional<std::size_t>> number(size());
  std::size_t count = 0;
  std::vector<Node> open;
  for (Node root = 0; root < size(); ++root) {
    if (number[root]) continue;
    open.push_back(root);
    while (!open.empty()) {
      const Node node = open.back();
      open.pop_back();
      if (number[node]) continue;
      number[node] = count;
      open.insert(open.end(), needs_[node].begin(), needs_[node].end());
      open.insert(open.end(), needed_by_[node].begin(), needed_by_[node].end());
    }
    ++count;
  }
  std::vector<std::vector<Node>> components(count);
  for (Node node = 0; node < size(); ++node) components[*number[node]].push_back(node);
  return components;
}

std::string Graph::render(std::span<const Node> path) const {
  std::string text;
  for (const Node node : path) {
    if (!text.empty()) text += " -> ";
    text += names_[node];
  }
  return text;
}

}  // namespace lamella::graph
