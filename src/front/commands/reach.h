// SPDX-License-Identifier: Apache-2.0
//
// An environment of the workspace, and a way to talk to it: the embedded endpoint for `local`, the account of
// the usual AWS variables and files for every other.
//
// Errors: usage (no such environment, no credentials), and those of LocalHost.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "commands/access.h"
#include "commands/local.h"
#include "commands/session.h"

namespace lamella::commands {

struct Reached {
  const model::EnvironmentSettings* environment = nullptr;
  std::unique_ptr<LocalHost> host;
  std::unique_ptr<Access> account;

  Access& access() { return host ? host->access() : *account; }
};

Result<Reached> reach(const Session& session, const std::string& environment);

}  // namespace lamella::commands
