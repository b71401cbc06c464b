// SPDX-License-Identifier: Apache-2.0
#include "os/disk.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "os/system_error.h"

namespace lamella::os {

Result<DiskSpace> disk_space(const std::filesystem::path& path) {
  std::filesystem::path at = path.empty() ? std::filesystem::path(".") : path;
  struct statvfs info {};
  while (::statvfs(at.c_str(), &info) != 0) {
    const bool can_climb = errno == ENOENT && at.has_parent_path() && at.parent_path() != at;
    if (errno == ENOENT && !can_climb && at != ".") {
      at = ".";
      continue;
    }
    if (!can_climb) return system_error(errno, "cannot ask for the free space", path);
    at = at.parent_path();
  }
  return DiskSpace{std::uint64_t{info.f_bavail} * info.f_frsize,
                   std::uint64_t{info.f_blocks} * info.f_frsize};
}

}  // namespace lamella::os
