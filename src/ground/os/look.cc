// SPDX-License-Identifier: Apache-2.0
#include "os/look.h"

#include <fcntl.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "os/file_info.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

bool says_absent(int number) { return number == ENOENT || number == ENOTDIR; }

}  // namespace

Result<DirectoryLook> DirectoryLook::open(int root, const std::string& path) {
  DirectoryLook look;
  look.path_ = path;
  const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  look.fd_ = UniqueFd(retry([&] { return ::openat(root, path.empty() ? "." : path.c_str(), flags); }));
  if (!look.fd_ && !says_absent(errno)) return system_error(errno, "cannot open a directory", path);
  return look;
}

Result<std::optional<FileInfo>> DirectoryLook::info(const char* name) const {
  FileInfo info;
  if (!fd_) return std::optional<FileInfo>();
  if (!stat_at(fd_.get(), name, AT_SYMLINK_NOFOLLOW, info)) {
    if (says_absent(errno)) return std::optional<FileInfo>();
    return system_error(errno, "cannot look at a path", std::filesystem::path(path_) / name);
  }
  if (info.kind != base::FileKind::kSymlink) return std::optional(info);
  FileInfo target;
  return std::optional(stat_at(fd_.get(), name, 0, target) ? target : info);
}

}  // namespace lamella::os
