// SPDX-License-Identifier: Apache-2.0
//
// Depth first through directory descriptors, so that a link swapped in meanwhile is removed, never followed.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "os/directory.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

Result<> remove_at(int parent, const std::string& name, const std::filesystem::path& shown);

std::vector<std::string> names_in(DIR* directory) {
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<> empty_directory(int parent, const std::string& name, const std::filesystem::path& shown) {
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = retry([&] { return ::openat(parent, name.c_str(), flags); });
  if (fd < 0 && errno == EACCES && ::fchmodat(parent, name.c_str(), 0700, 0) == 0) {
    fd = retry([&] { return ::openat(parent, name.c_str(), flags); });
  }
  if (fd < 0) {
    if (errno == ENOENT) return {};
    return system_error(errno, "cannot open a directory to remove it", shown);
  }
  struct stat info {};
  if (::fstat(fd, &info) == 0 && (info.st_mode & 0700U) != 0700U) ::fchmod(fd, 0700);
  DIR* const directory = ::fdopendir(fd);
  if (!directory) {
    ::close(fd);
    return system_error(errno, "cannot list a directory to remove it", shown);
  }
  Result<> result;
  for (const std::string& child : names_in(directory)) {
    result = remove_at(::dirfd(directory), child, shown / child);
    if (!result) break;
  }
  ::closedir(directory);
  return result;
}

Result<> remove_at(int parent, const std::string& name, const std::filesystem::path& shown) {
  if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT || errno == ENOTDIR) return {};
  if (errno != EISDIR && errno != EPERM) return system_error(errno, "cannot remove", shown);
  LAMELLA_TRY(empty_directory(parent, name, shown));
  if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
  return system_error(errno, "cannot remove a directory", shown);
}

}  // namespace

Result<> remove_tree(const std::filesystem::path& path) { return remove_at(AT_FDCWD, path.string(), path); }

}  // namespace lamella::os
