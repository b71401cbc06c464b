// SPDX-License-Identifier: Apache-2.0
//
// .git/index, as a memory of content: a file whose size, times and inode are those that git noted has the
// content that git noted.  Only read, never written, and never needed: one that is absent, damaged or of a
// kind not known here is empty, and files are then hashed.
//
// Invariants (git_index_test.cc)
//   I1 a file that git would take for changed is never clean here; nor is one written so shortly before the
//   index
//      that its time could not tell a later write.
//   I2 no bytes of the file make reading leave its bounds.
//
// Threads: const methods from any thread.
// Format: index versions 2, 3 and 4, https://git-scm.com/docs/index-format
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "change/snapshot.h"
#include "os/file.h"

namespace lamella::change {

class GitIndex {
 public:
  /// One path that git tracks.
  class Entry {
   public:
    /// The byte after it is NUL.
    std::string_view path() const { return path_; }
    ContentId id() const;
    bool is_submodule() const;
    bool is_symlink() const;
    bool is_executable() const;
    /// Left out of the working tree on purpose (a sparse checkout).
    bool is_skipped() const { return skipped_; }

   private:
    friend class GitIndex;
    std::uint32_t field(std::size_t number) const;

    const char* record_ = nullptr;
    std::string_view path_;
    bool skipped_ = false;
  };

  GitIndex() = default;
  /// Empty when `file` cannot be used.
  static GitIndex load(const std::filesystem::path& file);

  bool empty() const { return entries_.empty(); }
  /// All entries whose path begins with `prefix`, in order; "" is all.
  std::span<const Entry> below(std::string_view prefix) const;
  const Entry* find(std::string_view path) const;

  /// The id of the tree that the entries below `folder` give, where git noted it, and how many entries these
  /// are.
  struct Folder {
    ContentId id;
    std::size_t entries = 0;
  };
  const Folder* folder(std::string_view path) const;

  /// True if the file has the content and the kind of `entry`, as far as can be told without reading it.
  bool is_clean(const Entry& entry, const os::FileInfo& info) const;

 private:
  bool read(std::string_view bytes);
  bool read_entry(std::string_view& rest, std::uint32_t version, std::string_view before);
  bool read_extensions(std::string_view rest);
  void read_trees(std::string_view bytes);

  os::MappedFile file_;
  std::int64_t saved_ns_ = 0;   ///< the index file's own mtime
  std::vector<Entry> entries_;  ///< sorted by path; conflicts and announced files left out
  std::map<std::string, Folder, std::less<>> folders_;
  std::deque<std::string> paths_;  ///< of version 4, which stores them cut
};

}  // namespace lamella::change
