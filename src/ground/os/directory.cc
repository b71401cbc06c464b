// SPDX-License-Identifier: Apache-2.0
#include "os/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "os/fd.h"
#include "os/file_info.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

Error cannot(std::string what, const std::filesystem::path& path) {
  return system_error(errno, std::move(what), path);
}

bool absent() { return errno == ENOENT || errno == ENOTDIR; }

}  // namespace

base::FileKind kind_of_mode(std::uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return base::FileKind::kFile;
    case S_IFDIR: return base::FileKind::kDirectory;
    case S_IFLNK: return base::FileKind::kSymlink;
    default: return base::FileKind::kOther;
  }
}

base::FileKind kind_of_entry(unsigned char type) {
  switch (type) {
    case DT_REG: return base::FileKind::kFile;
    case DT_DIR: return base::FileKind::kDirectory;
    case DT_LNK: return base::FileKind::kSymlink;
    default: return base::FileKind::kOther;
  }
}

bool stat_at(int directory, const char* name, int flags, FileInfo& info) {
  struct statx x;  // NOLINT(cppcoreguidelines-pro-type-member-init): the kernel fills it
  const int answer = retry([&] { return ::statx(directory, name, flags, STATX_BASIC_STATS, &x); });
  if (answer != 0) return false;
  info.kind = kind_of_mode(x.stx_mode);
  info.mode = x.stx_mode & 07777U;
  info.size = x.stx_size;
  info.mtime_ns = x.stx_mtime.tv_sec * 1'000'000'000 + x.stx_mtime.tv_nsec;
  info.ctime_ns = x.stx_ctime.tv_sec * 1'000'000'000 + x.stx_ctime.tv_nsec;
  info.inode = x.stx_ino;
  info.device = (std::uint64_t{x.stx_dev_major} << 32) | x.stx_dev_minor;
  info.links = x.stx_nlink;
  info.blocks = x.stx_blocks;
  info.owner = x.stx_uid;
  return true;
}

Result<std::optional<FileInfo>> file_info(const std::filesystem::path& path) {
  FileInfo info;
  if (stat_at(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, info)) return std::optional(info);
  if (absent()) return std::optional<FileInfo>();
  return cannot("cannot look at a path", path);
}

Result<FileInfo> file_info(int fd) {
  FileInfo info;
  if (!stat_at(fd, "", AT_EMPTY_PATH, info)) return cannot("cannot look at an open file", "");
  return info;
}

bool exists(const std::filesystem::path& path) { return ::access(path.c_str(), F_OK) == 0; }

Result<std::vector<DirectoryEntry>> list_directory(const std::filesystem::path& path) {
  const auto close = [](DIR* open) { ::closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> directory(::opendir(path.c_str()), close);
  if (!directory) return cannot("cannot list a directory", path);
  std::vector<DirectoryEntry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    base::FileKind kind = kind_of_entry(entry->d_type);
    if (FileInfo info; entry->d_type == DT_UNKNOWN &&
                       stat_at(::dirfd(directory.get()), entry->d_name, AT_SYMLINK_NOFOLLOW, info)) {
      kind = info.kind;
    }
    entries.push_back({std::string(name), kind});
  }
  if (errno != 0) return cannot("cannot list a directory", path);
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return entries;
}

Result<> make_directories(const std::filesystem::path& path, unsigned mode) {
  if (path.empty() || ::mkdir(path.c_str(), mode) == 0) return {};
  if (errno == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    LAMELLA_TRY(make_directories(path.parent_path(), mode));
    if (::mkdir(path.c_str(), mode) == 0) return {};
  }
  const int failure = errno;
  struct stat info {};
  if (failure == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
  return system_error(failure, "cannot make a directory", path);
}

Result<> remove_path(const std::filesystem::path& path) {
  if (::remove(path.c_str()) == 0 || absent()) return {};
  return cannot("cannot remove", path);
}

Result<> rename_path(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return cannot("cannot move " + from.string(), to);
}

Result<bool> rename_if_absent(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  return cannot("cannot move " + from.string(), to);
}

Result<> make_hard_link(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::link(from.c_str(), to.c_str()) == 0) return {};
  return cannot("cannot link " + from.string(), to);
}

Result<> make_symlink(const std::string& target, const std::filesystem::path& path) {
  if (::symlink(target.c_str(), path.c_str()) == 0) return {};
  return cannot("cannot make a symbolic link", path);
}

Result<std::string> read_symlink(const std::filesystem::path& path) {
  std::string target(256, '\0');
  while (true) {
    const ssize_t n = ::readlink(path.c_str(), target.data(), target.size());
    if (n < 0) return cannot("cannot read a symbolic link", path);
    if (static_cast<std::size_t>(n) < target.size()) {
      target.resize(static_cast<std::size_t>(n));
      return target;
    }
    target.resize(target.size() * 2);
  }
}

Result<> set_mode(const std::filesystem::path& path, unsigned mode) {
  if (::chmod(path.c_str(), mode) == 0) return {};
  return cannot("cannot set the permissions", path);
}

Result<> set_mtime(const std::filesystem::path& path, std::int64_t mtime_ns) {
  const timespec time{.tv_sec = mtime_ns / 1'000'000'000, .tv_nsec = mtime_ns % 1'000'000'000};
  const timespec times[2] = {time, time};
  if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return cannot("cannot set the time", path);
}

Result<> sync_directory(const std::filesystem::path& path) {
  LAMELLA_TRY_ASSIGN(const UniqueFd fd, open_directory(path));
  if (::fsync(fd.get()) != 0) return cannot("cannot bring a directory to the disk", path);
  return {};
}

}  // namespace lamella::os
