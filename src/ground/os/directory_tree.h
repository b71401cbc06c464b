// SPDX-License-Identifier: Apache-2.0
//
// A directory of the file system as a base::FileTree.  No path leads out of it: links on the way are not
// followed, ".." and absolute paths are kUsage.  Reading a symbolic link gives its target text, as git does.
//
// Threads: as FileTree.  Errors: io; kUsage for a path that is none; kRejected when reading a FIFO or device.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::os {

class DirectoryTree final : public base::FileTree {
 public:
  explicit DirectoryTree(std::filesystem::path root) : root_(std::move(root)) {}

  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override;
  Result<std::vector<std::optional<base::TreeEntry>>> stat_each(
      std::string_view folder, std::span<const std::string_view> names) const override;
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override;
  Result<std::optional<std::string>> read(std::string_view path) const override;

  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace lamella::os
