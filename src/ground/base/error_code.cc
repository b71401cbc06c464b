// SPDX-License-Identifier: Apache-2.0
#include "base/error_code.h"

namespace lamella::base {

std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInternal: return "internal";
    case ErrorCode::kUsage: return "usage";
    case ErrorCode::kRejected: return "rejected";
    case ErrorCode::kMismatch: return "mismatch";
    case ErrorCode::kLimit: return "limit";
    case ErrorCode::kRemote: return "remote";
    case ErrorCode::kConflict: return "conflict";
    case ErrorCode::kRolledBack: return "rolled-back";
    case ErrorCode::kRollbackIncomplete: return "rollback-incomplete";
    case ErrorCode::kApproval: return "approval";
    case ErrorCode::kCorrupt: return "corrupt";
    case ErrorCode::kIsolation: return "isolation";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kToolMissing: return "tool-missing";
    case ErrorCode::kRefused: return "refused";
    case ErrorCode::kInterrupted: return "interrupted";
    case ErrorCode::kTerminated: return "terminated";
  }
  return "internal";
}

}  // namespace lamella::base
