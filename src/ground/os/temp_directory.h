// SPDX-License-Identifier: Apache-2.0
//
// A private directory (0700) that is removed with everything in it when its owner goes.  Its owner holds a lock on
// it, so that what a killed process left can be told from what is in use.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/folder_lock.h"

namespace lamella::os {

class TempDirectory {
 public:
  /// In the system's directory for temporary files.
  static Result<TempDirectory> create(std::string_view prefix = "lamella");
  /// In `parent`, which must exist: on the same file system as where things are renamed to.
  static Result<TempDirectory> create_in(const std::filesystem::path& parent,
                                         std::string_view prefix = "tmp");
  /// Those in `parent` that nobody owns any more and nobody touched for `age`; for whoever cleans up.
  static Result<std::vector<std::filesystem::path>> abandoned_in(const std::filesystem::path& parent,
                                                                 std::chrono::seconds age);
  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&& other) noexcept;
  ~TempDirectory();

  const std::filesystem::path& path() const { return path_; }
  /// Leaves the directory where it is, for looking at.
  std::filesystem::path keep();

 private:
  explicit TempDirectory(std::filesystem::path path);
  std::filesystem::path path_;
  std::optional<FolderLock> lock_;  ///< none where the file system has none; age alone protects it then
};

}  // namespace lamella::os
