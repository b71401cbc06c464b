// SPDX-License-Identifier: Apache-2.0
//
// What a placement of bytecode in locks/rules.toml was chosen for: while that is as it was, the placement
// holds on every machine; when it has changed, the placement is chosen anew.  How long modules took to
// compile has no part in it, because that differs from machine to machine.
//
// Invariants (placement_test.cc)
//   L1 another budget, other packages or other settings of the layer make its placement stale.
//   L2 so do other imports of the functions, and a function more or less, where all of them were proved.
//   L3 nothing else does.
//
// Threads: pure functions; imports_seen() reads the store.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "build/manifest.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "proof/proof.h"

namespace lamella::build {

/// The lock of a layer in one target; null if there is none.
using LockOf = std::function<const resolve::LockFile*(const std::string& layer, const model::Target& target)>;
LockOf lock_of(const std::vector<GroupLock>& locks);

/// Of all that is known before anything is made: the budget, the packages, the settings.
Digest placement_inputs(const model::Workspace& workspace, const model::Layer& layer, const LockOf& lock_of);

/// Takes the placements out that were chosen for other inputs, and those of layers that are gone; names their
/// layers.
std::vector<std::string> forget_stale(RulesLock& rules, const model::Workspace& workspace,
                                      const LockOf& lock_of);

/// What runs with a layer, as keys of Report::proofs: itself, what depends on it, the functions that list it.
std::vector<std::string> users_of(const model::Workspace& workspace, const model::Layer& layer);

/// Of the modules of the layer that its users import, at start and at all; nullopt unless all were proved.
std::optional<Digest> imports_seen(const Tools& tools, const model::Workspace& workspace,
                                   const model::Layer& layer, const Manifest& manifest,
                                   const std::map<std::string, proof::Proof>& proofs);

}  // namespace lamella::build
