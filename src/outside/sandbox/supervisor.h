// SPDX-License-Identifier: Apache-2.0
//
// Starts sandboxes and watches them: one thread per Supervisor reads what they print, samples their
// resident size, enforces their memory limit and notices their end.
//
// Invariants (supervisor_test.cc)
//   V1 nothing outlives: when a Sandbox is destroyed, or this process dies however it dies, every
//      process inside is gone.  (The first process inside holds a socket to us and leaves at its end.)
//   V2 bounded: a sandbox cannot make us hold more than the callbacks keep; what it prints is read in
//      pieces of at most 64 KiB.
//   V3 told once: on_exit is called exactly once for each start() that succeeded, after the last on_output.
//
// Memory is limited by the sampled sum of resident sizes of the sandbox's processes (kernel cgroups are
// used by nobody but who was given one, and we are not).  RLIMIT_AS is never used.
//
// Threads: all methods from any thread.  Callbacks run on the supervisor's thread, on_output also on
// the thread that calls drain(); they must not block, nor destroy the Supervisor.
// Errors: isolation, io, tool-missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "os/fd.h"
#include "sandbox/spec.h"

namespace lamella::sandbox {

struct SandboxCallbacks {
  std::function<void(std::string_view)> on_output;  ///< standard output and error as they came
  std::function<void(const ExitReport&)> on_exit;
};

/// How memory is held to its limit, as `doctor` and reports print it.
std::string_view memory_mechanism();

class SandboxState;

/// One running sandbox.  Destroying it kills what runs inside.
class Sandbox {
 public:
  explicit Sandbox(std::shared_ptr<SandboxState> state);
  ~Sandbox();
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  /// The socket listening on 169.254.100.1:9001 inside; empty on a second call.
  os::UniqueFd take_listener();
  /// The process outside that all others inside descend from.
  int pid() const;
  /// Reads what was printed so far and calls on_output with it before returning.
  void drain();
  /// Ends it at once; on_exit follows.
  void kill();
  /// Samples its memory every 5 ms (from the start on) or, while it idles, every 200 ms.
  void watch_closely(bool on);
  /// Highest resident size of all processes together, until now.
  std::uint64_t peak_memory_bytes();

 private:
  std::shared_ptr<SandboxState> state_;
};

class Supervisor {
 public:
  /// `cache` is a directory for the helper program that is unpacked once.
  static Result<std::unique_ptr<Supervisor>> start(const std::filesystem::path& cache);
  ~Supervisor();  ///< kills what is left
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts `spec.command` with a Runtime API socket; returns once that socket is there, so that
  /// take_listener() never waits.
  Result<std::unique_ptr<Sandbox>> start(const SandboxSpec& spec, SandboxCallbacks callbacks);

  /// The helper program, unpacked; for run_once.
  const std::filesystem::path& helper() const;

 private:
  class Impl;
  explicit Supervisor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lamella::sandbox
