// SPDX-License-Identifier: Apache-2.0
//
// Starts one sandbox and waits until its first process is ready.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "os/fd.h"
#include "os/process.h"
#include "sandbox/spec.h"
#include "sandbox/wrapper.h"

namespace lamella::sandbox {

enum class LaunchStreams {
  kMerged,    ///< standard output and error in one pipe, `out`; no input
  kSeparate,  ///< three pipes
};

struct Launched {
  os::Child child;       ///< bubblewrap, outside
  os::UniqueFd control;  ///< closing it ends the sandbox
  os::UniqueFd in;
  os::UniqueFd out;  ///< non-blocking, as `err`
  os::UniqueFd err;
  os::UniqueFd listener;  ///< with ApiSocket::kListen
};

/// Errors: isolation, io, usage (start record too large).
Result<Launched> launch(const std::filesystem::path& helper, const SandboxSpec& spec, ApiSocket api,
                        LaunchStreams streams);

/// The first byte of what a sandbox says, with the socket that comes along.  No more than that byte is taken: of a
/// command that ends at once the end record is already behind it.
struct ReadyMessage {
  char tag = 0;  ///< 0: the socket was closed or silent
  os::UniqueFd socket;
};
ReadyMessage read_ready(int control);

/// The end record from the control socket, if there is one.
struct EndMessage {
  int wait_status = 0;
  std::uint64_t max_rss_bytes = 0;
};
std::optional<EndMessage> read_end(int control);

/// Ends a sandbox now.  The processes inside die with the first of them.
void kill_sandbox(int wrapper, os::UniqueFd& control);

/// The embedded helper as a file below `cache`, unpacked at the first call.  Errors: io.
Result<std::filesystem::path> unpack_helper(const std::filesystem::path& cache);

}  // namespace lamella::sandbox
