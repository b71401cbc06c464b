// SPDX-License-Identifier: Apache-2.0
#include "graph/graph.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "graph/schedule.h"

namespace lamella::graph {
namespace {

std::string names(const Graph& graph, const std::vector<Node>& nodes) {
  std::string text;
  for (const Node node : nodes) text += (text.empty() ? "" : " ") + graph.name(node);
  return text;
}

Graph workspace() {
  Graph graph;
  for (const char* name : {"core", "ml", "aws"}) graph.add_node(name);
  graph.add_edge("ml", "core");
  graph.add_edge("validation", "core");
  graph.add_edge("validation", "aws");
  graph.add_edge("predictions", "ml");
  graph.add_node("alone");
  return graph;
}

TEST(Graph, OrdersAndReaches) {
  const Graph graph = workspace();
  EXPECT_EQ(names(graph, graph.order()), "core ml aws validation predictions alone");
  const Node core = *graph.find("core");
  EXPECT_EQ(names(graph, graph.affected_by(std::span(&core, 1))), "core ml validation predictions");
  const Node predictions = *graph.find("predictions");
  EXPECT_EQ(names(graph, graph.closure_of(std::span(&predictions, 1))), "core ml predictions");
  EXPECT_EQ(graph.find("nothing"), std::nullopt);
  const auto components = graph.components();
  ASSERT_EQ(components.size(), 2U);
  EXPECT_EQ(names(graph, components[0]), "core ml aws validation predictions");
  EXPECT_EQ(names(graph, components[1]), "alone");
}

TEST(Graph, ShowsACycleAsAPath) {
  Graph graph = workspace();
  EXPECT_TRUE(graph.find_cycle().empty());
  graph.add_edge("core", "predictions");
  EXPECT_EQ(graph.render(graph.find_cycle()), "core -> predictions -> ml -> core");
  EXPECT_EQ(names(graph, graph.order()), "aws alone");
  Graph self;
  self.add_edge("a", "a");
  EXPECT_EQ(self.render(self.find_cycle()), "a -> a");
}

TEST(Graph, LongChainsDoNotUseTheStackUp) {
  Graph graph;
  for (int i = 0; i < 200'000; ++i) graph.add_node(std::to_string(i));
  for (Node i = 0; i + 1 < graph.size(); ++i) graph.add_edge(i, i + 1);
  EXPECT_TRUE(graph.find_cycle().empty());
  EXPECT_EQ(graph.order().front(), graph.size() - 1);
}

Graph any_dag() {
  Graph graph;
  const auto size = *rc::gen::inRange<Node>(1, 20);
  for (Node node = 0; node < size; ++node) graph.add_node(std::to_string(node));
  for (int i = *rc::gen::inRange(0, 40); i > 0; --i) {
    const Node a = *rc::gen::inRange<Node>(0, size);
    const Node b = *rc::gen::inRange<Node>(0, size);
    if (a != b) graph.add_edge(std::min(a, b), std::max(a, b));
  }
  return graph;
}

RC_GTEST_PROP(GraphProperty, OrderRespectsEveryEdge, ()) {
  const Graph graph = any_dag();
  RC_ASSERT(graph.find_cycle().empty());
  const auto order = graph.order();
  RC_ASSERT(order.size() == graph.size());
  std::vector<std::size_t> place(graph.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (Node node = 0; node < graph.size(); ++node) {
    for (const Node need : graph.needs(node)) RC_ASSERT(place[need] < place[node]);
  }
}

// S1, S2, S3 under any order of ends and any failures.
RC_GTEST_PROP(ScheduleProperty, EveryNodeRunsOnceOrIsSkippedOnce, ()) {
  const Graph graph = any_dag();
  Schedule schedule(graph);
  std::vector<Node> running = schedule.ready();
  std::set<Node> well;
  std::set<Node> failed;
  std::set<Node> skipped;
  while (!running.empty()) {
    const auto pick = *rc::gen::inRange<std::size_t>(0, running.size());
    const Node node = running[pick];
    running.erase(running.begin() + static_cast<std::ptrdiff_t>(pick));
    for (const Node need : graph.needs(node)) RC_ASSERT(well.contains(need));
    const bool ok = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
    RC_ASSERT((ok ? well : failed).insert(node).second);
    const auto freed = schedule.finish(node, ok ? Outcome::kOk : Outcome::kFailed);
    for (const Node skip : freed.skipped) RC_ASSERT(skipped.insert(skip).second);
    running.insert(running.end(), freed.ready.begin(), freed.ready.end());
  }
  RC_ASSERT(schedule.done());
  RC_ASSERT(well.size() + failed.size() + skipped.size() == graph.size());
  const std::vector<Node> causes(failed.begin(), failed.end());
  for (const Node node : graph.affected_by(causes))
    RC_ASSERT(failed.contains(node) || skipped.contains(node));
}

}  // namespace
}  // namespace lamella::graph
