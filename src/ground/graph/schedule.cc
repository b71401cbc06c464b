// SPDX-License-Identifier: Apache-2.0
#include "graph/schedule.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace lamella::graph {

Schedule::Schedule(const Graph& graph)
    : graph_(graph), missing_(graph.size()), states_(graph.size(), State::kWaiting), open_(graph.size()) {
  for (Node node = 0; node < graph.size(); ++node) missing_[node] = graph.needs(node).size();
}

std::vector<Node> Schedule::ready() const {
  std::vector<Node> nodes;
  for (Node node = 0; node < graph_.size(); ++node) {
    if (graph_.needs(node).empty()) nodes.push_back(node);
  }
  return nodes;
}

Schedule::Freed Schedule::finish(Node node, Outcome outcome) {
  assert(states_[node] == State::kWaiting && missing_[node] == 0);
  states_[node] = State::kFinished;
  --open_;
  Freed freed;
  if (outcome == Outcome::kOk) {
    for (const Node dependent : graph_.needed_by(node)) {
      if (--missing_[dependent] == 0 && states_[dependent] == State::kWaiting)
        freed.ready.push_back(dependent);
    }
    std::sort(freed.ready.begin(), freed.ready.end());
    return freed;
  }
  for (const Node dependent : graph_.affected_by(std::span(&node, 1))) {
    if (states_[dependent] != State::kWaiting) continue;
    states_[dependent] = State::kSkipped;
    --open_;
    freed.skipped.push_back(dependent);
  }
  return freed;
}

}  // namespace lamella::graph
