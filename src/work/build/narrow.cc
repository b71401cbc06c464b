// SPDX-License-Identifier: Apache-2.0
#include "build/narrow.h"

#include <algorithm>
#include <map>
#include <variant>

namespace lamella::build {
namespace {

using model::ArtifactKind;

/// Which artifacts are made of, or checked with, what lies at or below a path.
using Owners = std::map<std::string, std::set<std::string>, std::less<>>;

void add_packaging(Owners& owners, const model::Packaging& packaging, const std::string& name) {
  for (const auto& package : packaging.packages) owners[package.text].insert(name);
  for (const auto& file : packaging.files) owners[file.from.text].insert(name);
}

void add_checks(Owners& owners, const std::vector<model::Check>& checks, const std::string& name) {
  for (const model::Check& check : checks) {
    if (const auto* event = std::get_if<model::EventCheck>(&check.what)) {
      const auto* place = std::get_if<model::PlacedText>(&event->event);
      if (place != nullptr) owners[place->text].insert(name);
    }
    if (const auto* script = std::get_if<model::ScriptCheck>(&check.what))
      owners[script->path.text].insert(name);
  }
}

Owners owners_of(const model::Workspace& workspace) {
  Owners owners;
  for (const model::Layer& layer : workspace.layers) {
    add_packaging(owners, layer, layer.name);
    if (layer.tree) owners[layer.tree->text].insert(layer.name);
    if (layer.archive && !layer.archive->remote) owners[layer.archive->place.text].insert(layer.name);
    if (layer.command) {
      for (const model::CommandInput& input : layer.command->inputs)
        owners[input.place.text].insert(layer.name);
    }
    add_checks(owners, layer.checks, layer.name);
  }
  for (const model::Function& function : workspace.functions) {
    owners[function.source.text].insert(function.name);
    add_packaging(owners, function, function.name);
    add_checks(owners, function.checks, function.name);
  }
  return owners;
}

/// Adds the owners of `path`; false if there is none.
bool add_owners(const Owners& owners, std::string_view path, std::set<std::string>& names) {
  bool found = false;
  for (;;) {
    if (const auto owner = owners.find(path); owner != owners.end()) {
      names.insert(owner->second.begin(), owner->second.end());
      found = true;
    }
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return found;
    path = path.substr(0, slash);
  }
}

/// What is mounted with any of `names`.
void add_dependents(const model::Workspace& workspace, std::set<std::string>& names) {
  for (const model::Layer* layer : workspace.build_order()) {
    const bool needs = std::any_of(layer->depends_on.begin(), layer->depends_on.end(),
                                   [&](const auto& one) { return names.contains(one.text); });
    if (needs) names.insert(layer->name);
  }
  for (const model::Function& function : workspace.functions) {
    const bool uses = std::any_of(function.layers.begin(), function.layers.end(),
                                  [&](const auto& one) { return names.contains(one.text); });
    if (uses) names.insert(function.name);
  }
}

bool has_all(const model::Workspace& workspace, const Manifest& last, const Request& request) {
  const ManifestIndex known(last);
  for (const model::Layer& layer : workspace.layers) {
    for (const model::Target& target : layer.targets) {
      if (known.find(ArtifactKind::kLayer, layer.name, target) == nullptr) return false;
    }
  }
  return request.layers_only ||
         std::all_of(workspace.functions.begin(), workspace.functions.end(), [&](const auto& function) {
           return known.find(ArtifactKind::kFunction, function.name, function.target) != nullptr;
         });
}

/// Where traces place bytecode, every proof has a say in every layer.
bool uses_traces(const model::Workspace& workspace, const Manifest& last) {
  return std::any_of(workspace.layers.begin(), workspace.layers.end(),
                     [](const auto& layer) { return layer.bytecode.traced.has_value(); }) ||
         std::any_of(last.made.begin(), last.made.end(),
                     [](const Made& made) { return !made.bought.empty(); });
}

}  // namespace

std::optional<std::set<std::string>> narrowed(const model::Workspace& workspace, const Manifest& last,
                                              const Request& request,
                                              const std::vector<std::string>& changed) {
  constexpr std::size_t kMostChanged = 1'000;
  const bool all = request.names.empty() && request.again == Again::kNothing && !request.clean;
  if (!all || changed.empty() || changed.size() > kMostChanged) return std::nullopt;
  if (uses_traces(workspace, last) || !has_all(workspace, last, request)) return std::nullopt;
  const Owners owners = owners_of(workspace);
  std::set<std::string> names;
  for (const std::string& path : changed) {
    if (!add_owners(owners, path, names)) return std::nullopt;
  }
  add_dependents(workspace, names);
  return names;
}

}  // namespace lamella::build
