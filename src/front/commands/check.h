// SPDX-License-Identifier: Apache-2.0
//
// `lamella check`: shows, without building, that what the workspace names is there and that what was built
// works: sources and handlers exist, events parse, what meets at /opt fits, imports and declared checks run in the
// sandbox.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct CheckOptions {
  std::vector<std::string> names;  ///< layers and functions; empty means all
};

/// {"checked":[{kind,name,passed,stale,imports,checks,findings,error}],"elapsed_ms"}.  Everything asked for is tried;
/// the first failure decides the exit code.  Errors before anything runs: usage.
Result<Outcome> check(const Setting& setting, const CheckOptions& options);

}  // namespace lamella::commands
