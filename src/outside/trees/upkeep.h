// SPDX-License-Identifier: Apache-2.0
//
// The care of a TreeStore's folder, by whoever keeps the cache: what trees weigh, whether they are whole, and
// which may go.  A tree's age is its folder's mtime, which the store renews at use.
//
// Threads and processes: any.  No tree goes that somebody holds, nor one used within the grace.
// Errors: io, interrupted.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "os/thread_pool.h"
#include "store/content_store.h"

namespace lamella::trees {

struct TreeStats {
  std::uint64_t trees = 0;  ///< unpacked and merged
  std::uint64_t bytes = 0;  ///< of their files, each once however many trees share it
};

Result<TreeStats> tree_stats(const std::filesystem::path& root, os::ThreadPool& pool);

struct TreeVerification {
  std::uint64_t trees = 0;      ///< unpacked ones that were read, damaged ones too
  std::uint64_t bytes = 0;      ///< theirs
  std::uint64_t unknown = 0;    ///< unpacked by a version that noted no sum: not read
  std::vector<Digest> damaged;  ///< sorted; all of them are in quarantine now
};

/// Reads every unpacked tree and holds it against the sum that was noted when it was made.  Merged trees that
/// are not made of the trees that are there go: they would not be used again.
/// Emits "cache.damaged" per tree found damaged.
Result<TreeVerification> verify_trees(const std::filesystem::path& root, EventSink& events,
                                      os::ThreadPool& pool, std::stop_token stop);

struct TreeTrim {
  std::uint64_t trees_removed = 0;
  std::uint64_t bytes_freed = 0;  ///< leftovers too
  TreeStats kept;
};

/// Removes trees, the one unused for longest first, until the others take `max_bytes` at most; and
/// trees in quarantine and the temporary folders that killed processes left, when they are older than the grace.
Result<TreeTrim> trim_trees(const std::filesystem::path& root, std::uint64_t max_bytes,
                            std::chrono::seconds grace, store::Apply apply, os::ThreadPool& pool);

}  // namespace lamella::trees
