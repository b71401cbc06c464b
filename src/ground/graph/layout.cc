// SPDX-License-Identifier: Apache-2.0
#include "graph/layout.h"

#include <algorithm>

namespace lamella::graph {
namespace {

constexpr int kSweeps = 4;  // there and back twice: after that, orders hardly change

using Columns = std::vector<std::vector<Node>>;

Columns columns_of(const Graph& graph) {
  std::vector<std::size_t> column(graph.size(), 0);
  for (const Node node : graph.order()) {
    for (const Node need : graph.needs(node)) column[node] = std::max(column[node], column[need] + 1);
  }
  Columns columns;
  for (Node node = 0; node < graph.size(); ++node) {
    if (column[node] >= columns.size()) columns.resize(column[node] + 1);
    columns[column[node]].push_back(node);
  }
  return columns;
}

/// Sorts a column by the mean row of each node's neighbours; a node without any keeps its row.
void sort_by_neighbours(std::vector<Node>& column, const std::vector<std::vector<Node>>& neighbours,
                        std::vector<double>& row) {
  std::vector<std::pair<double, Node>> wanted;
  for (const Node node : column) {
    double sum = 0;
    for (const Node other : neighbours[node]) sum += row[other];
    const auto count = static_cast<double>(neighbours[node].size());
    wanted.emplace_back(count == 0 ? row[node] : sum / count, node);
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < column.size(); ++i) {
    column[i] = wanted[i].second;
    row[column[i]] = static_cast<double>(i);
  }
}

}  // namespace

Layout layout_of(const Graph& graph) {
  Columns columns = columns_of(graph);
  std::vector<double> row(graph.size(), 0);
  for (const auto& column : columns) {
    for (std::size_t i = 0; i < column.size(); ++i) row[column[i]] = static_cast<double>(i);
  }
  std::vector<std::vector<Node>> needs(graph.size());
  std::vector<std::vector<Node>> needed_by(graph.size());
  for (Node node = 0; node < graph.size(); ++node) {
    needs[node] = graph.needs(node);
    needed_by[node] = graph.needed_by(node);
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    if (sweep % 2 == 0) {
      for (auto& column : columns) sort_by_neighbours(column, needs, row);
    } else {
      for (auto column = columns.rbegin(); column != columns.rend(); ++column)
        sort_by_neighbours(*column, needed_by, row);
    }
  }
  Layout layout{std::vector<Place>(graph.size()), columns.size(), 0};
  for (std::size_t c = 0; c < columns.size(); ++c) {
    for (std::size_t r = 0; r < columns[c].size(); ++r) layout.places[columns[c][r]] = {c, r};
    layout.rows = std::max(layout.rows, columns[c].size());
  }
  return layout;
}

}  // namespace lamella::graph
