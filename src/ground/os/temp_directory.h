// SPDX-License-Identifier: Apache-2.0
//
// A private directory (0700) that is removed with everything in it when its owner goes.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace lamella::os {

class TempDirectory {
 public:
  /// In the system's directory for temporary files.
  static Result<TempDirectory> create(std::string_view prefix = "lamella");
  /// In `parent`, which must exist: on the same file system as where things are renamed to.
  static Result<TempDirectory> create_in(const std::filesystem::path& parent,
                                         std::string_view prefix = "tmp");
  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&& other) noexcept;
  ~TempDirectory();

  const std::filesystem::path& path() const { return path_; }
  /// Leaves the directory where it is, for looking at.
  std::filesystem::path keep();

 private:
  explicit TempDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace lamella::os
