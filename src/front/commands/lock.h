// SPDX-License-Identifier: Apache-2.0
//
// `lamella lock`, and the locks every later step starts from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/tools.h"
#include "commands/outcome.h"
#include "commands/releases.h"
#include "commands/session.h"
#include "resolve/lock_inputs.h"
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
  bool check = false;                            ///< say whether locks are up to date, change nothing
  bool offline = false;                          ///< with `check`: do not ask the indexes
  std::map<std::string, build::Override> bumps;  ///< by layer
};

/// A lock group that requires something, as it stands in the workspace.
struct GroupState {
  resolve::LockInputs inputs;
  std::optional<resolve::LockFile> lock;
  std::vector<Reason> stale;  ///< empty: absent or up to date
  std::string file;  ///< where it stands, or will stand: a group that changed its name has the old one's

  const resolve::LockGroup& group() const { return inputs.group; }
  bool up_to_date() const { return lock && stale.empty(); }
};

/// Every group that requires something.  Errors: those of reading requirements and locks.
Result<std::vector<GroupState>> read_groups(Session& session);
/// Every group whose members' tests require something, beside `shipped`, the locks of all others.
Result<std::vector<GroupState>> read_test_groups(Session& session,
                                                 const std::vector<build::GroupLock>& shipped);

/// {"locks":[{"group","target","path","action","packages","reasons"}],"externals":[...] (externals.h),"releases":[...]} (releases.h); action is "unchanged", "created",
/// "updated", or with `check` "missing", "stale".  With `check`, and locks that are all up to date, the indexes
/// are asked too, and "taken_back" lists releases that were yanked or removed since ([{"group","target","name",
/// "version","kind":"yanked"|"gone","text","allowed"}]).  Errors: the resolver's; usage when `check` finds a lock
/// that is not up to date; mismatch for a release that was taken back, unless the workspace asks for exactly it.
Result<Outcome> lock(const Setting& setting, const LockOptions& options);

/// The releases of one lock that its indexes took back, as the record above; told as warnings where allowed.
Result<std::vector<document::Value>> taken_back_of(Session& session, const GroupState& state);

/// What resolves for the target: uv, or without it the target's own interpreter with pip, if it runs here.
/// Errors: tool missing.
Result<resolve::ResolverSettings> resolver_settings(const Session& session, const model::Target& target);

/// Up-to-date locks of every group.  A group that requires nothing has none.
Result<std::vector<build::GroupLock>> ready_locks(Session& session, LockPolicy policy);
/// The same for what tests need.
Result<std::vector<build::GroupLock>> ready_test_locks(Session& session,
                                                       const std::vector<build::GroupLock>& shipped,
                                                       LockPolicy policy);

}  // namespace lamella::commands
