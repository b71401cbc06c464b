// SPDX-License-Identifier: Apache-2.0
//
// `lamella up`: the main job in one word.  Lock what is missing or stale, build, deploy to the local
// endpoint, run every function once more through its alias, and show what came of it.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct UpOptions {
  bool skip_checks = false;
};

/// {"build": as `build`, "deployment": as `deploy`,
/// "functions":[{"name","version","answer","cold_ms","warm_ms", "max_memory_mb","passed","checks"}]}
/// Errors: tool-missing before anything is locked or built, where the runtime client of a function is missing.
Result<Outcome> up(const Setting& setting, const UpOptions& options);

}  // namespace lamella::commands
