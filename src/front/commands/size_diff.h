// SPDX-License-Identifier: Apache-2.0
//
// `lamella size --diff REF|ENV`: what was built last against what a git revision builds to (past.h), or what is
// live in an environment (live.h), and what grew.  Everything is weighed, nothing estimated.
//
// A word that names an environment of the workspace, or "deployed:ENV", means the environment; any other is a
// revision.  A branch that is called like an environment is asked for as "refs/heads/NAME".
#pragma once

#include <string>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"from":{"revision","commit","environment","region"},"artifacts":[model/size_difference.h],
///  "functions":[{"name","before_bytes","after_bytes","limit_bytes"}],
///  "total":{"before":{zipped_bytes,unzipped_bytes},"after":{...}},"stale":[names]}
///
/// "functions" are merged with their layers, as the service counts them; of a function that was not there,
/// "before_bytes" is null.  "stale" are those that a build would make again now: the last build is not the
/// workspace as it stands.  Errors: usage when something was never built, and those of past.h and live.h.
Result<Outcome> size_diff(const Setting& setting, const std::string& against);

}  // namespace lamella::commands
