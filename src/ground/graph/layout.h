// SPDX-License-Identifier: Apache-2.0
//
// Places for the nodes of a graph in columns, so that it can be drawn: what needs nothing stands in column 0,
// every other node to the right of all it needs.  Within a column nodes are ordered so that edges cross
// little.
//
// Invariants (layout_test.cc)
//   Y1 no two nodes have the same place; every edge goes to a lower column.
//   Y2 the same graph gives the same layout.
//
// Threads: pure.  REQUIRES: the graph has no cycle; nodes on one are put into column 0.
#pragma once

#include <cstddef>
#include <vector>

#include "graph/graph.h"

namespace lamella::graph {

struct Place {
  std::size_t column = 0;
  std::size_t row = 0;

  auto operator<=>(const Place&) const = default;
};

struct Layout {
  std::vector<Place> places;  ///< by node
  std::size_t columns = 0;
  std::size_t rows = 0;  ///< of the longest column
};

Layout layout_of(const Graph& graph);

}  // namespace lamella::graph
