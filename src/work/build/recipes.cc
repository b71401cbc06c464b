// SPDX-License-Identifier: Apache-2.0
#include "build/recipes.h"

#include <algorithm>
#include <map>

#include "resolve/version.h"

namespace lamella::build {
namespace {

using model::BytecodeMode;

package::Wheel wheel_of(const resolve::LockedPackage& package) {
  return {package.name,      package.version,      package.wheel.filename,
          package.wheel.url, package.wheel.sha256, package.wheel.size.value_or(0)};
}

bool asks_for(const model::Prune& prune, const std::string& name) {
  return std::any_of(prune.extra.begin(), prune.extra.end(),
                     [&](const auto& extra) { return extra.text == name; });
}

/// What else is there, by normalised name, with its version.
using Present = std::map<std::string, std::string>;

bool is_met(const model::RuleNeed& need, const Present& present) {
  const auto found = present.find(need.name);
  if (found == present.end() || need.specifier.empty()) return found != present.end();
  const auto version = resolve::Version::parse(found->second);
  return version && satisfies(*version, need.specifier);
}

/// The rules of every pack that apply to a distribution, given what else is there.
std::vector<package::NamedRule> rules_for(const std::vector<model::RulePack>& packs,
                                          const std::string& distribution, const model::Prune& prune,
                                          const Present& present) {
  std::vector<package::NamedRule> found;
  for (const model::RulePack& pack : packs) {
    if (pack.distribution != "*" && pack.distribution != distribution) continue;
    for (const model::PruneRule& rule : pack.rules) {
      const bool met = std::all_of(rule.needs.begin(), rule.needs.end(),
                                   [&](const model::RuleNeed& need) { return is_met(need, present); });
      std::string name = pack.pack + "/" + rule.id;
      const bool wanted = applies(rule, prune.profile) || (rule.by_name && asks_for(prune, name));
      if (wanted && met) found.push_back({std::move(name), rule, pack.distribution == "*"});
    }
  }
  return found;
}

/// What earlier builds found that the rules of this recipe may not drop.
void put_back(const RulesLock& rules, const std::string& artifact, package::Recipe& recipe) {
  const auto known = [&](const std::string& rule) {
    const auto same = [&](const auto& named) { return named.name == rule; };
    const auto own = [&](const auto& glob) { return package::own_rule(glob) == rule; };
    return std::any_of(recipe.rules.begin(), recipe.rules.end(), same) ||
           std::any_of(recipe.drop.begin(), recipe.drop.end(), own);
  };
  for (const BackedOut& one : rules.backed_out) {
    if (one.artifact != artifact || one.distribution != recipe.wheel.distribution || !known(one.rule))
      continue;
    auto& globs = recipe.put_back[one.rule];
    for (const std::string& pattern : one.keep) globs.push_back(model::Glob::parse(pattern).value());
  }
}

/// Where earlier builds found that not all bytecode fits: which modules get theirs.
void limit_bytecode(const RulesLock& rules, const std::string& layer, package::Recipe& recipe) {
  for (const BytecodeLimit& one : rules.limits) {
    if (one.layer != layer || one.distribution != recipe.wheel.distribution) continue;
    if (one.version == recipe.wheel.version) recipe.bytecode.only_for = one.modules;
  }
}

/// The libraries that earlier builds found not to load stripped.
void leave_unstripped(const RulesLock& rules, const std::string& artifact, package::Recipe& recipe) {
  for (const Unstripped& one : rules.unstripped) {
    if (one.artifact == artifact && one.distribution == recipe.wheel.distribution)
      recipe.unstripped = one.files;
  }
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
  Present present;
  for (const resolve::LockedPackage* package : closure) present.emplace(package->name, package->version);
  std::vector<package::Recipe> recipes;
  for (const resolve::LockedPackage* locked : shipped) {
    package::Recipe recipe{.wheel = wheel_of(*locked), .target = inputs.target, .layout = inputs.layout};
    if (locked->build) recipe.source = source_of(*locked, inputs.target);
    recipe.rules = rules_for(inputs.packs, locked->name, packaging.prune, present);
    recipe.drop = packaging.prune.drop;
    recipe.keep = packaging.prune.keep;
    put_back(inputs.rules, inputs.name, recipe);
    const bool has_services = locked->name == "botocore" || locked->name == "boto3";
    if (has_services) recipe.services = packaging.services;
    std::sort(recipe.services.begin(), recipe.services.end());
    recipe.strip = packaging.strip;
    recipe.bytecode.settings = packaging.bytecode;
    const auto traced = inputs.rules.traced.find({inputs.name, locked->name});
    if (packaging.bytecode.traced && traced != inputs.rules.traced.end())
      recipe.bytecode.traced = traced->second;
    limit_bytecode(inputs.rules, inputs.name, recipe);
    leave_unstripped(inputs.rules, inputs.name, recipe);
    recipes.push_back(std::move(recipe));
  }
  return recipes;
}

Result<std::vector<package::Wheel>> build_wheels(const resolve::LockFile& lock, const std::string& place) {
  LAMELLA_TRY_ASSIGN(const auto packages, resolve::closure_of(lock, resolve::RootKind::kBuild, place));
  std::vector<package::Wheel> wheels;
  for (const resolve::LockedPackage* package : packages) wheels.push_back(wheel_of(*package));
  return wheels;
}

package::SourceBuild source_of(const resolve::LockedPackage& package, const model::Target& target) {
  package::SourceBuild source{.place = resolve::source_name(package),
                              .distribution = package.name,
                              .backend = package.build->backend,
                              .backend_path = package.build->backend_path};
  source.archive = wheel_of(package);
  source.target = target;
  source.version = package.version;
  return source;
}

package::Recipe recipe_of_project(const RecipeInputs& inputs, const resolve::Project& project,
                                  package::SourceBuild source) {
  const resolve::LockedPackage package{.name = project.system.name, .version = project.system.version};
  package::Recipe recipe = std::move(recipes_of(inputs, {&package}, {&package}).front());
  recipe.source = std::move(source);
  return recipe;
}

}  // namespace lamella::build
