// SPDX-License-Identifier: Apache-2.0
#include "os/look.h"

#include <dirent.h>
#include <fcntl.h>

#include <array>
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

Result<DirectoryLook> DirectoryLook::open_to_list(int root, const std::string& path) {
  DirectoryLook look;
  look.path_ = path;
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  look.fd_ = UniqueFd(retry([&] { return ::openat(root, path.c_str(), flags); }));
  if (!look.fd_ && (says_absent(errno) || errno == ELOOP))
    return Error(ErrorCode::kUsage, "there is no such directory").at(base::escaped(path));
  if (!look.fd_) return system_error(errno, "cannot open a directory", path);
  return look;
}

Result<> DirectoryLook::names(
    const std::function<void(std::string_view name, base::FileKind kind)>& seen) const {
  alignas(dirent64) std::array<char, 32'768> buffer;
  for (;;) {
    const ssize_t got = ::getdents64(fd_.get(), buffer.data(), buffer.size());
    if (got < 0) return system_error(errno, "cannot list a directory", path_);
    if (got == 0) return {};
    for (ssize_t at = 0; at < got;) {
      const auto* const entry = reinterpret_cast<const dirent64*>(buffer.data() + at);
      at += entry->d_reclen;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") seen(name, kind_of_entry(entry->d_type));
    }
  }
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
