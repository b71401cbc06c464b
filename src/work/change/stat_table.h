// SPDX-License-Identifier: Apache-2.0
//
// The rows of .lamella/index as they lie on disk: an array by folder, used where it is mapped, so that
// asking about 100,000 files parses nothing.
//
// Invariants (stat_index_test.cc)
//   T1 a missing, foreign, older or damaged file is an empty table.
//   T2 what encode() wrote is found again, each path once.
//
// Threads: const methods from any thread.  On disk: docs/formats/index.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "os/file.h"

namespace lamella::change {

inline constexpr std::uint32_t kIndexSchema = 3;

/// What was seen at one path.
struct StatRow {
  bool present = false;
  bool immutable = false;  ///< never written in place
  os::FileInfo info;       ///< kind, mode, size, times and inode
  Digest digest;           ///< zero when the content was not read
};

/// A path in its parts: "a/b/c" is "a/b" and "c"; "/c" is "/" and "c"; "c" is "" and "c".
struct SplitPath {
  std::string_view folder;
  std::string_view name;
  explicit SplitPath(std::string_view path);
  SplitPath(std::string_view in, std::string_view called) : folder(in), name(called) {}
  auto operator<=>(const SplitPath&) const = default;
};

struct StatEntry {
  SplitPath path;
  StatRow row;
};

class StatTable {
 public:
  StatTable() = default;
  static StatTable open(const std::filesystem::path& file);

  bool empty() const { return rows_ == 0; }
  std::string_view request() const { return request_; }
  std::size_t rows() const { return rows_; }

  struct Folder {
    std::string_view path;
    std::size_t first = 0;  ///< rows [first, last) are its names, ascending
    std::size_t last = 0;
  };
  std::size_t folders() const { return folders_; }
  Folder folder(std::size_t number) const;
  /// The byte after it is NUL.
  std::string_view name(std::size_t row) const;
  StatRow row(std::size_t row) const;
  std::optional<StatRow> find(std::string_view path) const;

  /// REQUIRES: entries ascend by path, each once.
  static std::string encode(std::string_view request, const std::vector<StatEntry>& entries);

 private:
  bool read(std::string_view bytes);
  bool is_sound() const;
  std::string_view text(std::uint32_t offset, std::uint32_t size) const {
    return names_.substr(offset, size);
  }

  os::MappedFile file_;
  std::string_view request_;
  std::string_view folder_bytes_;
  std::string_view row_bytes_;
  std::string_view names_;
  std::size_t folders_ = 0;
  std::size_t rows_ = 0;
};

}  // namespace lamella::change
