// SPDX-License-Identifier: Apache-2.0
//
// `lamella plan` and `lamella deploy`.  Only the local environment can be deployed to: its endpoint is the
// one that serves the workspace, or one hosted for the command's duration.
#pragma once

#include <string>

#include "base/result.h"
#include "commands/build.h"
#include "commands/local.h"
#include "commands/outcome.h"
#include "commands/session.h"
#include "deploy/deployer.h"

namespace lamella::commands {

/// What was built last against what the environment has; nothing is built, nothing is written there.
/// {"digest","environment","changes":[...]}
Result<Outcome> plan(const Setting& setting, const std::string& environment);

/// Builds what is stale, then applies.  {"deployment","outcome","layers","functions","reasons"}
/// Errors: tool-missing before anything is built, where the runtime client of a checked function is missing.
Result<Outcome> deploy(const Setting& setting, const std::string& environment);

/// The deployment itself, for verbs that go on from it.
Result<deploy::DeployReport> deploy_to(Session& session, LocalHost& host,
                                       const model::EnvironmentSettings& environment);

/// Errors: usage, for everything that is not "local".
Result<const model::EnvironmentSettings*> deployable(const Session& session, const std::string& name);

/// The error a report that did not succeed stands for.
Error failure_of(const deploy::DeployReport& report);

}  // namespace lamella::commands
