// SPDX-License-Identifier: Apache-2.0
#include "model/workspace.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace lamella::model {
namespace {

template <class Named>
std::vector<std::uint32_t> order_by_name(const std::vector<Named>& all) {
  std::vector<std::uint32_t> order(all.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return all[a].name < all[b].name; });
  return order;
}

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name,
                        const std::vector<std::uint32_t>& order = {}) {
  if (order.size() == all.size()) {
    const auto at = std::lower_bound(
        order.begin(), order.end(), name,
        [&](std::uint32_t i, std::string_view n) { return std::string_view(all[i].name) < n; });
    if (at != order.end() && all[*at].name == name) return &all[*at];
  }
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> names;
  for (const Named& one : all) names.push_back(one.name);
  return names;
}

/// Adds what `layer` depends on, each once and before what needs it.
void collect(const Workspace& workspace, const Layer& layer, std::set<std::string_view>& seen,
             std::vector<const Layer*>& out) {
  for (const PlacedText& name : layer.depends_on) {
    const Layer* below = workspace.find_layer(name.text);
    if (below == nullptr || !seen.insert(below->name).second) continue;
    collect(workspace, *below, seen, out);
    out.push_back(below);
  }
}

void replace_all(std::string& text, std::string_view word, std::string_view by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

}  // namespace

std::string Layer::module_root(const Runtime& runtime) const {
  if (layout == ModuleLayout::kPlain) return "python/";
  return "python/lib/" + to_string(runtime) + "/site-packages/";
}

std::optional<std::string_view> module_path(std::string_view entry) {
  constexpr std::string_view kRoot = "python/";
  constexpr std::string_view kVersioned = "lib/python";
  constexpr std::string_view kSite = "/site-packages/";
  if (!entry.starts_with(kRoot)) return std::nullopt;
  entry.remove_prefix(kRoot.size());
  if (!entry.starts_with(kVersioned)) return entry;
  const auto slash = entry.find('/', kVersioned.size());
  if (slash == std::string_view::npos || !entry.substr(slash).starts_with(kSite)) return entry;
  return entry.substr(slash + kSite.size());
}

std::string EnvironmentSettings::name_of(std::string_view layer_or_function) const {
  std::string out = names;
  replace_all(out, "{environment}", name);
  replace_all(out, "{name}", layer_or_function);
  return out;
}

bool PackageIndex::serves(std::string_view normalised_name) const {
  return serves(patterns, normalised_name);
}

bool PackageIndex::serves(const std::vector<PlacedText>& patterns, std::string_view normalised_name) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const PlacedText& pattern) {
    std::string_view text = pattern.text;
    if (!text.ends_with('*')) return text == normalised_name;
    text.remove_suffix(1);
    return normalised_name.starts_with(text);
  });
}

const Layer* Workspace::find_layer(std::string_view name) const {
  return find_named(layers, name, layers_by_name_);
}
const Function* Workspace::find_function(std::string_view name) const {
  return find_named(functions, name, functions_by_name_);
}
void Workspace::note_names() {
  layers_by_name_ = order_by_name(layers);
  functions_by_name_ = order_by_name(functions);
}
const EnvironmentSettings* Workspace::find_environment(std::string_view name) const {
  return find_named(environments, name);
}

std::vector<std::string> Workspace::layer_names() const { return names_of(layers); }
std::vector<std::string> Workspace::function_names() const { return names_of(functions); }
std::vector<std::string> Workspace::environment_names() const { return names_of(environments); }

std::vector<const Function*> Workspace::users_of(std::string_view layer) const {
  std::vector<const Function*> users;
  for (const Function& function : functions) {
    const bool uses = std::any_of(function.layers.begin(), function.layers.end(),
                                  [&](const PlacedText& one) { return one.text == layer; });
    if (uses) users.push_back(&function);
  }
  return users;
}

std::vector<const Layer*> Workspace::dependencies_of(const Layer& layer) const {
  std::set<std::string_view> seen = {layer.name};
  std::vector<const Layer*> out;
  collect(*this, layer, seen, out);
  return out;
}

std::vector<const Layer*> Workspace::build_order() const {
  std::set<std::string_view> seen;
  std::vector<const Layer*> out;
  for (const Layer& layer : layers) {
    if (!seen.insert(layer.name).second) continue;
    collect(*this, layer, seen, out);
    out.push_back(&layer);
  }
  return out;
}

Function Workspace::in_environment(const Function& function, const EnvironmentSettings& environment) const {
  Function out = function;
  if (out.role.empty()) out.role = environment.role;
  for (const FunctionOverride& change : environment.functions) {
    if (change.function != function.name) continue;
    out.memory = change.memory.value_or(out.memory);
    out.timeout = change.timeout.value_or(out.timeout);
    out.role = change.role.value_or(out.role);
    for (const auto& [name, value] : change.environment) {
      const auto found = std::find_if(out.environment.begin(), out.environment.end(),
                                      [&, &key = name](const auto& one) { return one.first == key; });
      if (found != out.environment.end()) {
        found->second = value;
      } else {
        out.environment.emplace_back(name, value);
      }
    }
  }
  return out;
}

}  // namespace lamella::model
