// SPDX-License-Identifier: Apache-2.0
#include "graph/layout.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace lamella::graph {
namespace {

TEST(Layout, PutsWhatNeedsNothingFirst) {
  Graph graph;
  graph.add_edge("function", "layer");
  graph.add_edge("layer", "package");
  const Layout layout = layout_of(graph);
  EXPECT_EQ(layout.columns, 3U);
  EXPECT_EQ(layout.rows, 1U);
  EXPECT_EQ(layout.places[*graph.find("package")].column, 0U);
  EXPECT_EQ(layout.places[*graph.find("function")].column, 2U);
}

TEST(Layout, OfNothingIsNothing) { EXPECT_EQ(layout_of(Graph()).columns, 0U); }

TEST(Layout, UntanglesTwoEdges) {
  Graph graph;
  for (const auto* name : {"a", "b", "x", "y"}) graph.add_node(name);
  graph.add_edge("x", "b");
  graph.add_edge("y", "a");
  const Layout layout = layout_of(graph);
  const auto row = [&](const char* name) { return layout.places[*graph.find(name)].row; };
  EXPECT_EQ(row("x") < row("y"), row("b") < row("a"));
}

RC_GTEST_PROP(Layout, Y1_everyNodeHasItsOwnPlaceAndEveryEdgeGoesDown, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 30);
  Graph graph;
  for (std::size_t i = 0; i < size; ++i) graph.add_node(std::to_string(i));
  const auto edges = *rc::gen::container<std::vector<std::pair<std::size_t, std::size_t>>>(
      rc::gen::pair(rc::gen::inRange<std::size_t>(0, size), rc::gen::inRange<std::size_t>(0, size)));
  for (const auto& [a, b] : edges) {
    if (a != b) graph.add_edge(std::max(a, b), std::min(a, b));
  }
  const Layout layout = layout_of(graph);
  const std::set<Place> distinct(layout.places.begin(), layout.places.end());
  RC_ASSERT(distinct.size() == size);
  for (Node node = 0; node < size; ++node) {
    for (const Node need : graph.needs(node))
      RC_ASSERT(layout.places[need].column < layout.places[node].column);
  }
}

}  // namespace
}  // namespace lamella::graph
