// SPDX-License-Identifier: Apache-2.0
#include "commands/caller.h"

#include "commands/access.h"
#include "commands/local_folders.h"
#include "endpoint/serve_record.h"
#include "os/random.h"

namespace lamella::commands {
namespace {

constexpr std::chrono::seconds kPatience{5};

Result<Caller> ask(Access& access, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto caller,
                     access.identity().caller({.deadline = kPatience, .attempt = kPatience, .stop = stop}));
  return Caller{caller.account, access.region(), caller.arn};
}

}  // namespace

Result<Caller> caller_of(const Session& session, const model::EnvironmentSettings& environment) {
  if (!environment.is_local()) {
    LAMELLA_TRY_ASSIGN(const auto access,
                       Access::to_account(environment.regions.empty() ? "" : environment.regions.front()));
    return ask(*access, session.stop());
  }
  LAMELLA_TRY_ASSIGN(const auto host, endpoint::running_host(endpoint_folder(session.root())));
  if (!host) {
    return Caller{std::string(endpoint::kAccount), std::string(endpoint::kDefaultRegion),
                  "not served now; `deploy local` and `up` host it"};
  }
  LAMELLA_TRY_ASSIGN(const auto keys,
                     endpoint::local_credentials(local_folder(session.root()), os::system_random()));
  LAMELLA_TRY_ASSIGN(const auto access, Access::to_local(host->url, keys));
  LAMELLA_TRY_ASSIGN(Caller caller, ask(*access, session.stop()));
  caller.detail += " at " + host->url;
  return caller;
}

}  // namespace lamella::commands
