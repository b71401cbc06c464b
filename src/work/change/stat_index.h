// SPDX-License-Identifier: Apache-2.0
//
// What the last build looked at: path, size, times, inode and mode of every file and folder, with the
// SHA-256 of those that were read.  Asking whether anything changed opens nothing but the index.
//
// Invariants (stat_index_test.cc)
//   I1 never stale: a file whose size, mtime, ctime, inode or mode differs is read again; so is one that was
//      written so shortly before the index that its mtime could not tell a later write (as git does).
//   I2 never needed: a missing, foreign or damaged index is an empty one.
//   I3 replaced whole: readers see the old index or the new one.
//
// Paths are relative to the workspace's folder, or absolute for what lies outside (the interpreter).
// Threads: one.  Errors: io; usage where a file the workspace names is not there.
// On disk: docs/formats/index.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "os/file.h"

namespace lamella::change {

inline constexpr std::uint32_t kIndexSchema = 1;

class StatIndex {
 public:
  /// The index in `file` for the workspace in `root`; empty if there is none that can be used.
  static StatIndex load(const std::filesystem::path& root, const std::filesystem::path& file);

  /// True if everything recorded is as it was, and `request` is what the index was saved for.
  Result<bool> is_current(const std::string& request) const;

  /// The digest of a file's content, from the index where that can be trusted.
  Result<Digest> digest_of(const std::string& path);
  /// Records that `path` was consulted, by its metadata alone: a folder's listing, a binary.  Absence is
  /// recorded too.
  Result<> watch(const std::string& path);
  /// As watch(), for a file that is never written in place (a built zip), so that a fresh mtime says nothing.
  Result<> watch_immutable(const std::string& path);

  /// Keeps what digest_of() and watch() saw since load(), for `request`, and nothing older.
  Result<> save(const std::string& request) const;

 private:
  struct Row {
    bool present = false;
    bool immutable = false;
    os::FileInfo info;
    Digest digest;  ///< zero when the content was not read
  };
  Result<> record(const std::string& path, bool immutable);
  bool is_racy(const Row& row) const;
  bool decode(std::string_view bytes);
  std::string encode(const std::string& request) const;

  std::filesystem::path root_;
  std::filesystem::path file_;
  std::int64_t saved_ns_ = 0;  ///< the index file's own mtime
  std::string request_;
  std::map<std::string, Row> known_;  ///< as loaded
  std::map<std::string, Row> consulted_;
};

}  // namespace lamella::change
