// SPDX-License-Identifier: Apache-2.0
#include "build/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/suggest.h"
#include "crypto/key_builder.h"
#include "resolve/closure.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;
using model::BytecodeMode;

package::Wheel wheel_of(const resolve::LockedPackage& package) {
  return {package.name,      package.version,      package.wheel.filename,
          package.wheel.url, package.wheel.sha256, package.wheel.size.value_or(0)};
}

bool asks_for(const model::Prune& prune, const std::string& name) {
  return std::any_of(prune.extra.begin(), prune.extra.end(),
                     [&](const auto& extra) { return extra.text == name; });
}

/// The rules of every pack that apply to a distribution, given what else is there.
std::vector<package::NamedRule> rules_for(const std::vector<model::RulePack>& packs,
                                          const std::string& distribution, const model::Prune& prune,
                                          const std::set<std::string>& present) {
  std::vector<package::NamedRule> found;
  for (const model::RulePack& pack : packs) {
    if (pack.distribution != "*" && pack.distribution != distribution) continue;
    for (const model::PruneRule& rule : pack.rules) {
      const bool met = std::all_of(rule.needs.begin(), rule.needs.end(),
                                   [&](const std::string& need) { return present.contains(need); });
      std::string name = pack.pack + "/" + rule.id;
      const bool wanted = applies(rule, prune.profile) || (rule.by_name && asks_for(prune, name));
      if (wanted && met) found.push_back({std::move(name), rule, pack.distribution == "*"});
    }
  }
  return found;
}

/// Every rule that `prune.extra` names is one that a pack has for being named.
Result<> check_extras(const std::vector<model::RulePack>& packs, const model::Prune& prune,
                      const std::string& place) {
  std::vector<std::string> known;
  for (const model::RulePack& pack : packs) {
    for (const model::PruneRule& rule : pack.rules) {
      if (rule.by_name) known.push_back(pack.pack + "/" + rule.id);
    }
  }
  for (const model::PlacedText& extra : prune.extra) {
    if (std::find(known.begin(), known.end(), extra.text) != known.end()) continue;
    const auto near = base::nearest(extra.text, known);
    return Error(ErrorCode::kUsage, fmt::format("no rule pack has an extra rule '{}'", extra.text))
        .at(extra.position)
        .because(fmt::format("{}.prune.extra names rules that are in no profile", place))
        .remedy(near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("it may name {}", fmt::join(known, ", ")));
  }
  return {};
}

/// True if at least one module of the artifact may be compiled.
bool compiles(const model::Bytecode& bytecode, bool has_traces) {
  const bool patterns = std::any_of(bytecode.patterns.begin(), bytecode.patterns.end(),
                                    [](const auto& pattern) { return pattern.mode != BytecodeMode::kNone; });
  const bool traced = has_traces && bytecode.traced && *bytecode.traced != BytecodeMode::kNone;
  return bytecode.fallback != BytecodeMode::kNone || patterns || traced;
}

class Planner {
 public:
  Planner(const Tools& tools, const model::Workspace& workspace, const std::vector<GroupLock>& locks,
          const RulesLock& rules, change::StatIndex& index)
      : tools_(tools), workspace_(workspace), locks_(locks), rules_(rules), index_(index) {}

  Result<ArtifactPlan> plan_layer(const model::Layer& layer, const model::Target& target) {
    ArtifactPlan plan{.kind = ArtifactKind::kLayer, .name = layer.name, .target = target};
    LAMELLA_TRY(check_extras(tools_.packs, layer.prune, "layers." + layer.name));
    if (const resolve::LockFile* lock = lock_of_layer(layer.name, target)) {
      LAMELLA_TRY_ASSIGN(const auto closure,
                         resolve::closure_of(*lock, resolve::RootKind::kLayer, layer.name));
      LAMELLA_TRY_ASSIGN(const auto shipped, resolve::shipped_by_layer(workspace_, *lock, layer.name));
      LAMELLA_TRY(add_direct(plan, *lock, resolve::RootKind::kLayer));
      LAMELLA_TRY(add_wheels(plan, layer, package::Layout::layer(), shipped, closure));
    }
    LAMELLA_TRY_ASSIGN(auto files, change::inputs_of(tools_.workspace, layer, index_));
    LAMELLA_TRY(add_local(plan, layer, "/opt/", std::move(files)));
    return plan;
  }

