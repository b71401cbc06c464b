// SPDX-License-Identifier: Apache-2.0
//
// What may run now, and what a result sets free.  A pure queue: the caller runs the work, on as many
// threads as it likes, and reports each end from one of them.
//
// Invariants
//   S1 A node becomes ready exactly once, after all it needs has finished well.
//   S2 When a node fails, everything that needs it, directly or not, is skipped, and each of these is
//      reported once.  Nothing else is touched: only the failed node is a root cause.
//   S3 done() holds when every node is finished or skipped.  Without a cycle this is always reached.
//
// Threads: not safe for concurrent use.
//
//   Schedule schedule(graph);
//   auto queue = schedule.ready();
//   ... const auto freed = schedule.finish(node, Outcome::kOk);  append(queue, freed.ready);
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/graph.h"

namespace lamella::graph {

enum class Outcome { kOk, kFailed };

class Schedule {
 public:
  /// `graph` must outlive the schedule.  REQUIRES: graph has no cycle.
  explicit Schedule(const Graph& graph);

  struct Freed {
    std::vector<Node> ready;    ///< may run now, ascending
    std::vector<Node> skipped;  ///< will never run, ascending
  };

  /// The nodes that need nothing, ascending.  Ask once.
  std::vector<Node> ready() const;
  /// REQUIRES: node was ready and is not finished.
  Freed finish(Node node, Outcome outcome);
  bool done() const { return open_ == 0; }

 private:
  enum class State : std::uint8_t { kWaiting, kFinished, kSkipped };

  const Graph& graph_;
  std::vector<std::size_t> missing_;
  std::vector<State> states_;
  std::size_t open_;
};

}  // namespace lamella::graph
