// SPDX-License-Identifier: Apache-2.0
//
// The rows of .lamella/index as they lie on disk: an array by folder, used where it is mapped, so that
// asking about 100,000 files parses nothing.
//
// Invariants (stat_index_test.cc)
//   T1 a missing, foreign, older or damaged file is an empty table.
//   T2 what a writer wrote is found again, each path once.
//
// Threads: const methods from any thread.  On disk: docs/formats/index.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_stream.h"
#include "base/digest.h"
#include "base/result.h"
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
  /// Brings a folder's rows and names near the processor, before calls into the kernel between them would let each
  /// be waited for.
  void prefetch(const Folder& folder) const;
  /// The byte after it is NUL.
  std::string_view name(std::size_t row) const;
  StatRow row(std::size_t row) const;
  std::optional<StatRow> find(std::string_view path) const;

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

/// Writes a table, row by row, so that nothing of it is held twice.
class StatTableWriter {
 public:
  /// `rows` is about how many will come.
  explicit StatTableWriter(std::size_t rows);
  /// REQUIRES: `path` is behind every one before it.
  void add(const SplitPath& path, const StatRow& row);
  Result<> finish(std::string_view request, base::ByteSink& out) &&;

 private:
  std::uint32_t keep(std::string_view text);
  void end_folder();

  std::string folders_;
  std::string rows_;
  std::string names_;
  std::string folder_;  ///< of the last row
  std::uint32_t count_ = 0;
  std::uint32_t first_in_folder_ = 0;
  std::uint32_t folder_at_ = 0;
};

}  // namespace lamella::change
