// SPDX-License-Identifier: Apache-2.0
//
// The moment between vfork and exec.  Private to this room.
#pragma once

#include <sys/resource.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/process.h"

namespace lamella::os {

/// Everything the child needs, ready before it starts: there it may neither allocate nor lock.
struct SpawnPlan {
  std::string program;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string cwd;
  std::vector<std::pair<int, int>> fds;  ///< (ours, its number in the child); everything else is closed
  std::vector<std::pair<int, rlimit>> limits;
  std::optional<Identity> run_as;
  bool die_with_parent = false;
};

/// The process id of the program, already executing.
Result<int> spawn_program(const SpawnPlan& plan);

}  // namespace lamella::os
