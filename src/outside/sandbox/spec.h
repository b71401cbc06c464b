// SPDX-License-Identifier: Apache-2.0
//
// What one sandbox holds, as data.  Inside:
//
//   /            the runtime root (runtime_root.h), read-only
//   /var/task    the code, read-only          /opt   the merged layers, read-only
//   /tmp         private, of the given size   /proc  of its own process namespace
//   /dev         null, zero, full, random, urandom and the descriptors; no /dev/shm, as on Lambda
//   loopback     of its own network namespace, and nothing else
//
// The user is uid 993 when we run as root, else whoever runs us, under the number 993; no capability,
// no way to gain one (no_new_privs), a system call filter, an environment made of `environment` alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lamella::sandbox {

struct Bind {
  std::filesystem::path source;  ///< on this machine
  std::string target;            ///< absolute, inside; must exist in the root or below another bind
};

struct SandboxSpec {
  std::filesystem::path root;     ///< RuntimeRoot::path
  std::filesystem::path task;     ///< "" leaves /var/task empty
  std::filesystem::path layers;   ///< the merged /opt; "" leaves it empty
  std::vector<Bind> read_only{};  ///< further files and directories
  std::vector<Bind> writable{};   ///< for source builds; functions have none
  std::uint64_t memory_mb = 128;  ///< MiB, as Lambda counts
  std::uint64_t tmp_mb = 512;     ///< MiB of /tmp
  std::map<std::string, std::string> environment{};
  std::vector<std::string> command{};  ///< command[0] is an absolute path inside
  std::string working_directory = "/var/task";
  std::string hostname = "169-254-100-1";
  bool network = false;  ///< that of this machine, its loopback too: for commands that ask for it alone
};

/// How a sandbox ended.
struct ExitReport {
  int exit_code = 0;                    ///< when `signal` is 0
  int signal = 0;                       ///< that ended the first process, 0 if it exited
  bool started = false;                 ///< false: the sandbox itself could not be made; see `refusal`
  bool killed = false;                  ///< by us, through kill()
  bool killed_by_memory = false;        ///< its processes together outgrew memory_mb
  std::uint64_t peak_memory_bytes = 0;  ///< highest resident size of all its processes together
  std::string refusal;                  ///< what the sandbox maker said when it did not start
};

}  // namespace lamella::sandbox
