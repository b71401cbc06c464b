// SPDX-License-Identifier: Apache-2.0
//
// What one state of a workspace means for another: which artifacts get other bytes (rebuild), which run
// beside something else or are checked otherwise (recheck), and which functions must move (redeploy).  By
// closures, not by files: a package that moves in a lock touches those layers alone that ship it, and what
// meets them.
//
// Invariants (commands/affected_test.cc, commands/keys_test.cc)
//   I1 an artifact whose plan has another key on the two sides is in `rebuild`; one with the same key is not.
//   I2 nothing is in both `rebuild` and `recheck`; only functions are in `redeploy`.
//   I3 every item has a cause, and every cause the path along which it reaches the item, which is its last
//      node.
//   I4 two equal sides give an empty impact; comments, order of tables and white space are no difference.
//
// Nothing of the workspace is run.  Threads: one; it spreads its own work over the pool.
// Errors: those of the snapshots; interrupted.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "build/side.h"
#include "model/rule_pack.h"
#include "os/thread_pool.h"

namespace lamella::build {

struct Cause {
  Reason reason;
  /// From what changed to what it reaches: "package numpy", "layer core", "function orders".
  std::vector<std::string> path;
};

struct Impacted {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  std::vector<model::Target> targets;
  std::vector<Cause> causes;
};

struct Impact {
  std::vector<Impacted> rebuild;  ///< layers in build order, then functions; so everywhere
  std::vector<Impacted> recheck;
  std::vector<Impacted> redeploy;
  std::vector<Impacted> removed;  ///< what the later side no longer has
  std::vector<Reason> warnings;   ///< what makes the answer less exact than it could be
};

/// REQUIRES: after.workspace.
Result<Impact> impact_of(const std::vector<model::RulePack>& packs, const Side& before, const Side& after,
                         os::ThreadPool& pool, std::stop_token stop);

}  // namespace lamella::build
