// SPDX-License-Identifier: Apache-2.0
//
// Names: what is at a path, and making, moving and removing it.  No function here follows a symbolic
// link in the last component.  Absence is not an error where a function says so.
//
// Threads: any.  Errors: io with the fact "errno".
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::os {

struct FileInfo {
  base::FileKind kind = base::FileKind::kOther;
  std::uint32_t mode = 0;  ///< permission bits, 07777
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint64_t links = 0;
  std::uint64_t blocks = 0;  ///< allocated, in units of 512 bytes
  std::uint32_t owner = 0;

  bool operator==(const FileInfo&) const = default;
};

/// What is at `path`, a link itself; nullopt if nothing is.
Result<std::optional<FileInfo>> file_info(const std::filesystem::path& path);
Result<FileInfo> file_info(int fd);
/// True if something can be reached at `path`, links followed.
bool exists(const std::filesystem::path& path);

struct DirectoryEntry {
  std::string name;
  base::FileKind kind = base::FileKind::kOther;
};
/// The entries without "." and "..", sorted bytewise.
Result<std::vector<DirectoryEntry>> list_directory(const std::filesystem::path& path);

/// Makes the directory and its parents; being there already is success.
Result<> make_directories(const std::filesystem::path& path, unsigned mode = 0755);
/// Removes a file, link or empty directory; absence is success.
Result<> remove_path(const std::filesystem::path& path);
/// Removes everything at `path`, read-only directories too, never through a link; absence is success.
Result<> remove_tree(const std::filesystem::path& path);

/// Replaces `to`.
Result<> rename_path(const std::filesystem::path& from, const std::filesystem::path& to);
/// False if `to` is there already, which then stays as it is.
Result<bool> rename_if_absent(const std::filesystem::path& from, const std::filesystem::path& to);
Result<> make_hard_link(const std::filesystem::path& from, const std::filesystem::path& to);
Result<> make_symlink(const std::string& target, const std::filesystem::path& path);
Result<std::string> read_symlink(const std::filesystem::path& path);
Result<> set_mode(const std::filesystem::path& path, unsigned mode);
/// Sets access and modification time.
Result<> set_mtime(const std::filesystem::path& path, std::int64_t mtime_ns);
/// fsync of a directory: makes renames in it last.
Result<> sync_directory(const std::filesystem::path& path);

}  // namespace lamella::os
