// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_group.h"

#include <algorithm>
#include <set>

#include "graph/graph.h"

namespace lamella::resolve {
namespace {

constexpr char kLayer = 'l';  // first letter of a node's name; layers and functions may share names
constexpr char kFunction = 'f';

std::string node_name(char kind, std::string_view name) { return std::string(1, kind) + std::string(name); }

std::set<model::Target> python_targets(const model::Workspace& workspace) {
  std::set<model::Target> targets;
  for (const auto& layer : workspace.layers) targets.insert(layer.targets.begin(), layer.targets.end());
  for (const auto& function : workspace.functions) targets.insert(function.target);
  std::erase_if(targets,
                [](const model::Target& t) { return t.runtime.language != model::Language::kPython; });
  return targets;
}

bool is_for(const model::Layer& layer, const model::Target& target) {
  return std::find(layer.targets.begin(), layer.targets.end(), target) != layer.targets.end();
}

/// Nodes in workspace order, layers first, so that a component's first node names it.
graph::Graph meetings(const model::Workspace& workspace, const model::Target& target) {
  graph::Graph meets;
  for (const auto& layer : workspace.layers) {
    if (is_for(layer, target)) meets.add_node(node_name(kLayer, layer.name));
  }
  for (const auto& function : workspace.functions) {
    if (function.target == target) meets.add_node(node_name(kFunction, function.name));
  }
  const auto join = [&](char kind, const std::string& name, const std::vector<model::PlacedText>& others) {
    for (const auto& other : others) {
      const std::string needed = node_name(kLayer, other.text);
      const model::Layer* layer = workspace.find_layer(other.text);
      if (layer != nullptr && layer->isolated) continue;
      if (meets.find(needed)) meets.add_edge(node_name(kind, name), needed);
    }
  };
  for (const auto& layer : workspace.layers) {
    if (is_for(layer, target)) join(kLayer, layer.name, layer.depends_on);
  }
  for (const auto& function : workspace.functions) {
    if (function.target == target) join(kFunction, function.name, function.layers);
  }
  return meets;
}

}  // namespace

std::string lock_word(std::string_view name) {
  std::string word;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    word.push_back(plain ? c : '-');
  }
  return word.empty() ? "default" : word;
}

std::string LockGroup::lock_path() const {
  return "locks/pylock." + name + "-" + model::short_name(target) + ".toml";
}

bool LockGroup::has_layer(std::string_view layer) const {
  return std::find(layers.begin(), layers.end(), layer) != layers.end();
}
bool LockGroup::has_function(std::string_view function) const {
  return std::find(functions.begin(), functions.end(), function) != functions.end();
}

std::vector<LockGroup> lock_groups(const model::Workspace& workspace) {
  std::vector<LockGroup> groups;
  for (const model::Target& target : python_targets(workspace)) {
    const graph::Graph meets = meetings(workspace, target);
    const auto components = meets.components();
    std::set<std::string> taken;
    for (const auto& component : components) {
      LockGroup group{.name = {}, .target = target, .layers = {}, .functions = {}};
      for (const graph::Node node : component) {
        const std::string& name = meets.name(node);
        (name.front() == kLayer ? group.layers : group.functions).push_back(name.substr(1));
      }
      const std::string& first = group.layers.empty() ? group.functions.front() : group.layers.front();
      group.name = lock_word(components.size() == 1 ? workspace.project.name : first);
      // A function alone may be called like another group's layer.
      while (!taken.insert(group.name).second) group.name += "-function";
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

const LockGroup* group_of_layer(const std::vector<LockGroup>& groups, std::string_view layer,
                                const model::Target& target) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const LockGroup& group) {
    return group.target == target && group.has_layer(layer);
  });
  return found == groups.end() ? nullptr : &*found;
}

const LockGroup* group_of_function(const std::vector<LockGroup>& groups, std::string_view function) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const LockGroup& group) { return group.has_function(function); });
  return found == groups.end() ? nullptr : &*found;
}

}  // namespace lamella::resolve
