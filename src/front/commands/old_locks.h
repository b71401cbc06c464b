// SPDX-License-Identifier: Apache-2.0
//
// Locks of groups that are no more, once `lamella lock` has brought all others up to date.
//
// Errors: those of reading and removing files.
#pragma once

#include <vector>

#include "base/result.h"
#include "commands/lock.h"
#include "commands/session.h"

namespace lamella::commands {

/// Removes every lock of locks/ that Lamella called as its group was called, where there is no such group and
/// nothing is built by it.  `states` are all groups that require something.
Result<> remove_old_locks(Session& session, const std::vector<GroupState>& states);

}  // namespace lamella::commands
