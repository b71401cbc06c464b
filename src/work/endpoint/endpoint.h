// SPDX-License-Identifier: Apache-2.0
//
// The embedded Lambda-compatible service: layers, functions, versions, aliases and real invocations behind
// the REST protocol on a loopback port, with the parts of STS and CloudWatch Logs that a deployer touches.
// Regions come from the signature's scope; there is one account, kAccount.
//
// Invariants (endpoint_test.cc, invoke_test.cc)
//   E1 durable: what was answered 2xx is there after a kill.  Transitions (Pending, InProgress) are stored
//   with
//      the time they end and derived on reading, so none is lost.
//   E2 closed: a request without a valid signature of `credentials`, with a foreign Host or from a foreign
//   web
//      page runs nothing.  Blobs alone are served to presigned URLs.
//   E3 one host: a state directory is served by one process at a time.
//   E4 apart: invocations share nothing but the instance of their own function version, one after the other.
//
// On disk below state_dir: lock, serve.json, state.db (schema.cc), logs.db, blobs/.  Trees, runtime roots and
// the sandbox helper lie below cache_dir, shared with proofs.
//
// Threads: methods from any thread.
// Errors of start: conflict (another host, fact "url"; port in use, fact "port"), corrupt, io.
//
//   LAMELLA_TRY_ASSIGN(auto endpoint, Endpoint::start({.state_dir = s, .cache_dir = c, .credentials = keys},
//   events)); use(endpoint->url());
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "endpoint/credentials.h"
#include "os/clock.h"
#include "os/random.h"

namespace lamella::endpoint {

struct EndpointOptions {
  std::filesystem::path state_dir;  ///< created if absent
  std::filesystem::path cache_dir;  ///< os::cache_directory()
  std::uint16_t port = 0;           ///< 0: the system chooses
  LocalCredentials credentials;
  /// How long Pending and InProgress last: short, but long enough that a client which does not wait is
  /// caught.
  std::chrono::milliseconds create_time{100};
  std::chrono::milliseconds update_time{60};
  /// Sandboxes at the same time, of all functions; further invocations wait for one.
  std::size_t max_sandboxes = 10;
  /// Invocations at the same time, running or waiting; further ones are answered 429.
  std::size_t max_concurrency = 1000;
  std::chrono::milliseconds idle_time{300'000};       ///< after which an idle sandbox is stopped
  std::vector<std::filesystem::path> interpreters{};  ///< looked at before the usual places
  os::Clock* clock = &os::system_clock();
  os::Random* random = &os::system_random();
};

class Endpoint {
 public:
  /// `events` outlives the endpoint.
  static Result<std::unique_ptr<Endpoint>> start(EndpointOptions options, EventSink& events);
  ~Endpoint();  ///< as stop(0)
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  std::uint16_t port() const;
  /// "http://127.0.0.1:PORT".
  std::string url() const;
  /// Refuses new requests, waits up to `drain` for those under way, then ends everything.  Once.
  void stop(std::chrono::milliseconds drain = std::chrono::milliseconds(10'000));

 private:
  class Impl;
  explicit Endpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lamella::endpoint
