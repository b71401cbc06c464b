// SPDX-License-Identifier: Apache-2.0
//
// Can a sandbox be made on this machine?  The answer is found by making one: bubblewrap is asked for
// every namespace a sandbox has and for the mounts it needs, with /bin/true-like work inside.  Nothing
// is weakened when a part is refused: the sandbox is refused, exit 12, with what to change.
//
// Threads: any.  Errors: isolation (with a remedy).
//
//   LAMELLA_TRY(sandbox::require_isolation());
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace lamella::sandbox {

struct Obstacle {
  std::string what;    ///< "bubblewrap is not installed"
  std::string remedy;  ///< "apt-get install bubblewrap"
};

struct IsolationReport {
  std::filesystem::path bubblewrap;  ///< "" when it was not found
  std::string bubblewrap_version;    ///< "0.8.0"
  std::vector<Obstacle> obstacles;   ///< empty: sandboxes can be made

  bool possible() const { return obstacles.empty(); }
};

/// Tries it, in about 10 ms.
IsolationReport probe_isolation();

/// Ok, or error isolation (12) made of the obstacles.  The first success is remembered for the process.
Result<void> require_isolation();

/// The obstacle behind what a failed bubblewrap wrote to its standard error.
Obstacle explain_refusal(const std::string& bubblewrap_says);

}  // namespace lamella::sandbox
