// SPDX-License-Identifier: Apache-2.0
#include "commands/local.h"

#include <fmt/format.h>

#include <future>

#include "commands/local_folders.h"
#include "endpoint/serve_record.h"
#include "os/environment.h"
#include "os/random.h"
#include "sandbox/runtime_root.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::chrono::seconds kDrain{10};

Result<std::unique_ptr<endpoint::Endpoint>> host(const Session& session, const fs::path& state,
                                                 std::uint16_t port, const endpoint::LocalCredentials& keys) {
  endpoint::EndpointOptions options;
  options.state_dir = state;
  options.cache_dir = session.cache();
  options.port = port;
  options.credentials = keys;
  return endpoint::Endpoint::start(std::move(options), session.events());
}

Result<endpoint::LocalCredentials> keys_of(const Session& session) {
  return endpoint::local_credentials(local_folder(session.root()), os::system_random());
}

fs::path state_or_default(const Session& session, const fs::path& state) {
  return state.empty() ? endpoint_folder(session.root()) : fs::absolute(state);
}

void wait_for(const std::stop_token& stop) {
  std::promise<void> stopped;
  const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
  stopped.get_future().wait();
}

}  // namespace

LocalHost::~LocalHost() {
  access_.reset();
  if (hosted_) hosted_->stop(kDrain);
}

Result<std::unique_ptr<LocalHost>> LocalHost::join_or_host(const Session& session) {
  const fs::path state = endpoint_folder(session.root());
  LAMELLA_TRY_ASSIGN(const auto keys, keys_of(session));
  std::unique_ptr<LocalHost> local(new LocalHost);
  LAMELLA_TRY_ASSIGN(const auto running, endpoint::running_host(state));
  if (running) {
    local->url_ = running->url;
  } else {
    LAMELLA_TRY_ASSIGN(local->hosted_, host(session, state, 0, keys));
    local->url_ = local->hosted_->url();
  }
  LAMELLA_TRY_ASSIGN(local->access_, Access::to_local(local->url_, keys));
  return local;
}

Result<> require_runtime_clients(const Session& session,
                                 const std::vector<const model::Function*>& functions) {
  LAMELLA_TRY_ASSIGN(const auto running, endpoint::running_host(endpoint_folder(session.root())));
  if (running) return {};  // its cache may be another
  for (const model::Function* function : functions) {
    const model::Target& target = function->target;
    if (model::machine_name(target.architecture) != os::host_machine()) continue;
    const auto client = sandbox::find_runtime_client(session.cache(), model::to_string(target.runtime),
                                                     std::string(to_string(target.architecture)));
    if (!client)
      return Error(client.error()).while_doing("looking for what starts function " + function->name);
  }
  return {};
}

Result<Outcome> local_serve(const Setting& setting, const ServeOptions& options,
                            const std::function<void(const Value&)>& on_ready) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto keys, keys_of(*session));
  const fs::path state = state_or_default(*session, options.state);
  LAMELLA_TRY_ASSIGN(const auto hosted, host(*session, state, options.port, keys));
  Value record = new_record();
  record.set("url", hosted->url());
  record.set("port", hosted->port());
  record.set("state", state.string());
  on_ready(record);
  wait_for(setting.stop);
  hosted->stop(kDrain);
  return Outcome{};
}

Result<Outcome> local_env(const Setting& setting, const fs::path& state) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto running, endpoint::running_host(state_or_default(*session, state)));
  if (!running) {
    return Error(ErrorCode::kUsage, "nothing serves this workspace now")
        .at(state_or_default(*session, state).string())
        .remedy("start `lamella local serve` in another terminal, or in the background");
  }
  LAMELLA_TRY_ASSIGN(const auto keys, keys_of(*session));
  Outcome outcome{new_record(), {}};
  outcome.record.set("env", Value::object({{"AWS_ENDPOINT_URL", running->url},
                                           {"AWS_REGION", endpoint::kDefaultRegion},
                                           {"AWS_DEFAULT_REGION", endpoint::kDefaultRegion},
                                           {"AWS_ACCESS_KEY_ID", keys.access_key_id},
                                           {"AWS_SECRET_ACCESS_KEY", keys.secret_access_key.reveal()}}));
  return outcome;
}

}  // namespace lamella::commands
