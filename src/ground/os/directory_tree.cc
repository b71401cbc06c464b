// SPDX-License-Identifier: Apache-2.0
#include "os/directory_tree.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/fd.h"
#include "os/file.h"
#include "os/file_info.h"
#include "os/retry.h"
#include "os/system_error.h"
#include "os/walk_from.h"

namespace lamella::os {
namespace {

/// The names of a relative path; "" has none.
Result<std::vector<std::string>> names_of(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    if (name.empty() || name == "." || name == ".." || name.find('\0') != std::string_view::npos) {
      return Error(ErrorCode::kUsage, "this is no path within a tree")
          .at(base::escaped(path))
          .because("paths are relative, without \".\", \"..\" and empty parts");
    }
    names.emplace_back(name);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return names;
}

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool says_absent(int number) { return number == ENOENT || number == ENOTDIR || number == ELOOP; }

/// The way `names` in one call, for kernels and sandboxes that have it; else -1, with an errno that is not
/// says_absent().
int open_at_once(int root, std::span<const std::string> names) {
  std::string path;
  for (const std::string& name : names) path += (path.empty() ? "" : "/") + name;
  open_how how{.flags = kDirectory, .mode = 0, .resolve = RESOLVE_NO_SYMLINKS};
  return static_cast<int>(
      retry([&] { return ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how); }));
}

/// The directory `names` lead to, without following a link; an empty descriptor if there is none.
Result<UniqueFd> descend(const std::filesystem::path& root, std::span<const std::string> names) {
  LAMELLA_TRY_ASSIGN(UniqueFd at, open_directory(root));
  if (names.size() > 1) {
    UniqueFd last(open_at_once(at.get(), names));
    if (last || says_absent(errno)) return last;
  }
  for (const std::string& name : names) {
    UniqueFd next(retry([&] { return ::openat(at.get(), name.c_str(), kDirectory); }));
    if (!next) {
      if (says_absent(errno)) return UniqueFd();
      return system_error(errno, "cannot open a directory", root / name);
    }
    at = std::move(next);
  }
  return at;
}

base::TreeEntry entry_of(std::string path, const FileInfo& info) {
  const bool executable = info.kind == base::FileKind::kFile && (info.mode & 0100U) != 0;
  return {std::move(path), info.kind, executable, info.size};
}

/// What is at `name` in `directory`, which may be none.  REQUIRES: `path` is that name's, below `root`.
Result<std::optional<base::TreeEntry>> stat_in(const UniqueFd& directory, const std::string& name,
                                               const std::filesystem::path& root, std::string path) {
  if (!directory) return std::optional<base::TreeEntry>();
  FileInfo info;
  if (stat_at(directory.get(), name.c_str(), AT_SYMLINK_NOFOLLOW, info))
    return std::optional(entry_of(std::move(path), info));
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<base::TreeEntry>();
  return system_error(errno, "cannot look at a path", root / path);
}

}  // namespace

Result<std::optional<base::TreeEntry>> DirectoryTree::stat(std::string_view path) const {
  LAMELLA_TRY_ASSIGN(auto names, names_of(path));
  const std::string last = names.empty() ? "." : names.back();
  if (!names.empty()) names.pop_back();
  LAMELLA_TRY_ASSIGN(const UniqueFd directory, descend(root_, names));
  return stat_in(directory, last, root_, std::string(path));
}

Result<std::vector<std::optional<base::TreeEntry>>> DirectoryTree::stat_each(
    std::string_view folder, std::span<const std::string_view> names) const {
  LAMELLA_TRY_ASSIGN(const auto way, names_of(folder));
  LAMELLA_TRY_ASSIGN(const UniqueFd directory, descend(root_, way));
  std::vector<std::optional<base::TreeEntry>> found;
  if (!directory) return found;
  for (const std::string_view name : names) {
    const std::string path = base::path_in(folder, name);
    LAMELLA_TRY(names_of(path));
    LAMELLA_TRY_ASSIGN(auto entry, stat_in(directory, std::string(name), root_, path));
    found.push_back(std::move(entry));
  }
  return found;
}

Result<std::vector<base::TreeEntry>> DirectoryTree::list(std::string_view path) const {
  LAMELLA_TRY_ASSIGN(const auto names, names_of(path));
  LAMELLA_TRY_ASSIGN(const UniqueFd directory, descend(root_, names));
  std::vector<base::TreeEntry> entries;
  if (!directory) return entries;
  LAMELLA_TRY_ASSIGN(auto walked, walk_from(directory.get(), root_ / path, {}, {}));
  const std::string prefix = path.empty() ? "" : std::string(path) + "/";
  for (WalkEntry& entry : walked) entries.push_back(entry_of(prefix + entry.path, entry.info));
  return entries;
}

Result<std::optional<std::string>> DirectoryTree::read(std::string_view path) const {
  LAMELLA_TRY_ASSIGN(const auto entry, stat(path));
  if (!entry || entry->kind == base::FileKind::kDirectory) return std::optional<std::string>();
  if (entry->kind == base::FileKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(auto target, os::read_symlink(root_ / path));
    return std::optional(std::move(target));
  }
  if (entry->kind != base::FileKind::kFile) {
    return Error(ErrorCode::kRejected, "this is not a regular file").at((root_ / path).string());
  }
  LAMELLA_TRY_ASSIGN(auto names, names_of(path));
  const std::string last = names.back();
  names.pop_back();
  LAMELLA_TRY_ASSIGN(const UniqueFd directory, descend(root_, names));
  const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const UniqueFd fd(directory ? retry([&] { return ::openat(directory.get(), last.c_str(), flags); }) : -1);
  if (!fd) return system_error(directory ? errno : ENOENT, "cannot open a file", root_ / path);
  LAMELLA_TRY_ASSIGN(auto text, read_to_end(fd.get()));
  return std::optional(std::move(text));
}

}  // namespace lamella::os
