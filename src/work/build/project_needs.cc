// SPDX-License-Identifier: Apache-2.0
#include "build/project_needs.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "resolve/metadata.h"
#include "resolve/requires_dist.h"
#include "resolve/version.h"

namespace lamella::build {
namespace {

bool is_project(const package::Recipe& recipe) { return recipe.source && !recipe.source->archive; }

std::vector<std::string> texts_of(const std::vector<model::PlacedText>& placed) {
  std::vector<std::string> texts;
  for (const model::PlacedText& one : placed) texts.push_back(one.text);
  return texts;
}

bool allows(const std::string& specifier, const std::string& text) {
  const auto version = resolve::Version::parse(text);
  return !version || resolve::satisfies(*version, specifier);
}

class Needs {
 public:
  Needs(const Tools& tools, const model::Workspace& workspace, const std::vector<const ArtifactPlan*>& stack,
        const model::Target& target)
      : tools_(tools), stack_(stack), asked_(target, texts_of(workspace.lock.overrides)) {}

  Result<> add(const package::Recipe& project) {
    LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(project.wheel));
    project_ = project.source->place;
    LAMELLA_TRY_ASSIGN(const auto asked, asked_.of(metadata, ""));
    const std::string by = project.wheel.distribution + " " + project.wheel.version;
    for (const config::Requirement& one : asked) {
      config::Requirement bare = one;
      bare.marker.clear();
      ask_ = config::to_string(bare);
      LAMELLA_TRY(hold(one, by));
    }
    return {};
  }

  std::vector<model::OptNeed> unmet() { return std::move(unmet_); }

 private:
  Result<resolve::Metadata> metadata_of(const package::Wheel& wheel) const {
    return resolve::metadata_in(tools_.store, wheel.filename, wheel.sha256, tools_.events);
  }

  const package::Recipe* find(const std::string& name) const {
    for (const ArtifactPlan* plan : stack_) {
      for (const package::Recipe& recipe : plan->wheels) {
        if (recipe.wheel.distribution == name) return &recipe;
      }
    }
    return nullptr;
  }

  Result<> hold(const config::Requirement& requirement, const std::string& by) {
    const std::string name = requirement.normalised();
    const package::Recipe* there = find(name);
    if (there == nullptr || !allows(requirement.specifier, there->wheel.version)) {
      unmet_.push_back({project_, ask_, by, name, requirement.specifier,
                        there == nullptr ? std::string() : there->wheel.version});
      return {};
    }
    for (const std::string& extra : requirement.extras) LAMELLA_TRY(hold_extra(*there, extra));
    return {};
  }

  /// An extra that only the build asks for is in no lock, and so are the packages that it brings.
  Result<> hold_extra(const package::Recipe& recipe, const std::string& text) {
    const std::string extra = config::normalised_name(text);
    if (!seen_.emplace(recipe.wheel.distribution, extra).second) return {};
    const auto missing = tools_.store.find_missing(std::span(&recipe.wheel.sha256, 1));
    if (!missing || !missing->empty()) return {};
    LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(recipe.wheel));
    LAMELLA_TRY_ASSIGN(const auto asked, asked_.of(metadata, extra));
    for (const auto& one : asked) LAMELLA_TRY(hold(one, recipe.wheel.distribution + "[" + extra + "]"));
    return {};
  }

  const Tools& tools_;
  const std::vector<const ArtifactPlan*>& stack_;
  const resolve::RequiresDist asked_;
  std::string project_;
  std::string ask_;
  std::set<std::pair<std::string, std::string>> seen_;  ///< extras, by their package
  std::vector<model::OptNeed> unmet_;
};

}  // namespace

bool has_projects(const ArtifactPlan& plan) {
  return std::any_of(plan.wheels.begin(), plan.wheels.end(), is_project);
}

Result<std::vector<model::OptNeed>> unmet_needs(const Tools& tools, const model::Workspace& workspace,
                                                const ArtifactPlan& plan,
                                                const std::vector<const ArtifactPlan*>& stack) {
  const model::Layer* layer =
      plan.kind == model::ArtifactKind::kLayer ? workspace.find_layer(plan.name) : nullptr;
  if (layer != nullptr && layer->no_deps) return std::vector<model::OptNeed>();
  Needs needs(tools, workspace, stack, plan.target);
  for (const package::Recipe& recipe : plan.wheels) {
    if (is_project(recipe) && !recipe.wheel.filename.empty()) LAMELLA_TRY(needs.add(recipe));
  }
  return needs.unmet();
}

}  // namespace lamella::build
