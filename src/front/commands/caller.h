// SPDX-License-Identifier: Apache-2.0
//
// Who we would be in an environment: one GetCallerIdentity, answered quickly or not at all.
#pragma once

#include <string>

#include "base/result.h"
#include "commands/session.h"

namespace lamella::commands {

struct Caller {
  std::string account;
  std::string region;
  std::string detail;  ///< the ARN, or where the local endpoint is
};

/// For "local": its host when one runs, else what a host would be.  Errors: usage, remote.
Result<Caller> caller_of(const Session& session, const model::EnvironmentSettings& environment);

}  // namespace lamella::commands
