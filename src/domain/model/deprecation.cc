// SPDX-License-Identifier: Apache-2.0
#include "model/deprecation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lamella::model {

std::string Deprecation::text() const {
  return fmt::format("deprecated since {}; no new functions from {}, no changes from {}",
                     lifecycle.deprecated, lifecycle.create_blocked, lifecycle.update_blocked);
}

std::vector<Deprecation> deprecations(const Workspace& workspace, std::string_view day) {
  std::map<Runtime, std::vector<std::string>> users;
  const auto use = [&](const Runtime& runtime, std::string who) {
    auto& list = users[runtime];
    if (std::find(list.begin(), list.end(), who) == list.end()) list.push_back(std::move(who));
  };
  for (const Layer& layer : workspace.layers) {
    for (const Target& target : layer.targets) use(target.runtime, "layer " + layer.name);
  }
  for (const Function& function : workspace.functions)
    use(function.target.runtime, "function " + function.name);
  std::vector<Deprecation> found;
  for (auto& [runtime, used_by] : users) {
    const auto lifecycle = lifecycle_of(runtime);
    if (lifecycle && lifecycle->deprecated <= day.substr(0, lifecycle->deprecated.size()))
      found.push_back({runtime, *lifecycle, std::move(used_by)});
  }
  return found;
}

}  // namespace lamella::model
