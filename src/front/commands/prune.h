// SPDX-License-Identifier: Apache-2.0
//
// `lamella prune`: published layer versions that nothing needs any more, told or deleted.  deploy/pruner.h does it; this
// says which layers are the environment's, how many versions each keeps, and what the last build refers to.
//
// Only the local environment can be pruned, as only that one can be deployed to.
//
// Errors: usage (no such environment or layer, one that is not local), conflict (a deployment is under way), remote.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

enum class Deletion { kToldOnly, kDone };

struct Pruning {
  std::string environment;
  std::vector<std::string> layers;  ///< empty: all
  Deletion deletion = Deletion::kToldOnly;
};

/// {"environment","region","pruning","layers","removable","removable_bytes","deleted","freed_bytes","applied"}
Result<Outcome> prune(const Setting& setting, const Pruning& pruning);

}  // namespace lamella::commands
