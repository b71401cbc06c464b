// SPDX-License-Identifier: Apache-2.0
//
// A tree in use: as long as one of its copies lives, no `cache prune` takes the tree away.  Where the file
// system has no locks on folders, only its age keeps it: that it was held within the grace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/digest.h"
#include "base/result.h"
#include "os/folder_lock.h"

namespace lamella::trees {

class Tree {
 public:
  /// The folder at `place`; nullopt if there is none.  Its age starts anew.
  static Result<std::optional<Tree>> hold(const Digest& name, const std::filesystem::path& place);

  const Digest& name() const { return name_; }
  const std::filesystem::path& path() const { return path_; }
  std::uint64_t inode() const { return inode_; }

 private:
  Tree(Digest name, std::filesystem::path path, std::uint64_t inode)
      : name_(name), path_(std::move(path)), inode_(inode) {}

  Digest name_;  ///< of the zip, or of the layers that are merged
  std::filesystem::path path_;
  std::uint64_t inode_;
  std::shared_ptr<const os::FolderLock> lock_;
};

}  // namespace lamella::trees
