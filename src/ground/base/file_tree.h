// SPDX-License-Identifier: Apache-2.0
//
// A tree of files to read: a working copy, a commit's git objects, an unpacked layer, a test's map.
// Paths are relative, with '/', without "." and "..".  Listings are sorted bytewise.
//
// Threads: const methods may be called from any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lamella::base {

enum class FileKind { kFile, kDirectory, kSymlink, kOther };

struct TreeEntry {
  std::string path;
  FileKind kind = FileKind::kFile;
  bool executable = false;
  std::uint64_t size = 0;
};

/// The path of `name` in `folder`, of which "" is the whole tree.
inline std::string path_in(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

class FileTree {
 public:
  virtual ~FileTree() = default;
  /// What is at `path` (a symbolic link is not followed), or nullopt.
  virtual Result<std::optional<TreeEntry>> stat(std::string_view path) const = 0;
  /// stat() of each of `names` in `folder`, which a tree on disk looks up once; nothing at all where `folder` is no
  /// directory that is reached without links.
  virtual Result<std::vector<std::optional<TreeEntry>>> stat_each(
      std::string_view folder, std::span<const std::string_view> names) const {
    std::vector<std::optional<TreeEntry>> found;
    for (const std::string_view name : names) {
      LAMELLA_TRY_ASSIGN(auto entry, stat(path_in(folder, name)));
      found.push_back(std::move(entry));
    }
    if (std::any_of(found.begin(), found.end(), [](const auto& one) { return one.has_value(); }))
      return found;
    LAMELLA_TRY_ASSIGN(const auto in, stat(folder));
    if (!in || in->kind != FileKind::kDirectory) found.clear();
    return found;
  }
  /// Every file and link below `path`, recursively, without directories; "" is the whole tree.
  virtual Result<std::vector<TreeEntry>> list(std::string_view path) const = 0;
  /// A file's content, or nullopt if there is none.
  virtual Result<std::optional<std::string>> read(std::string_view path) const = 0;
};

}  // namespace lamella::base
