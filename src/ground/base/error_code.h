// SPDX-License-Identifier: Apache-2.0
//
// The closed set of failures.  Each value is the process's exit code, and nothing else may be one.
#pragma once

#include <string_view>

namespace lamella::base {

enum class ErrorCode {
  kInternal = 1,            ///< our bug: an invariant does not hold
  kUsage = 2,               ///< wrong flag, workspace file or request; the user can mend it
  kRejected = 3,            ///< an input artifact (wheel, zip, ELF) is malformed or hostile
  kMismatch = 4,            ///< a hash, signature or provenance differs from what was pinned
  kLimit = 5,               ///< a limit or budget is exceeded
  kRemote = 6,              ///< the other side failed after retries; resumable
  kConflict = 7,            ///< someone else holds or changed it: lock, revision, port
  kRolledBack = 8,          ///< failed, and everything is as it was before
  kRollbackIncomplete = 9,  ///< a person must look; both sides are printed
  kApproval = 10,           ///< approval missing or invalid
  kCorrupt = 11,            ///< state, journal or audit trail is damaged
  kIsolation = 12,          ///< no sandbox can be made here
  kIo = 13,                 ///< local file system: full, read-only, unreadable
  kToolMissing = 14,        ///< a tool or interpreter is not installed
  kRefused = 15,            ///< a function, check, gate or validation said no; nothing was changed
  kInterrupted = 130,       ///< interrupted by the user; resumable
  kTerminated = 143,        ///< terminated; resumable
};

/// The code's name as JSON output spells it, e.g. "usage".
std::string_view to_string(ErrorCode code);

}  // namespace lamella::base
