// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_inputs.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "document/json.h"

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

}  // namespace

std::string_view to_string(RootKind kind) { return kind == RootKind::kLayer ? "layer" : "function"; }

bool LockInputs::empty() const {
  return std::all_of(roots.begin(), roots.end(),
                     [](const RootInputs& root) { return root.requirements.requirements.empty(); });
}

Digest LockInputs::digest() const {
  Value all_roots = Value::array();
  for (const RootInputs& root : roots) {
    all_roots.push_back(Value::object({{"kind", to_string(root.kind)},
                                       {"name", root.name},
                                       {"requirements", canonical(root.requirements.requirements)},
                                       {"constraints", canonical(root.requirements.constraints)}}));
  }
  auto sorted = constraints;
  std::sort(sorted.begin(), sorted.end());
  const Value inputs = Value::object({{"epoch", kInputsEpoch},
                                      {"target", model::short_name(group.target)},
                                      {"constraints", Value::array_of(sorted)},
                                      {"exclude_newer", exclude_newer},
                                      {"roots", std::move(all_roots)}});
  return crypto::sha256(document::canonical_json(inputs));
}

Result<LockInputs> read_lock_inputs(const base::FileTree& tree, const model::Workspace& workspace,
                                    const LockGroup& group) {
  LockInputs inputs{.group = group, .roots = {}, .constraints = {}, .exclude_newer = {}};
  inputs.exclude_newer = workspace.lock.exclude_newer.value_or("");
  for (const model::PlacedText& constraint : workspace.lock.constraints) {
    auto parsed = config::parse_requirement(constraint.text);
    if (!parsed) return Error(std::move(parsed).error()).at(constraint.position);
    inputs.constraints.push_back(config::to_string(*parsed));
  }
  for (const std::string& name : group.layers) {
    LAMELLA_TRY_ASSIGN(auto read, config::read_requirements(tree, workspace.find_layer(name)->requirements));
    inputs.roots.push_back({RootKind::kLayer, name, std::move(read)});
  }
  for (const std::string& name : group.functions) {
    const model::Function& function = *workspace.find_function(name);
    RootInputs root{RootKind::kFunction, name, {}};
    if (!function.requirements.empty()) {
      LAMELLA_TRY_ASSIGN(root.requirements, config::read_requirements(tree, function.requirements));
    } else {
      LAMELLA_TRY_ASSIGN(const auto file, tree.stat(function.default_requirements_file()));
      if (file) {
        LAMELLA_TRY_ASSIGN(root.requirements,
                           config::read_requirements(tree, function.default_requirements_file()));
      }
    }
    inputs.roots.push_back(std::move(root));
  }
  return inputs;
}

}  // namespace lamella::resolve
