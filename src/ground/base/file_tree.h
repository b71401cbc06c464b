// SPDX-License-Identifier: Apache-2.0
//
// A tree of files to read: a working copy, a commit's git objects, an unpacked layer, a test's map.
// Paths are relative, with '/', without "." and "..".  Listings are sorted bytewise.
//
// Threads: const methods may be called from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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

class FileTree {
 public:
  virtual ~FileTree() = default;
  /// What is at `path` (a symbolic link is not followed), or nullopt.
  virtual Result<std::optional<TreeEntry>> stat(std::string_view path) const = 0;
  /// Every file and link below `path`, recursively, without directories; "" is the whole tree.
  virtual Result<std::vector<TreeEntry>> list(std::string_view path) const = 0;
  /// A file's content, or nullopt if there is none.
  virtual Result<std::optional<std::string>> read(std::string_view path) const = 0;
};

}  // namespace lamella::base
