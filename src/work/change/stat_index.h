// SPDX-License-Identifier: Apache-2.0
//
// What the last build looked at: path, size, times, inode and mode of every file and folder, with the
// SHA-256 of those that were read.  Asking whether anything changed opens nothing but the index; a folder's
// listing is not read again, since its mtime tells.
//
// Invariants (stat_index_test.cc)
//   I1 never stale: a file whose size, mtime, ctime, inode or mode differs is read again; so is one that was
//      written so shortly before the index that its mtime could not tell a later write (as git does).
//   I2 never needed: a missing, foreign or damaged index is an empty one.
//   I3 replaced whole: readers see the old index or the new one.
//   I4 what was looked at counts as it was at the first look: a later change is a change.
//
// Paths are relative to the workspace's folder, or absolute for what lies outside (the interpreter).
// Threads: one; changes() uses as many as there are processors for many files.
// Errors: io; usage where a file the workspace names is not there.
// On disk: docs/formats/index.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "change/stat_table.h"

namespace lamella::change {

/// What stood at a path at one moment.
struct Sighting {
  std::string path;
  std::optional<os::FileInfo> info;  ///< nullopt: nothing
};
/// A link counts by what it points to.
Result<Sighting> look(const std::filesystem::path& root, const std::string& path);
/// A usage error if what `path` leads to, links followed, lies outside the folder `root`.  Absence is fine.
Result<> stays_inside(const std::filesystem::path& root, const std::string& path);

class StatIndex {
 public:
  /// The index in `file` for the workspace in `root`; empty if there is none that can be used.
  static StatIndex load(const std::filesystem::path& root, const std::filesystem::path& file);

  /// True if everything recorded is as it was, and `request` is what the index was saved for.
  Result<bool> is_current(const std::string& request) const;
  /// The recorded paths that are not as they were, in no order; nullopt if the index was saved for another
  /// request, or is empty.  With `most`, a search that found so many ends.
  Result<std::optional<std::vector<std::string>>> changes(const std::string& request,
                                                          std::size_t most = SIZE_MAX) const;
  /// True if the file holds what was loaded, by its metadata.
  Result<bool> is_latest() const;

  /// The digest of a file's content, from the index where that can be trusted.  A link is followed within the
  /// workspace.
  /// `seen` is what a walk found there just now, of a file that is no link.
  Result<Digest> digest_of(const std::string& path, const os::FileInfo* seen = nullptr);
  /// Records that `path` was consulted, by its metadata alone: a folder's listing, a binary.  Absence is
  /// recorded too.
  Result<> watch(const std::string& path);
  /// As watch(), as it was when it was seen.
  void watch(const Sighting& seen);
  /// As watch(), though it was consulted before: for what we wrote ourselves.
  Result<> watch_again(const std::string& path) { return record(path, false); }
  /// As watch(), for a file that is never written in place (a built zip), so that a fresh mtime says nothing.
  Result<> watch_immutable(const std::string& path);
  /// save() keeps what was loaded, too, but for `changed` and what lies below `folder`: a caller who knows
  /// that all else is as it was need not consult it again.
  void keep_known(const std::vector<std::string>& changed, const std::string& folder);
  /// As watch_immutable(), for what has not been touched since a caller of keep_known() looked.
  Result<> keep(const std::string& path);

  /// What is no longer as it was at the first look: files by their content, where it is known; folders by
  /// their own times, which also tell of entries that do not matter.
  Result<std::vector<std::string>> moved() const;

  /// What save() writes answers no request from now on: something was consulted that no path tells of.
  void never_current() { never_current_ = true; }

  /// Keeps what digest_of() and watch() saw since load(), for `request`, and nothing older.
  Result<> save(const std::string& request) const;

 private:
  Result<> record(const std::string& path, bool immutable);
  void add_rows(StatTableWriter& writer) const;
  bool is_racy(const StatRow& row) const;
  Result<bool> is_as_it_was(const StatRow& row, const std::optional<os::FileInfo>& now,
                            const std::filesystem::path& path) const;
  Result<> look_at(const StatTable::Folder& folder, int root, std::vector<std::string>& changed) const;

  std::filesystem::path root_;
  std::filesystem::path file_;
  os::FileInfo loaded_;  ///< of the index file
  StatTable known_;      ///< as loaded
  std::map<std::string, StatRow, std::less<>> consulted_;
  bool keeps_known_ = false;
  bool never_current_ = false;
  using Names = std::set<std::string, std::less<>>;
  std::map<std::string, Names, std::less<>> dropped_;  ///< of known_, by folder, when it is kept
  std::string dropped_folder_;
};

}  // namespace lamella::change
