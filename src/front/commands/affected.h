// SPDX-License-Identifier: Apache-2.0
//
// `lamella affected`: what changed since a revision, as sets of what is to be rebuilt, rechecked and
// redeployed. Reads git objects and the working tree; resolves, fetches, runs and writes nothing.
//
// Errors: those of change::GitRepository; usage for a workspace or lock of the later side that cannot be
// read.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "build/impact.h"
#include "change/git_repository.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// Exactly one of `since` and `merge_base` is set.
struct AffectedOptions {
  std::string since;       ///< the earlier side
  std::string merge_base;  ///< the earlier side is where this revision and the later side parted
  std::string to;          ///< the later side; "" is the working tree
};

/// What differs, and between what; for verbs that go on with it.
struct Compared {
  change::Revision from;
  std::optional<change::Revision> to;  ///< nullopt: the working tree
  build::Impact impact;
};
Result<Compared> compare(const Setting& setting, const AffectedOptions& options);

/// {"from":{revision,commit},"to":{revision,commit},"rebuild":[{kind,name,targets,reasons}],"recheck":[...],
/// "redeploy":[...],"removed":[...],"warnings":[...]}; each reason also has its "path", from what changed to
/// the item.  Of the working tree, "to" holds nulls.
Result<Outcome> affected(const Setting& setting, const AffectedOptions& options);

}  // namespace lamella::commands
