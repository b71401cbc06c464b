// SPDX-License-Identifier: Apache-2.0
//
// `lamella outdated`: what could be newer.  Asks the indexes and writes nothing.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"outdated":[{"group","target","name","version","allowed","newest","bytes","newest_bytes","changelog",
/// "needed_by":[..]}], "taken_back" (lock.h), "deprecated_runtimes" where there are some}.  "allowed" is what `lock --upgrade` would
/// choose, "newest" the newest version that the target could load, whatever is required.  Absent sizes and
/// addresses are null.
/// Errors: the resolver's; usage for a group that was never locked.
Result<Outcome> outdated(const Setting& setting);

}  // namespace lamella::commands
