// SPDX-License-Identifier: Apache-2.0
#include "os/folder_lock.h"

#include <sys/file.h>

#include <cerrno>

#include "os/directory.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {

Result<std::optional<FolderLock>> FolderLock::try_lock(const std::filesystem::path& folder, LockMode mode) {
  LAMELLA_TRY_ASSIGN(auto fd, open_directory(folder));
  const int operation = (mode == LockMode::kExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
  if (retry([&] { return ::flock(fd.get(), operation); }) == 0) {
    return std::optional<FolderLock>(FolderLock(std::move(fd)));
  }
  if (errno == EWOULDBLOCK) return std::optional<FolderLock>();
  return system_error(errno, "cannot lock", folder);
}

Result<std::uint64_t> FolderLock::inode() const {
  LAMELLA_TRY_ASSIGN(const auto info, file_info(fd_.get()));
  return info.inode;
}

}  // namespace lamella::os
