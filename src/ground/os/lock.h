// SPDX-License-Identifier: Apache-2.0
//
// A lock between processes (flock on a file).  It is gone when its holder is, however that ended.  The
// file stays and names the last exclusive holder's process id, for messages only.
//
// Two FileLocks of one process on one path exclude each other too.
//
//   LAMELLA_TRY_ASSIGN(const FileLock lock, FileLock::wait(path, LockMode::kExclusive, 30s, stop));
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>

#include "base/result.h"
#include "os/fd.h"

namespace lamella::os {

enum class LockMode { kShared, kExclusive };

class FileLock {
 public:
  /// nullopt if someone else holds it.  Makes the file, not its directory.
  static Result<std::optional<FileLock>> try_lock(const std::filesystem::path& path,
                                                  LockMode mode = LockMode::kExclusive);
  /// Waits at most `limit`.  Errors: kConflict naming the holder (fact "pid"), kInterrupted on stop.
  static Result<FileLock> wait(const std::filesystem::path& path, LockMode mode,
                               std::chrono::milliseconds limit, std::stop_token stop = {});
  /// The process id the file names, if it names one that lives.
  static std::optional<int> holder(const std::filesystem::path& path);

  FileLock(FileLock&&) noexcept = default;
  FileLock& operator=(FileLock&&) noexcept = default;

  /// Keeps the lock over fork and exec by handing out the descriptor it lives on.
  int fd() const { return fd_.get(); }

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace lamella::os
