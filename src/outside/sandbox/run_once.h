// SPDX-License-Identifier: Apache-2.0
//
// Runs one command in a sandbox to its end: import checks, check scripts, source builds.
//
// Threads: any; blocks the caller.
// Errors: isolation (the sandbox could not be made), interrupted (stop token), io.  A command that
// fails, is killed or takes too long is a RunResult, not an error.
//
//   SandboxSpec spec{.root = root.path, .layers = opt, .command = {root.program, "-S", "-c", "import
//   numpy"}}; spec.environment = base_environment(root.runtime); LAMELLA_TRY_ASSIGN(const RunResult run,
//   run_once(supervisor, spec, {.timeout = 30s}));
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "sandbox/spec.h"
#include "sandbox/supervisor.h"

namespace lamella::sandbox {

struct RunOptions {
  std::chrono::milliseconds timeout{60'000};
  std::string standard_input{};                ///< then end of file
  std::size_t output_limit = 4 * 1024 * 1024;  ///< of each stream; what is beyond is read and forgotten
  std::stop_token stop{};
};

struct RunResult {
  int exit_code = 0;  ///< 128 + signal when a signal ended it, as a shell says
  int signal = 0;
  bool timed_out = false;
  bool killed_by_memory = false;
  std::string standard_output;
  std::string standard_error;
  bool output_truncated = false;
  std::uint64_t peak_memory_bytes = 0;
  std::chrono::microseconds elapsed{0};

  bool ok() const { return exit_code == 0 && !timed_out && !killed_by_memory; }
};

Result<RunResult> run_once(Supervisor& supervisor, const SandboxSpec& spec, const RunOptions& options = {});

}  // namespace lamella::sandbox
