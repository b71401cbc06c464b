// SPDX-License-Identifier: Apache-2.0
#include "build/combination.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace lamella::build {
namespace {

/// One distribution as one part of a function brings it.
struct Origin {
  std::string where;  ///< "layer core"
  std::string version;
};

const ArtifactPlan* plan_of(const std::vector<ArtifactPlan>& plans, const std::string& layer,
                            const model::Target& target) {
  const auto found = std::find_if(plans.begin(), plans.end(), [&](const ArtifactPlan& plan) {
    return plan.kind == model::ArtifactKind::kLayer && plan.name == layer && plan.target == target;
  });
  return found == plans.end() ? nullptr : &*found;
}

bool uses_isolated(const model::Workspace& workspace, const model::Function& function) {
  return std::any_of(function.layers.begin(), function.layers.end(), [&](const model::PlacedText& name) {
    const model::Layer* layer = workspace.find_layer(name.text);
    return layer != nullptr && layer->isolated;
  });
}

/// Adds what `plan` brings; the first distribution that is there in another version is an error.
Result<> add(const ArtifactPlan& plan, const model::Function& function, std::map<std::string, Origin>& seen) {
  const std::string where = fmt::format("{} {}", to_string(plan.kind), plan.name);
  for (const package::Recipe& recipe : plan.wheels) {
    const auto& wheel = recipe.wheel;
    const auto [at, is_new] = seen.try_emplace(wheel.distribution, Origin{where, wheel.version});
    if (is_new || at->second.version == wheel.version) continue;
    return Error(ErrorCode::kRefused,
                 fmt::format("function {} would load two versions of {}", function.name, wheel.distribution))
        .at(function.position)
        .because(fmt::format("{} brings {}, {} brings {}; an isolated layer is resolved alone",
                             at->second.where, at->second.version, where, wheel.version))
        .remedy("pin the same version in both, take one of them out of the function, or drop `isolated`")
        .with("function", function.name)
        .with("distribution", wheel.distribution);
  }
  return {};
}

Result<> check(const model::Function& function, const ArtifactPlan& own,
               const std::vector<ArtifactPlan>& plans) {
  std::map<std::string, Origin> seen;
  for (const model::PlacedText& name : function.layers) {
    const ArtifactPlan* layer = plan_of(plans, name.text, own.target);
    if (layer != nullptr) LAMELLA_TRY(add(*layer, function, seen));
  }
  return add(own, function, seen);
}

}  // namespace

std::map<std::size_t, Error> wrong_combinations(const model::Workspace& workspace,
                                                const std::vector<ArtifactPlan>& plans) {
  std::map<std::size_t, Error> wrong;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (plans[i].kind != model::ArtifactKind::kFunction) continue;
    const model::Function* function = workspace.find_function(plans[i].name);
    if (function == nullptr || !uses_isolated(workspace, *function)) continue;
    auto checked = check(*function, plans[i], plans);
    if (!checked) wrong.emplace(i, std::move(checked).error());
  }
  return wrong;
}

}  // namespace lamella::build
