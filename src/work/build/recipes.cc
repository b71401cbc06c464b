// SPDX-License-Identifier: Apache-2.0
#include "build/recipes.h"

#include <algorithm>
#include <set>

namespace lamella::build {
namespace {

using model::BytecodeMode;

package::Wheel wheel_of(const resolve::LockedPackage& package) {
  return {package.name,      package.version,      package.wheel.filename,
          package.wheel.url, package.wheel.sha256, package.wheel.size.value_or(0)};
}

/// The rules of every pack that apply to a distribution, given what else is there.
std::vector<package::NamedRule> rules_for(const std::vector<model::RulePack>& packs,
                                          const std::string& distribution, model::PruneProfile profile,
                                          const std::set<std::string>& present) {
  std::vector<package::NamedRule> found;
  for (const model::RulePack& pack : packs) {
    if (pack.distribution != "*" && pack.distribution != distribution) continue;
    for (const model::PruneRule& rule : pack.rules) {
      const bool met = std::all_of(rule.needs.begin(), rule.needs.end(),
                                   [&](const std::string& need) { return present.contains(need); });
      if (applies(rule, profile) && met) found.push_back({pack.pack + "/" + rule.id, rule});
    }
  }
  return found;
}

}  // namespace

bool needs_interpreter(const package::BytecodePlan& bytecode) {
  const model::Bytecode& settings = bytecode.settings;
  const bool patterns = std::any_of(settings.patterns.begin(), settings.patterns.end(),
                                    [](const auto& pattern) { return pattern.mode != BytecodeMode::kNone; });
  const bool traced = !bytecode.traced.empty() && settings.traced && *settings.traced != BytecodeMode::kNone;
  return settings.fallback != BytecodeMode::kNone || patterns || traced;
}

std::vector<package::Recipe> recipes_of(const RecipeInputs& inputs, const resolve::Packages& shipped,
                                        const resolve::Packages& closure) {
  const model::Packaging& packaging = inputs.packaging;
  std::set<std::string> present;
  for (const resolve::LockedPackage* package : closure) present.insert(package->name);
  std::vector<package::Recipe> recipes;
  for (const resolve::LockedPackage* locked : shipped) {
    package::Recipe recipe{.wheel = wheel_of(*locked), .target = inputs.target, .layout = inputs.layout};
    recipe.rules = rules_for(inputs.packs, locked->name, packaging.prune.profile, present);
    recipe.drop = packaging.prune.drop;
    recipe.keep = packaging.prune.keep;
    const bool has_services = locked->name == "botocore" || locked->name == "boto3";
    if (has_services) recipe.services = packaging.services;
    std::sort(recipe.services.begin(), recipe.services.end());
    recipe.strip = packaging.strip;
    recipe.bytecode.settings = packaging.bytecode;
    const auto traced = inputs.rules.traced.find({inputs.name, locked->name});
    if (packaging.bytecode.traced && traced != inputs.rules.traced.end())
      recipe.bytecode.traced = traced->second;
    recipes.push_back(std::move(recipe));
  }
  return recipes;
}

}  // namespace lamella::build
