// SPDX-License-Identifier: Apache-2.0
//
// `lamella lock`, and the locks every later step starts from.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/tools.h"
#include "commands/outcome.h"
#include "commands/session.h"
#include "resolve/resolver.h"

namespace lamella::commands {

/// What to do about a lock that is absent or no longer answers what the workspace asks.
enum class LockPolicy {
  kMakeMissing,  ///< make an absent one, refuse a stale one: `build`
  kMakeAny,      ///< make both: `lock`, `up`
  kFrozen,       ///< refuse both: `--frozen`, and verbs that only look
};

struct LockOptions {
  resolve::Upgrade upgrade;
  bool check = false;  ///< say whether locks are up to date, change nothing
};

/// {"locks":[{"group","target","path","action","packages","reasons"}]}; action is "unchanged", "created",
/// "updated", or with `check` "missing", "stale".  Errors: the resolver's; usage when `check` finds one that
/// is not up to date.
Result<Outcome> lock(const Setting& setting, const LockOptions& options);

/// Up-to-date locks of every group.  A group that requires nothing has none.
Result<std::vector<build::GroupLock>> ready_locks(Session& session, LockPolicy policy);

}  // namespace lamella::commands
