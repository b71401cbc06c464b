// SPDX-License-Identifier: Apache-2.0
//
// A folder that a sandboxed step may write: what the step is given is copied in, and what it left is looked at.
// Internal to the room.
//
// The sandbox's user is another when we are root, so that all in it is open to all and belongs to that user, as it does
// when we are an ordinary one; the folder above must not be open.
//
// Invariants (source_build_test.cc, command_output_test.cc)
//   K1 what is copied in has the digest it is known by.
//   K2 nothing outside is reached through what the step left: a link on any part of a way is told, not followed.
//
// Threads: one, and none while the step runs.  Errors: conflict (a file moved meanwhile), io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/directory.h"
#include "package/recipe.h"

namespace lamella::package {

/// 1980-01-01, as every zip of ours has it.
inline constexpr std::int64_t kEpochSeconds = 315532800;

class Workbench {
 public:
  /// What a step left at a path.
  struct Left {
    std::optional<os::FileInfo> info;  ///< nullopt: nothing is there
    std::string
        link;  ///< the first part of the way that is a symbolic link; what is behind it is not looked at
  };

  enum class Dates { kNow, kFixed };

  /// REQUIRES: `folder` is not there; the one above lets nobody else in.
  static Result<Workbench> create(std::filesystem::path folder, Dates dates);

  const std::filesystem::path& path() const { return path_; }

  /// Makes a folder that the step may write, by its path on the bench, and those above it.
  Result<> add_folder(const std::filesystem::path& below) const;
  Result<> write(const std::string& name, std::string_view bytes, bool executable) const;
  /// Copies `file` to its name below `folder`, "" for the bench itself.
  Result<> copy(const LocalFile& file, const std::string& folder = {}) const;

  /// REQUIRES: `path` is relative and has no "..".
  Result<Left> left_at(const std::filesystem::path& path) const;

 private:
  Workbench(std::filesystem::path path, Dates dates) : path_(std::move(path)), dates_(dates) {}

  std::filesystem::path path_;
  Dates dates_;
};

/// The end of what a step said, from the start of a line.
std::string last_words(std::string_view said, std::size_t most);

}  // namespace lamella::package
