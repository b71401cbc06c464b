// SPDX-License-Identifier: Apache-2.0
//
// `lamella status` and `lamella history`.  Neither runs workspace code, builds or calls a service: what is
// live is what the journal of each environment says.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"
#include "ledger/journal.h"

namespace lamella::commands {

/// Every deployment of the workspace's own journal, oldest first; none when nothing was ever deployed.
Result<std::vector<ledger::Deployment>> deployments_of(const Session& session);

/// {"layers":[{name,target,built_at,stale,reasons,unzipped_bytes,zipped_bytes,budget,live}],"functions":[...],
/// "environments":[{name,last}]}; live is [{environment,version,arn}].  `environment` "" means all.
Result<Outcome> status(const Setting& setting, const std::string& environment);

/// {"deployments":[{deployment,environment,started_at,finished_at,outcome,layers,functions,reasons}]}, newest
/// first.
Result<Outcome> history(const Setting& setting, const std::string& environment, std::size_t limit);

}  // namespace lamella::commands
