// SPDX-License-Identifier: Apache-2.0
//
// lamella-init, the helper program of a sandbox.  It runs twice:
//
//   lamella-init outside UID GID SOURCE... -- BWRAP ARGUMENT...
//       On the host, with an empty environment.  As root it makes a mount namespace of its own, binds the
//       SOURCEs to /tmp/0, /tmp/1, ... in it (so that they are reachable although their parents may be
//       closed to other users), and becomes UID:GID without supplementary groups.  Otherwise it does
//       none of that.  Then it closes every descriptor above 3 and becomes bubblewrap.
//   lamella-init inside
//       Process 1 of the sandbox.  Descriptor 3 is a socket to Lamella: the start record comes in, the
//       Runtime API socket and the end record go out.  When the other end closes, everything inside ends.
//
// The start record is a little-endian u32 with the size of what follows, then NUL-terminated strings:
//   "api" | "-"          whether to listen on 169.254.100.1:9001
//   working directory
//   number of arguments, then the arguments
//   number of variables, then "NAME=value" each
// What goes out (one message each): 'L' with the socket as SCM_RIGHTS or 'R' (no socket), 'E' and a text (it
// could not start), 'X' and an EndRecord.
//
// The environment travels in the record, not in bubblewrap's arguments or environment: arguments can be
// read by every process of the machine, and LD_PRELOAD would act on bubblewrap.
#pragma once

#include <cstdint>

namespace lamella::init {

inline constexpr int kControl = 3;
inline constexpr std::uint32_t kMaxRecord = 4u * 1024 * 1024;

struct EndRecord {
  std::int32_t wait_status;
  std::uint32_t reserved;
  std::uint64_t max_rss_kib;  ///< largest single process that ended
};

int outside(int argc, char** argv);
int inside();

/// Gives up every capability, for good.
bool drop_capabilities();
/// Refuses the system calls that PROMISES lists for escapes.  REQUIRES: no_new_privs.
bool filter_system_calls();

}  // namespace lamella::init
