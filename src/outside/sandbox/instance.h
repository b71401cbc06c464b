// SPDX-License-Identifier: Apache-2.0
//
// One execution environment: a sandbox with a runtime in it that is invoked again and again, one event
// at a time, until it fails or is destroyed.
//
// Invariants (instance_test.cc)
//   N1 one completion: every invoke() leads to exactly one call of its callback.
//   N2 dead is dead: after a time-out, an exit, a memory kill, too large a result or a failed start
//      alive() is false and the caller starts another Instance; the next call is not touched by what the
//      last one left.
//   N3 measured: init, duration and memory in an outcome are measurements.
//
// Threads: methods from any thread.  Callbacks run on the server's or the supervisor's thread; they must
// not block and may call invoke() again.
// Errors of start: isolation, io, tool-missing.
//
//   LAMELLA_TRY_ASSIGN(auto instance, Instance::start(supervisor, server, spec));
//   instance->invoke(invocation, [](InvokeOutcome outcome) { ... });
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/server.h"
#include "os/clock.h"
#include "sandbox/runtime_api.h"
#include "sandbox/runtime_root.h"
#include "sandbox/supervisor.h"

namespace lamella::sandbox {

struct InstanceSpec {
  SandboxSpec sandbox;                       ///< `command` and `environment` complete
  std::chrono::milliseconds timeout{3'000};  ///< of one invocation
  /// A start that takes longer may go on until `timeout` has passed since the spawn.
  std::chrono::milliseconds init_limit{10'000};
  std::string runtime_version;  ///< for INIT_START, e.g. "python:3.11.2"
  os::Clock* clock = &os::system_clock();
};

struct InvokeOutcome {
  enum class Status {
    kOk,
    kFunctionError,  ///< the handler raised
    kInitError,      ///< the function could not be loaded
    kTimeout,
    kExit,      ///< the process ended
    kMemory,    ///< it outgrew its memory
    kTooLarge,  ///< the result is over kMaxResponseBytes; the runtime does not survive it
    kGone,      ///< the instance had died before it saw the event: invoke another one
  };
  Status status = Status::kOk;
  std::string payload;         ///< the function's result, or the error record Lambda would send
  std::string error_type;      ///< "" when ok; "Sandbox.Timedout", "Runtime.ExitError", ...
  std::string log;             ///< everything printed for this invocation, with START, END and REPORT
  bool log_truncated = false;  ///< the middle of what was printed was dropped
  double duration_ms = 0;
  std::int64_t billed_duration_ms = 0;
  double init_duration_ms = -1;  ///< spawn to first /next; -1 on a warm call
  std::uint64_t max_memory_used_mb = 0;

  /// What the header X-Amz-Function-Error says: "Unhandled", or "".
  std::string_view function_error() const { return status == Status::kOk ? "" : "Unhandled"; }
};

/// The last 4 KiB of a log, as X-Amz-Log-Result carries it before base64.
std::string_view log_tail(std::string_view log);

class Instance {
 public:
  static Result<std::shared_ptr<Instance>> start(Supervisor& supervisor, http::Server& server,
                                                 InstanceSpec spec);
  virtual ~Instance() = default;  ///< kills the sandbox; an open invocation completes as kExit

  /// REQUIRES: no invocation is under way.  May be called before the start has finished: the event waits.
  virtual void invoke(Invocation invocation, std::function<void(InvokeOutcome)> done) = 0;
  virtual bool alive() const = 0;
  virtual bool busy() const = 0;
  /// Invocations completed.
  virtual std::uint64_t served() const = 0;
  virtual void stop() = 0;

 protected:
  Instance() = default;
};

/// The variables Lambda sets for a function; `own` are the function's settings and win where AWS lets them.
struct FunctionIdentity {
  std::string name;
  std::string version;  ///< "$LATEST" or a number
  std::string handler;
  std::string runtime;  ///< "python3.11"
  std::string region;
  std::uint64_t memory_mb = 128;
  std::string log_stream;  ///< "2026/11/21/[3]0123..."
  std::string access_key;
  std::string secret_key;
  std::string session_token;
};
std::map<std::string, std::string> function_environment(const FunctionIdentity& identity,
                                                        const std::map<std::string, std::string>& own);

}  // namespace lamella::sandbox
