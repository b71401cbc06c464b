// SPDX-License-Identifier: Apache-2.0
//
// Which blob files were hashed before, and what stat said of them then: size, both times, inode.  A file
// that still looks the same was not written since (whoever writes it moves its ctime), so opening
// it need not hash it again.  What stat cannot see, bits that rot beneath the file system, only
// Verify::kNow finds.
//
// Invariants (store/known_blobs_test.cc)
//   K1 knows() is true only for what some remember() said, of the same digest and the same stat.
//   K2 a torn, truncated or altered file forgets; it never makes a stranger known.
//
// Threads and processes: any.  Losing the file, or a record of it, costs time and nothing else, so
// nothing here reports an error.
//
// On disk: docs/formats/known-blobs.md.
#pragma once

#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/digest.h"
#include "os/directory.h"

namespace lamella::store {

class KnownBlobs {
 public:
  explicit KnownBlobs(std::filesystem::path file) : file_(std::move(file)) {}

  bool knows(const Digest& digest, const os::FileInfo& info);
  void remember(const Digest& digest, const os::FileInfo& info);

 private:
  void load();

  const std::filesystem::path file_;
  std::mutex mutex_;
  bool loaded_ = false;                              // guarded by mutex_
  std::unordered_map<Digest, std::string> records_;  // guarded by mutex_; digest to its last record
};

}  // namespace lamella::store
