// SPDX-License-Identifier: Apache-2.0
//
// A lock on a folder itself: users share it, and whoever would remove the folder asks for it alone.  It goes
// with its holder, however that ended, and stays with the folder when that is renamed.  Nothing is written.
//
// Threads: any.  Errors: io with the fact "errno": ENOENT where there is no such folder, others where the file
// system has no locks on folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"
#include "os/fd.h"
#include "os/lock.h"

namespace lamella::os {

class FolderLock {
 public:
  /// nullopt if someone else holds it.  The folder may have lost its name meanwhile: compare inode().
  static Result<std::optional<FolderLock>> try_lock(const std::filesystem::path& folder, LockMode mode);

  Result<std::uint64_t> inode() const;

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace lamella::os
