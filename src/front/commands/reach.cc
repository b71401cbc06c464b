// SPDX-License-Identifier: Apache-2.0
#include "commands/reach.h"

namespace lamella::commands {

Result<Reached> reach(const Session& session, const std::string& environment) {
  Reached reached;
  LAMELLA_TRY_ASSIGN(reached.environment, session.require_environment(environment));
  if (reached.environment->is_local()) {
    LAMELLA_TRY_ASSIGN(reached.host, LocalHost::join_or_host(session));
  } else {
    const auto& regions = reached.environment->regions;
    LAMELLA_TRY_ASSIGN(reached.account, Access::to_account(regions.empty() ? "" : regions.front()));
  }
  return reached;
}

}  // namespace lamella::commands
