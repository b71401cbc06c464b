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

Result<> check_zip(const model::Artifact& artifact, const base::Position& position) {
  if (artifact.zipped_bytes <= model::kMaxDirectZipBytes) return {};
  return Error(ErrorCode::kLimit,
               fmt::format("the zip of {} {} is {}; Lambda takes {} in a request", to_string(artifact.kind),
                           artifact.name, format_size(artifact.zipped_bytes),
                           format_size(model::kMaxDirectZipBytes)))
      .at(position)
      .because("largest: " + largest_packages(artifact, 5))
      .remedy("prune it, or split it in two; uploads through S3 are not built yet")
      .with("over_bytes", std::to_string(artifact.zipped_bytes - model::kMaxDirectZipBytes));
}

base::Position position_of(const model::Workspace& workspace, const model::Artifact& artifact) {
  if (artifact.kind == model::ArtifactKind::kLayer) {
    const model::Layer* layer = workspace.find_layer(artifact.name);
    return layer == nullptr ? base::Position{} : layer->position;
  }
  const model::Function* function = workspace.find_function(artifact.name);
  return function == nullptr ? base::Position{} : function->position;
}

bool is_near(std::uint64_t have, std::uint64_t allowed) {
  return have <= allowed && have >= allowed - allowed / 5;
}

model::Origin origin_of(const model::Artifact& artifact) {
  return {fmt::format("{} {}", to_string(artifact.kind), artifact.name), "", "", artifact.unzipped_bytes};
}

/// `format` has places for what there is, the share in percent, and what is allowed.
void add_near(std::vector<model::Finding>& found, const model::Artifact& artifact, std::uint64_t have,
              std::optional<std::uint64_t> allowed, const char* format) {
  if (!allowed || *allowed == 0 || !is_near(have, *allowed)) return;
  model::Finding finding{.kind = model::FindingKind::kNearLimit, .subject = artifact.name, .bytes = have};
  finding.text =
      fmt::format(fmt::runtime(format), format_size(have), have * 100 / *allowed, format_size(*allowed));
  finding.origins = {origin_of(artifact)};
  found.push_back(std::move(finding));
}

/// An aim that is missed is told, nothing more.  `format` has places for what there is and for the aim.
void add_missed(std::vector<model::Finding>& found, const model::Artifact& artifact,
                const std::optional<std::uint64_t>& aim, const char* format) {
  if (!aim || artifact.unzipped_bytes <= *aim) return;
  model::Finding finding{
      .kind = model::FindingKind::kNearLimit, .subject = artifact.name, .bytes = artifact.unzipped_bytes};
  finding.text = fmt::format(fmt::runtime(format), format_size(artifact.unzipped_bytes), format_size(*aim));
  finding.origins = {origin_of(artifact)};
  found.push_back(std::move(finding));
}

Result<> check_function_total(const model::Function& function, const model::Artifact& own,
                              const Manifest& manifest) {
  std::uint64_t total = own.unzipped_bytes;  // as the service counts: shadowed files too
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
    if (layer == nullptr) return {};
    // What no function uses is not held against what uploading takes.
    if (!workspace.users_of(layer->name).empty()) LAMELLA_TRY(check_zip(artifact, layer->position));
    return check_one(artifact, layer->budget, layer->position);
  }
  const model::Function* function = workspace.find_function(artifact.name);
  if (function == nullptr) return {};
  LAMELLA_TRY(check_zip(artifact, function->position));
  LAMELLA_TRY(check_one(artifact, function->budget, function->position));
  return check_function_total(*function, artifact, manifest);
}

Result<> check_service_limits(const model::Workspace& workspace, const Manifest& manifest) {
  for (const Made& made : manifest.made) {
    const model::Artifact& artifact = made.artifact;
    LAMELLA_TRY(check_zip(artifact, position_of(workspace, artifact)));
    const model::Function* function =
        artifact.kind == model::ArtifactKind::kFunction ? workspace.find_function(artifact.name) : nullptr;
    if (function != nullptr) LAMELLA_TRY(check_function_total(*function, artifact, manifest));
  }
  return {};
}