  Result<ArtifactPlan> plan_function(const model::Function& function) {
    ArtifactPlan plan{.kind = ArtifactKind::kFunction, .name = function.name, .target = function.target};
    LAMELLA_TRY(check_extras(tools_.packs, function.prune, "functions." + function.name));
    if (const resolve::LockFile* lock = lock_of_function(function.name)) {
      LAMELLA_TRY_ASSIGN(const auto closure,
                         resolve::closure_of(*lock, resolve::RootKind::kFunction, function.name));
      LAMELLA_TRY_ASSIGN(const auto shipped, resolve::shipped_by_function(workspace_, *lock, function.name));
      LAMELLA_TRY(add_direct(plan, *lock, resolve::RootKind::kFunction));
      LAMELLA_TRY(add_wheels(plan, function, package::Layout::function(), shipped, closure));
    }
    LAMELLA_TRY_ASSIGN(auto files, change::inputs_of(tools_.workspace, function, index_));
    LAMELLA_TRY(add_local(plan, function, "/var/task/", std::move(files)));
    return plan;
  }

 private:
  const resolve::LockFile* lock_of_layer(const std::string& name, const model::Target& target) const {
    for (const GroupLock& one : locks_) {
      if (one.group.target == target && one.group.has_layer(name)) return &one.lock;
    }
    return nullptr;
  }
  const resolve::LockFile* lock_of_function(const std::string& name) const {
    for (const GroupLock& one : locks_) {
      if (one.group.has_function(name)) return &one.lock;
    }
    return nullptr;
  }

  Result<> add_direct(ArtifactPlan& plan, const resolve::LockFile& lock, resolve::RootKind kind) {
    LAMELLA_TRY_ASSIGN(const auto direct, resolve::direct_packages(lock, kind, plan.name));
    for (const resolve::LockedPackage* package : direct) plan.direct.push_back(package->name);
    return {};
  }

  /// What earlier builds found that the rules of this recipe may not drop.
  void put_back(const std::string& artifact, package::Recipe& recipe) const {
    const auto known = [&](const std::string& rule) {
      const auto same = [&](const auto& named) { return named.name == rule; };
      const auto own = [&](const auto& glob) { return package::own_rule(glob) == rule; };
      return std::any_of(recipe.rules.begin(), recipe.rules.end(), same) ||
             std::any_of(recipe.drop.begin(), recipe.drop.end(), own);
    };
    for (const BackedOut& one : rules_.backed_out) {
      if (one.artifact != artifact || one.distribution != recipe.wheel.distribution || !known(one.rule))
        continue;
      auto& globs = recipe.put_back[one.rule];
      for (const std::string& pattern : one.keep) globs.push_back(model::Glob::parse(pattern).value());
    }
  }

  /// Where earlier builds found that not all bytecode fits: which modules get theirs.
  void limit_bytecode(const std::string& layer, package::Recipe& recipe) const {
    for (const BytecodeLimit& one : rules_.limits) {
      if (one.layer != layer || one.distribution != recipe.wheel.distribution) continue;
      if (one.version == recipe.wheel.version) recipe.bytecode.only_for = one.modules;
    }
  }

  Result<> use_interpreter(ArtifactPlan& plan) {
    if (plan.interpreter) return {};
    LAMELLA_TRY_ASSIGN(plan.interpreter, package::find_interpreter(plan.target.runtime, tools_.cache));
    return index_.watch_immutable(plan.interpreter->program.string());
  }

  Result<> add_wheels(ArtifactPlan& plan, const model::Packaging& packaging, const package::Layout& layout,
                      const resolve::Packages& shipped, const resolve::Packages& closure) {
    std::set<std::string> present;
    for (const resolve::LockedPackage* package : closure) present.insert(package->name);
    for (const resolve::LockedPackage* locked : shipped) {
      package::Recipe recipe{.wheel = wheel_of(*locked), .target = plan.target, .layout = layout};
      recipe.rules = rules_for(tools_.packs, locked->name, packaging.prune, present);
      recipe.drop = packaging.prune.drop;
      recipe.keep = packaging.prune.keep;
      put_back(plan.name, recipe);
      const bool has_services = locked->name == "botocore" || locked->name == "boto3";
      if (has_services) recipe.services = packaging.services;
      std::sort(recipe.services.begin(), recipe.services.end());
      recipe.strip = packaging.strip;
      recipe.bytecode.settings = packaging.bytecode;
      const auto traced = rules_.traced.find({plan.name, locked->name});
      if (packaging.bytecode.traced && traced != rules_.traced.end()) recipe.bytecode.traced = traced->second;
      limit_bytecode(plan.name, recipe);
      for (const Unstripped& one : rules_.unstripped) {
        if (one.artifact == plan.name && one.distribution == locked->name) recipe.unstripped = one.files;
      }
      if (compiles(packaging.bytecode, !recipe.bytecode.traced.empty())) {
        LAMELLA_TRY(use_interpreter(plan));
        recipe.interpreter = plan.interpreter->version;
      }
      plan.wheels.push_back(std::move(recipe));
    }
    return {};
  }

