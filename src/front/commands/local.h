// SPDX-License-Identifier: Apache-2.0
//
// The local environment's endpoint: `lamella local serve`, `lamella local env`, and what other verbs do when
// they need it: use the one that serves this workspace, or host one for their own duration.
//
// Errors: conflict (someone else hosts, port in use), usage (nothing serves), tool-missing, isolation, corrupt, io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/access.h"
#include "commands/outcome.h"
#include "commands/session.h"
#include "endpoint/endpoint.h"

namespace lamella::commands {

/// An endpoint to talk to while this lives.  One that is hosted here drains its clients when it goes.
class LocalHost {
 public:
  static Result<std::unique_ptr<LocalHost>> join_or_host(const Session& session);
  LocalHost(const LocalHost&) = delete;
  LocalHost& operator=(const LocalHost&) = delete;
  ~LocalHost();

  const std::string& url() const { return url_; }
  bool hosted_here() const { return hosted_ != nullptr; }
  Access& access() { return *access_; }

 private:
  LocalHost() = default;
  std::string url_;
  std::unique_ptr<endpoint::Endpoint> hosted_;
  std::unique_ptr<Access> access_;
};

/// Whether `functions` can be started by an endpoint that this process would host: asked before there is work for
/// it.  Those of another machine's architecture never run here, and do not count.  Errors: tool-missing.
Result<> require_runtime_clients(const Session& session,
                                 const std::vector<const model::Function*>& functions);

struct ServeOptions {
  std::uint16_t port = 0;
  std::filesystem::path state;  ///< "" is .lamella/endpoint
};

/// Serves until a stop is requested.  `on_ready` gets {"schema","url","port","pid","state"}, once.
Result<Outcome> local_serve(const Setting& setting, const ServeOptions& options,
                            const std::function<void(const document::Value&)>& on_ready);

/// {"env":{AWS_ENDPOINT_URL, AWS_REGION, ...}}.  Errors: usage, when nothing serves the workspace.
Result<Outcome> local_env(const Setting& setting, const std::filesystem::path& state);

}  // namespace lamella::commands
