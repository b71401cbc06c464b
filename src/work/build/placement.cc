// SPDX-License-Identifier: Apache-2.0
#include "build/placement.h"

#include <algorithm>
#include <set>

#include "build/plan.h"
#include "build/proving.h"
#include "crypto/key_builder.h"
#include "resolve/closure.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;

void add_globs(crypto::KeyBuilder& key, std::string_view name, const std::vector<model::Glob>& globs) {
  key.add(name, globs.size());
  for (const model::Glob& glob : globs) key.add(name, glob.text());
}

void add_settings(crypto::KeyBuilder& key, const model::Layer& layer) {
  const model::Bytecode& bytecode = layer.bytecode;
  key.add("bytecode", to_string(bytecode.fallback));
  key.add("traced", bytecode.traced ? to_string(*bytecode.traced) : "");
  key.add("patterns", bytecode.patterns.size());
  for (const auto& pattern : bytecode.patterns) key.add(pattern.glob.text(), to_string(pattern.mode));
  key.add("profile", to_string(layer.prune.profile)).add("extra", layer.prune.extra.size());
  for (const model::PlacedText& extra : layer.prune.extra) key.add("extra", extra.text);
  add_globs(key, "drop", layer.prune.drop);
  add_globs(key, "keep", layer.prune.keep);
  key.add("services", layer.services.size());
  for (const std::string& service : layer.services) key.add("service", service);
  key.add("strip", layer.strip ? "yes" : "no").add("packages", layer.packages.size());
  for (const model::PlacedText& package : layer.packages) key.add("package", package.text);
  key.add("files", layer.files.size());
  for (const model::FileMapping& file : layer.files) key.add("from", file.from.text).add("to", file.to);
}

void add_packages(crypto::KeyBuilder& key, const model::Workspace& workspace, const model::Layer& layer,
                  const model::Target& target, const LockOf& lock_of) {
  key.add("target", short_name(target));
  const resolve::LockFile* lock = lock_of(layer.name, target);
  if (lock == nullptr) return;
  const auto shipped = resolve::shipped_by_layer(workspace, *lock, layer.name);
  if (!shipped) return;  // planning says it
  for (const resolve::LockedPackage* package : *shipped) {
    key.add("name", package->name).add("version", package->version).add("sha256", package->wheel.sha256);
  }
}

/// The modules of the layer that are in `modules`, sorted.
std::set<std::string> of_layer(const std::vector<proof::TracedModule>& modules,
                               const std::set<std::string>& own) {
  std::set<std::string> found;
  for (const proof::TracedModule& module : modules) {
    std::string path = module_in_opt(module.file);
    if (own.contains(path)) found.insert(std::move(path));
  }
  return found;
}

}  // namespace

LockOf lock_of(const std::vector<GroupLock>& locks) {
  return [&locks](const std::string& layer, const model::Target& target) -> const resolve::LockFile* {
    const auto found = std::find_if(locks.begin(), locks.end(), [&](const GroupLock& one) {
      return one.group.target == target && one.group.has_layer(layer);
    });
    return found == locks.end() ? nullptr : &found->lock;
  };
}

Digest placement_inputs(const model::Workspace& workspace, const model::Layer& layer, const LockOf& lock_of) {
  crypto::KeyBuilder key("bytecode-placement");
  key.add("budget", layer.budget.unzipped.value_or(0));
  add_settings(key, layer);
  for (const model::Target& target : layer.targets) add_packages(key, workspace, layer, target, lock_of);
  return key.finish();
}

std::vector<std::string> forget_stale(RulesLock& rules, const model::Workspace& workspace,
                                      const LockOf& lock_of) {
  std::set<std::string> layers;
  for (const BytecodeLimit& row : rules.limits) layers.insert(row.layer);
  std::vector<std::string> stale;
  for (const std::string& name : layers) {
    const model::Layer* layer = workspace.find_layer(name);
    const Placement* placed = rules.find_placement(name);
    const bool holds = layer != nullptr && placed != nullptr && layer->budget.unzipped &&
                       placed->inputs == placement_inputs(workspace, *layer, lock_of).hex();
    if (!holds) stale.push_back(name);
  }
  for (const std::string& name : stale) rules.forget_placement(name);
  return stale;
}

std::vector<std::string> users_of(const model::Workspace& workspace, const model::Layer& layer) {
  std::vector<std::string> users;
  for (const model::Layer& one : workspace.layers) {
    const auto below = workspace.dependencies_of(one);
    if (one.name != layer.name && std::find(below.begin(), below.end(), &layer) == below.end()) continue;
    for (const model::Target& target : one.targets) {
      const bool meets = std::find(layer.targets.begin(), layer.targets.end(), target) != layer.targets.end();
      if (meets) users.push_back(artifact_stem(ArtifactKind::kLayer, one.name, target));
    }
  }
  for (const model::Function& one : workspace.functions) {
    const bool lists = std::any_of(one.layers.begin(), one.layers.end(),
                                   [&](const auto& name) { return name.text == layer.name; });
    if (lists) users.push_back(artifact_stem(ArtifactKind::kFunction, one.name, one.target));
  }
  std::sort(users.begin(), users.end());
  return users;
}

std::optional<Digest> imports_seen(const Tools& tools, const model::Workspace& workspace,
                                   const model::Layer& layer, const Manifest& manifest,
                                   const std::map<std::string, proof::Proof>& proofs) {
  std::set<std::string> own;
  for (const Made& made : manifest.made) {
    if (made.artifact.kind != ArtifactKind::kLayer || made.artifact.name != layer.name) continue;
    for (const auto& [path, distribution] : owners_of(tools, made)) own.insert(path);
  }
  crypto::KeyBuilder key("bytecode-imports");
  for (const std::string& user : users_of(workspace, layer)) {
    const auto proof = proofs.find(user);
    if (proof == proofs.end()) return std::nullopt;
    key.add("user", user);
    for (const std::string& path : of_layer(proof->second.start, own)) key.add("start", path);
    for (const std::string& path : of_layer(proof->second.modules, own)) key.add("module", path);
  }
  return key.finish();
}

}  // namespace lamella::build