  Result<> add_local(ArtifactPlan& plan, const model::Packaging& packaging, const std::string& mount,
                     std::vector<change::InputFile> files) {
    if (files.empty()) return {};
    package::LocalRecipe recipe{.name = "in-repo", .mount = mount, .runtime = plan.target.runtime};
    bool modules = false;
    for (change::InputFile& file : files) {
      modules = modules || file.module;
      recipe.files.push_back(
          {std::move(file.name), tools_.workspace / file.path, file.sha256, file.executable, file.module});
    }
    recipe.bytecode = packaging.bytecode.fallback;
    if (modules && recipe.bytecode != BytecodeMode::kNone) {
      LAMELLA_TRY(use_interpreter(plan));
      recipe.interpreter = plan.interpreter->version;
    }
    plan.local = std::move(recipe);
    return {};
  }

  const Tools& tools_;
  const model::Workspace& workspace_;
  const std::vector<GroupLock>& locks_;
  const RulesLock& rules_;
  change::StatIndex& index_;
};

/// The layers a request needs: those named, those of functions named, and what they depend on.
std::set<std::string> needed_layers(const model::Workspace& workspace, const Request& request) {
  std::set<std::string> needed;
  const auto need = [&](const model::Layer& layer) {
    needed.insert(layer.name);
    for (const model::Layer* below : workspace.dependencies_of(layer)) needed.insert(below->name);
  };
  for (const model::Layer& layer : workspace.layers) {
    if (request.wants(layer.name)) need(layer);
  }
  for (const model::Function& function : workspace.functions) {
    if (!request.wants(function.name)) continue;
    for (const auto& name : function.layers) {
      if (const model::Layer* layer = workspace.find_layer(name.text)) need(*layer);
    }
  }
  return needed;
}

}  // namespace

std::string Request::text() const {
  std::string out = fmt::format("layers-only={} skip-checks={}", layers_only, skip_checks);
  for (const std::string& name : names) out += " " + name;
  return out;
}

std::vector<Digest> ArtifactPlan::segment_keys() const {
  std::vector<Digest> keys;
  for (const package::Recipe& recipe : wheels) keys.push_back(recipe.key());
  if (local) keys.push_back(local->key());
  return keys;
}

Digest ArtifactPlan::key() const {
  crypto::KeyBuilder key("artifact");
  key.add("kind", to_string(kind)).add("name", name).add("target", short_name(target));
  for (const Digest& segment : segment_keys()) key.add("segment", segment);
  return key.finish();
}

std::string artifact_stem(ArtifactKind kind, const std::string& name, const model::Target& target) {
  return fmt::format("{}-{}-{}", to_string(kind), name, short_name(target));
}

Result<std::vector<ArtifactPlan>> plan_artifacts(const Tools& tools, const model::Workspace& workspace,
                                                 const std::vector<GroupLock>& locks, const RulesLock& rules,
                                                 const Request& request, change::StatIndex& index) {
  Planner planner(tools, workspace, locks, rules, index);
  const std::set<std::string> layers = needed_layers(workspace, request);
  std::vector<ArtifactPlan> plans;
  for (const model::Layer* layer : workspace.build_order()) {
    if (!layers.contains(layer->name)) continue;
    for (const model::Target& target : layer->targets) {
      auto plan = planner.plan_layer(*layer, target);
      if (!plan) return Error(std::move(plan).error()).while_doing("planning layer " + layer->name);
      plans.push_back(std::move(*plan));
    }
  }
  if (request.layers_only) return plans;
  for (const model::Function& function : workspace.functions) {
    if (!request.wants(function.name)) continue;
    auto plan = planner.plan_function(function);
    if (!plan) return Error(std::move(plan).error()).while_doing("planning function " + function.name);
    plans.push_back(std::move(*plan));
  }
  return plans;
}

}  // namespace lamella::build
