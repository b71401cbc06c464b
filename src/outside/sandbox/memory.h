// SPDX-License-Identifier: Apache-2.0
//
// How much memory the processes of a sandbox hold, from /proc.  `wrapper` is the process outside; it
// and the sandbox's first process (both ours) do not count.  A process that ends meanwhile counts 0.
// Pages that two processes share count twice.
#pragma once

#include <cstdint>
#include <vector>

namespace lamella::sandbox {

struct TreeMemory {
  std::uint64_t resident_bytes = 0;
  std::uint64_t highest_bytes = 0;  ///< sum of each living process's own highest resident size
};

enum class MemoryDetail { kNow, kWithHighest };

TreeMemory tree_memory(int wrapper, MemoryDetail detail);
/// Children of every thread of `pid`.
std::vector<int> children_of(int pid);

}  // namespace lamella::sandbox
