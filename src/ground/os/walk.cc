// SPDX-License-Identifier: Apache-2.0
//
// Breadth first: all directories of one depth are read side by side.  Each is opened by its path from the
// root, one resolution per directory; its entries, the many, are looked at by name through it.
#include "os/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "os/file_info.h"
#include "os/retry.h"
#include "os/system_error.h"
#include "os/walk_from.h"

namespace lamella::os {
namespace {

/// What reading one directory found.
struct Found {
  std::vector<WalkEntry> entries;
  std::vector<std::string> directories;
};

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class Walker {
 public:
  Walker(int root, const std::filesystem::path& shown, const WalkOptions& options)
      : root_(root), shown_(shown), options_(options) {}

  Result<Found> read(const std::string& path) const {
    Found found;
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const int fd = retry([&] { return ::openat(root_, path.empty() ? "." : path.c_str(), flags); });
    if (fd < 0) {
      if (!path.empty() && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) return found;
      return system_error(errno, "cannot open a directory", shown_ / path);
    }
    const std::unique_ptr<DIR, CloseDirectory> directory(::fdopendir(fd));
    if (!directory) {
      ::close(fd);
      return system_error(errno, "cannot list a directory", shown_ / path);
    }
    errno = 0;
    while (const dirent* entry = ::readdir(directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") {
        LAMELLA_TRY(
            look_at(fd, *entry, path.empty() ? std::string(name) : path + "/" + std::string(name), found));
      }
      errno = 0;
    }
    if (errno != 0) return system_error(errno, "cannot list a directory", shown_ / path);
    return found;
  }

 private:
  Result<> look_at(int directory, const dirent& entry, std::string path, Found& found) const {
    base::FileKind kind = kind_of_entry(entry.d_type);
    FileInfo info;
    const bool wanted = kind != base::FileKind::kDirectory || options_.directories;
    if (wanted || entry.d_type == DT_UNKNOWN) {
      if (!stat_at(directory, entry.d_name, AT_SYMLINK_NOFOLLOW, info)) {
        if (errno == ENOENT) return {};
        return system_error(errno, "cannot look at a path", shown_ / path);
      }
      kind = info.kind;
    }
    if (options_.skip && options_.skip(path, kind)) return {};
    if (kind == base::FileKind::kDirectory) {
      found.directories.push_back(path);
      if (!options_.directories) return {};
    }
    found.entries.push_back({std::move(path), info});
    return {};
  }

  int root_;
  const std::filesystem::path& shown_;
  const WalkOptions& options_;
};

}  // namespace

Result<std::vector<WalkEntry>> walk_from(int root, const std::filesystem::path& shown,
                                         const WalkOptions& options, std::stop_token stop) {
  const Walker walker(root, shown, options);
  std::vector<WalkEntry> entries;
  std::vector<std::string> level = {""};
  while (!level.empty()) {
    std::vector<Found> found(level.size());
    const auto read = [&](std::size_t i) -> Result<> {
      LAMELLA_TRY_ASSIGN(found[i], walker.read(level[i]));
      return {};
    };
    if (options.pool && level.size() > 1) {
      LAMELLA_TRY(options.pool->parallel_for(level.size(), read, stop));
    } else {
      for (std::size_t i = 0; i < level.size(); ++i) {
        if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted").at(shown.string());
        LAMELLA_TRY(read(i));
      }
    }
    level.clear();
    for (Found& one : found) {
      std::move(one.entries.begin(), one.entries.end(), std::back_inserter(entries));
      std::move(one.directories.begin(), one.directories.end(), std::back_inserter(level));
    }
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return entries;
}

Result<std::vector<WalkEntry>> walk(const std::filesystem::path& root, const WalkOptions& options,
                                    std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const UniqueFd fd, open_directory(root));
  return walk_from(fd.get(), root, options, std::move(stop));
}

}  // namespace lamella::os
