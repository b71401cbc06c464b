// SPDX-License-Identifier: Apache-2.0
#include "build/budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace lamella::build {
namespace {

using base::format_size;

Result<> check_one(const model::Artifact& artifact, const model::Budget& budget,
                   const base::Position& position) {
  const auto over = [&](std::string_view what, std::uint64_t have, std::uint64_t allowed) {
    return Error(ErrorCode::kLimit,
                 fmt::format("{} {} is {} {}, over its budget of {}", to_string(artifact.kind), artifact.name,
                             format_size(have), what, format_size(allowed)))
        .at(position)
        .because("largest: " + largest_packages(artifact, 5))
        .remedy(fmt::format("drop what is not needed with `prune`, or raise the budget by {}",
                            format_size(have - allowed)))
        .with("over_bytes", std::to_string(have - allowed));
  };
  if (budget.unzipped && artifact.unzipped_bytes > *budget.unzipped) {
    return over("unzipped", artifact.unzipped_bytes, *budget.unzipped);
  }
  if (budget.zipped && artifact.zipped_bytes > *budget.zipped) {
    return over("zipped", artifact.zipped_bytes, *budget.zipped);
  }
  return {};
}

Result<> check_function_total(const model::Function& function, const model::Artifact& own,
                              const Manifest& manifest) {
  std::uint64_t total = own.unzipped_bytes;
  const model::Artifact* largest = &own;
  for (const auto& name : function.layers) {
    const Made* layer = manifest.find_layer(name.text, function.target);
    if (layer == nullptr) return {};  // not built yet: nothing to say
    total += layer->artifact.unzipped_bytes;
    if (layer->artifact.unzipped_bytes > largest->unzipped_bytes) largest = &layer->artifact;
  }
  if (total <= model::kMaxUnzippedBytes) return {};
  return Error(ErrorCode::kLimit,
               fmt::format("function {} and its layers are {} unzipped; Lambda takes {}", function.name,
                           format_size(total), format_size(model::kMaxUnzippedBytes)))
      .at(function.position)
      .because(fmt::format("largest is {} {} with {}: {}", to_string(largest->kind), largest->name,
                           format_size(largest->unzipped_bytes), largest_packages(*largest, 3)))
      .remedy("prune that one, or give the function fewer layers");
}

}  // namespace

std::string largest_packages(const model::Artifact& artifact, std::size_t count) {
  std::vector<model::PackageShare> shares = artifact.packages;
  std::stable_sort(shares.begin(), shares.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (shares.size() > count) shares.resize(count);
  std::string text;
  for (const auto& share : shares) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", share.name, format_size(share.bytes));
  }
  return text;
}

Result<> check_budget(const model::Workspace& workspace, const Manifest& manifest,
                      const model::Artifact& artifact) {
  if (artifact.kind == model::ArtifactKind::kLayer) {
    const model::Layer* layer = workspace.find_layer(artifact.name);
    return layer == nullptr ? Result<>() : check_one(artifact, layer->budget, layer->position);
  }
  const model::Function* function = workspace.find_function(artifact.name);
  if (function == nullptr) return {};
  LAMELLA_TRY(check_one(artifact, function->budget, function->position));
  return check_function_total(*function, artifact, manifest);
}

Result<> check_budgets(const model::Workspace& workspace, const Manifest& manifest) {
  std::uint64_t total = 0;
  std::string parts;
  for (const Made& made : manifest.made) {
    const model::Artifact& artifact = made.artifact;
    total += artifact.unzipped_bytes;
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", artifact.name,
                         format_size(artifact.unzipped_bytes));
    LAMELLA_TRY(check_budget(workspace, manifest, artifact));
  }
  const auto& budget = workspace.project.budget.unzipped;
  if (!budget || total <= *budget) return {};
  return Error(
             ErrorCode::kLimit,
             fmt::format("all layers and functions together are {} unzipped, over the project's budget of {}",
                         format_size(total), format_size(*budget)))
      .at(workspace.file)
      .because(parts)
      .remedy("prune the largest, or raise project.budget");
}

}  // namespace lamella::build
