// SPDX-License-Identifier: Apache-2.0
#include "build/fates.h"

#include <algorithm>
#include <numeric>
#include <span>

namespace lamella::build {
namespace {

using model::ArtifactKind;

/// What an artifact is mounted with: the layers it depends on, or that it uses.
std::vector<std::string> needs_of(const model::Workspace& workspace, const ArtifactPlan& plan) {
  std::vector<std::string> names;
  if (plan.kind == ArtifactKind::kLayer) {
    const model::Layer* layer = workspace.find_layer(plan.name);
    for (const auto& one : layer->depends_on) names.push_back(one.text);
  } else {
    const model::Function* function = workspace.find_function(plan.name);
    for (const auto& one : function->layers) names.push_back(one.text);
  }
  return names;
}

}  // namespace

bool is_own_fault(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUsage:
    case ErrorCode::kRejected:
    case ErrorCode::kMismatch:
    case ErrorCode::kLimit:
    case ErrorCode::kRemote:
    case ErrorCode::kRefused: return true;
    default: return false;
  }
}

Fates::Fates(const model::Workspace& workspace, const std::vector<ArtifactPlan>& plans) : plans_(plans) {
  for (const ArtifactPlan& plan : plans) graph_.add_node(artifact_stem(plan.kind, plan.name, plan.target));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const std::string& name : needs_of(workspace, plans[i])) {
      const auto node = graph_.find(artifact_stem(ArtifactKind::kLayer, name, plans[i].target));
      if (node) graph_.add_edge(i, *node);
    }
  }
}

void Fates::fail(std::size_t plan, Error error) {
  const std::lock_guard lock(mutex_);
  errors_.emplace(plan, std::move(error));
  for (const graph::Node node : graph_.affected_by(std::span(&plan, 1))) lost_.insert(node);
}

void Fates::fail_together(const std::vector<std::size_t>& plans, const std::string& part,
                          const Error& error) {
  const std::lock_guard lock(mutex_);
  for (const std::size_t plan : plans) part_of_.emplace(plan, parts_.size());
  parts_.push_back({part, error});
  for (const graph::Node node : graph_.affected_by(plans)) lost_.insert(node);
}

bool Fates::any() const {
  const std::lock_guard lock(mutex_);
  return !lost_.empty();
}

bool Fates::lost(std::size_t plan) const {
  const std::lock_guard lock(mutex_);
  return lost_.contains(plan);
}

/// The failed ones among what it needs, without itself, ascending.
std::vector<graph::Node> Fates::roots_below(std::size_t plan) const {
  std::vector<graph::Node> roots;
  for (const graph::Node node : graph_.closure_of(std::span(&plan, 1))) {
    if (node != plan && (errors_.contains(node) || part_of_.contains(node))) roots.push_back(node);
  }
  return roots;
}

std::vector<Unmade> Fates::unmade() const {
  const std::lock_guard lock(mutex_);
  std::vector<Unmade> all;
  std::set<std::size_t> told;  // parts
  for (const std::size_t plan : lost_) {
    const ArtifactPlan& of = plans_[plan];
    Unmade one{of.kind, of.name, of.target, "", std::nullopt};
    const auto roots = roots_below(plan);
    if (!roots.empty()) {
      one.because = plans_[roots.front()].name;
    } else if (const auto own = errors_.find(plan); own != errors_.end()) {
      one.error = own->second;
    } else if (const std::size_t part = part_of_.at(plan); told.insert(part).second) {
      one.error = parts_[part].error;
    } else {
      one.because = parts_[part].name;
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::size_t> Fates::order() const {
  std::vector<std::size_t> depth(plans_.size(), 0);
  for (const graph::Node node : graph_.order()) {
    for (const graph::Node below : graph_.needs(node)) depth[node] = std::max(depth[node], depth[below] + 1);
  }
  std::vector<std::size_t> order(plans_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return depth[a] < depth[b]; });
  return order;
}

}  // namespace lamella::build
