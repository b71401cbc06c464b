// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_inputs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "crypto/sha256.h"
#include "document/json.h"
#include "resolve/in_repo.h"
#include "resolve/projects.h"
#include "resolve/requirement_check.h"

namespace lamella::resolve {
namespace {

using document::Value;

/// Raised when the same inputs should be resolved anew because the resolver works differently.
constexpr int kInputsEpoch = 1;

Value canonical(const std::vector<config::RequirementLine>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    std::string text = config::to_string(line.requirement);
    auto hashes = line.hashes;
    std::sort(hashes.begin(), hashes.end());
    for (const std::string& hash : hashes) text += " --hash=" + hash;
    texts.push_back(std::move(text));
  }
  std::sort(texts.begin(), texts.end());
  return Value::array_of(texts);
}

Result<std::vector<std::string>> canonical(const std::vector<model::PlacedText>& texts) {
  std::vector<std::string> out;
  for (const model::PlacedText& text : texts) {
    auto parsed = config::parse_requirement(text.text);
    if (!parsed) return Error(std::move(parsed).error()).at(text.position);
    out.push_back(config::to_string(*parsed));
  }
  return out;
}

Value indexes_value(const std::vector<model::PackageIndex>& indexes) {
  Value out = Value::array();
  for (const model::PackageIndex& index : indexes) {
    std::vector<std::string> patterns;
    for (const auto& pattern : index.patterns) patterns.push_back(pattern.text);
    std::sort(patterns.begin(), patterns.end());
    out.push_back(Value::object({{"url", index.url}, {"packages", Value::array_of(patterns)}}));
  }
  return out;
}

/// The names of the workspace's own projects, which no index is asked for.
Result<std::set<std::string>> own_names(const base::FileTree& tree, const model::Workspace& workspace) {
  std::set<std::string> names;
  const auto add = [&](const model::Packaging& packaging) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto projects, projects_of(tree, packaging));
    for (const Project& project : projects) names.insert(project.system.name);
    return {};
  };
  for (const model::Layer& layer : workspace.layers) LAMELLA_TRY(add(layer));
  for (const model::Function& function : workspace.functions) LAMELLA_TRY(add(function));
  return names;
}

/// What the in-repo projects of `packaging` need when they run.
Result<> add_projects(const base::FileTree& tree, const model::Workspace& workspace,
                      const model::Packaging& packaging, config::RequirementsFile& into) {
  LAMELLA_TRY_ASSIGN(const auto projects, projects_of(tree, packaging));
  if (projects.empty()) return {};
  LAMELLA_TRY_ASSIGN(const auto own, own_names(tree, workspace));
  for (const Project& project : projects) {
    into.files.push_back(project.place.text + "/pyproject.toml");
    for (const config::RequirementLine& line : project.system.dependencies) {
      if (!own.contains(line.requirement.normalised())) into.requirements.push_back(line);
    }
    for (const config::InRepoPackage& package : project.system.in_repo) {
      if (!own.contains(package.name)) into.in_repo.push_back(package);
    }
    into.requires_python.push_back(project.system.requires_python);
  }
  return {};
}

/// What a layer and the layers below it allow.
void add_allowed(const model::Workspace& workspace, const model::Layer& layer, std::set<std::string>& names) {
  for (const model::PlacedText& name : layer.allow_source) names.insert(name.text);
  for (const model::Layer* below : workspace.dependencies_of(layer)) {
    for (const model::PlacedText& name : below->allow_source) names.insert(name.text);
  }
}

std::vector<std::string> allowed_of(const model::Workspace& workspace, const model::Function& function) {
  std::set<std::string> names;
  for (const model::PlacedText& name : function.layers) {
    if (const model::Layer* layer = workspace.find_layer(name.text)) add_allowed(workspace, *layer, names);
  }
  return {names.begin(), names.end()};
}

}  // namespace

std::vector<std::string> RootInputs::alone() const {
  std::set<std::string> texts;
  for (const auto& line : requirements.requirements) {
    if (line.no_deps && !no_deps) texts.insert(config::to_string(line.requirement));
  }
  return {texts.begin(), texts.end()};
}

bool RootInputs::pinned() const {
  const auto has_hashes = [](const config::RequirementLine& line) { return !line.hashes.empty(); };
  return std::any_of(requirements.requirements.begin(), requirements.requirements.end(), has_hashes) ||
         std::any_of(requirements.constraints.begin(), requirements.constraints.end(), has_hashes);
}