std::vector<model::Finding> near_limits(const model::Workspace& workspace, const Manifest& manifest,
                                        const model::Artifact& artifact) {
  std::vector<model::Finding> found;
  const model::Layer* layer =
      artifact.kind == model::ArtifactKind::kLayer ? workspace.find_layer(artifact.name) : nullptr;
  const model::Function* function =
      artifact.kind == model::ArtifactKind::kFunction ? workspace.find_function(artifact.name) : nullptr;
  const model::Packaging* packaging = function;
  if (layer != nullptr) packaging = layer;
  if (packaging == nullptr) return found;
  const model::Budget& budget = packaging->budget;
  add_near(found, artifact, artifact.unzipped_bytes, budget.unzipped,
           "{} unzipped are {} % of its budget of {}");
  add_missed(found, artifact, budget.aim, "{} unzipped are over its aim of {}");
  add_near(found, artifact, artifact.zipped_bytes, budget.zipped, "{} zipped are {} % of its budget of {}");
  add_near(found, artifact, artifact.zipped_bytes, model::kMaxDirectZipBytes,
           "its zip of {} is {} % of what Lambda takes in a request, {}");
  if (function == nullptr) return found;
  std::uint64_t total = artifact.unzipped_bytes;
  std::vector<model::Origin> origins = {origin_of(artifact)};
  for (const auto& name : function->layers) {
    const Made* one = manifest.find_layer(name.text, function->target);
    if (one == nullptr) return found;
    total += one->artifact.unzipped_bytes;
    origins.push_back(origin_of(one->artifact));
  }
  const std::size_t before = found.size();
  add_near(found, artifact, total, model::kMaxUnzippedBytes,
           "{} unzipped with its layers are {} % of Lambda's limit of {}");
  if (found.size() > before) found.back().origins = std::move(origins);
  return found;
}

namespace {

/// All layers and functions together.
model::Artifact sum_of(const model::Workspace& workspace, const Manifest& manifest) {
  model::Artifact all{.name = workspace.project.name};
  for (const Made& made : manifest.made) {
    all.unzipped_bytes += made.artifact.unzipped_bytes;
    all.zipped_bytes += made.artifact.zipped_bytes;
  }
  return all;
}

Result<> check_project(const model::Workspace& workspace, const Manifest& manifest, std::string_view what,
                       std::uint64_t model::Artifact::*size, const std::optional<std::uint64_t>& allowed) {
  const std::uint64_t total = sum_of(workspace, manifest).*size;
  if (!allowed || total <= *allowed) return {};
  std::string parts;
  for (const Made& made : manifest.made) {
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", made.artifact.name,
                         format_size(made.artifact.*size));
  }
  return Error(ErrorCode::kLimit,
               fmt::format("all layers and functions together are {} {}, over the project's budget of {}",
                           format_size(total), what, format_size(*allowed)))
      .at(workspace.file)
      .because(parts)
      .remedy("prune the largest, or raise project.budget");
}

}  // namespace

std::vector<model::Finding> near_project_budget(const model::Workspace& workspace, const Manifest& manifest) {
  const model::Artifact all = sum_of(workspace, manifest);
  const model::Budget& budget = workspace.project.budget;
  std::vector<model::Finding> found;
  add_near(found, all, all.unzipped_bytes, budget.unzipped,
           "all layers and functions together, {} unzipped, are {} % of the project's budget of {}");
  add_near(found, all, all.zipped_bytes, budget.zipped,
           "all layers and functions together, {} zipped, are {} % of the project's budget of {}");
  add_missed(found, all, budget.aim,
             "all layers and functions together, {} unzipped, are over the project's aim of {}");
  for (model::Finding& finding : found) finding.origins = {{"project " + all.name, "", "", finding.bytes}};
  return found;
}

Result<> check_budgets(const model::Workspace& workspace, const Manifest& manifest) {
  for (const Made& made : manifest.made) LAMELLA_TRY(check_budget(workspace, manifest, made.artifact));
  const model::Budget& budget = workspace.project.budget;
  LAMELLA_TRY(
      check_project(workspace, manifest, "unzipped", &model::Artifact::unzipped_bytes, budget.unzipped));
  return check_project(workspace, manifest, "zipped", &model::Artifact::zipped_bytes, budget.zipped);
}

}  // namespace lamella::build