std::vector<std::string> RootInputs::canonical() const {
  std::set<std::string> texts;
  for (const auto& line : requirements.requirements) texts.insert(config::to_string(line.requirement));
  return {texts.begin(), texts.end()};
}

std::string_view to_string(RootKind kind) {
  switch (kind) {
    case RootKind::kLayer: return "layer";
    case RootKind::kFunction: return "function";
    case RootKind::kBuild: return "build";
  }
  return "layer";
}

bool LockInputs::empty() const {
  return std::all_of(roots.begin(), roots.end(),
                     [](const RootInputs& root) { return root.requirements.requirements.empty(); });
}

Digest LockInputs::digest() const {
  Value all_roots = Value::array();
  for (const RootInputs& root : roots) {
    Value& one =
        all_roots.push_back(Value::object({{"kind", to_string(root.kind)},
                                           {"name", root.name},
                                           {"requirements", canonical(root.requirements.requirements)},
                                           {"constraints", canonical(root.requirements.constraints)}}));
    if (root.no_deps) one.set("no_deps", true);
    if (const auto alone = root.alone(); !alone.empty()) one.set("no_deps", Value::array_of(alone));
    if (!root.allow_source.empty()) one.set("allow_source", Value::array_of(root.allow_source));
  }
  auto sorted = constraints;
  std::sort(sorted.begin(), sorted.end());
  Value inputs = Value::object({{"epoch", kInputsEpoch},
                                {"target", model::short_name(group.target)},
                                {"constraints", Value::array_of(sorted)},
                                {"exclude_newer", exclude_newer},
                                {"roots", std::move(all_roots)}});
  // Settings that came later count when they are used, so that older locks stay good.
  if (!overrides.empty()) {
    auto others = overrides;
    std::sort(others.begin(), others.end());
    inputs.set("overrides", Value::array_of(others));
  }
  if (index != "default") inputs.set("index", index);
  if (!indexes.empty()) inputs.set("indexes", indexes_value(indexes));
  return crypto::sha256(document::canonical_json(inputs));
}

LockInputs without_roots(const model::Workspace& workspace, LockGroup group) {
  LockInputs inputs;
  inputs.group = std::move(group);
  inputs.exclude_newer = workspace.lock.exclude_newer.value_or("");
  inputs.index = workspace.lock.index;
  inputs.indexes = workspace.lock.indexes;
  return inputs;
}

Result<LockInputs> read_lock_inputs(const base::FileTree& tree, const model::Workspace& workspace,
                                    const LockGroup& group) {
  LockInputs inputs = without_roots(workspace, group);
  LAMELLA_TRY_ASSIGN(inputs.constraints, canonical(workspace.lock.constraints));
  LAMELLA_TRY_ASSIGN(inputs.overrides, canonical(workspace.lock.overrides));
  for (const std::string& name : group.layers) {
    const model::Layer& layer = *workspace.find_layer(name);
    LAMELLA_TRY_ASSIGN(auto read, config::read_requirements(tree, layer.requirements));
    LAMELLA_TRY(add_projects(tree, workspace, layer, read));
    LAMELLA_TRY(check_requirements(read));
    LAMELLA_TRY(check_sources(tree, workspace, group.target, layer, read));
    std::set<std::string> allowed;
    add_allowed(workspace, layer, allowed);
    inputs.roots.push_back(
        {RootKind::kLayer, name, std::move(read), layer.no_deps, {allowed.begin(), allowed.end()}});
  }
  for (const std::string& name : group.functions) {
    const model::Function& function = *workspace.find_function(name);
    RootInputs root{RootKind::kFunction, name, {}};
    root.allow_source = allowed_of(workspace, function);
    if (!function.requirements.empty()) {
      LAMELLA_TRY_ASSIGN(root.requirements, config::read_requirements(tree, function.requirements));
    } else {
      LAMELLA_TRY_ASSIGN(const auto file, tree.stat(function.default_requirements_file()));
      if (file) {
        LAMELLA_TRY_ASSIGN(root.requirements,
                           config::read_requirements(tree, function.default_requirements_file()));
      }
    }
    LAMELLA_TRY(add_projects(tree, workspace, function, root.requirements));
    LAMELLA_TRY(check_requirements(root.requirements));
    LAMELLA_TRY(check_sources(tree, workspace, group.target, function, root.requirements));
    inputs.roots.push_back(std::move(root));
  }
  return inputs;
}

}  // namespace lamella::resolve
