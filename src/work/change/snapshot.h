// SPDX-License-Identifier: Apache-2.0
//
// A workspace's files at one moment: a commit of its repository, or the working tree.  Beside what a FileTree
// tells, files have an identity, so that two snapshots can be compared without reading what is equal.
//
// Invariants (git_repository_test.cc)
//   I1 two files of one repository have the same id if and only if their content is the same, as git counts
//      it.
//   I2 a folder_id() that is the same on both sides means equal files below, links not followed.
//   I3 nothing of the repository is run or written: no hook, filter, text conversion or helper program.
//
// Threads: const methods may be called from any thread.
// Errors: usage (an object that a shallow or partial clone lacks), rejected (a tree that no git would write),
// io.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::change {

/// The name git gives to content: SHA-1 over its kind, its size and its bytes.
using ContentId = std::array<std::byte, 20>;

struct SnapshotFile {
  std::string path;  ///< relative to the workspace
  base::FileKind kind = base::FileKind::kFile;
  bool executable = false;
  bool tracked = true;          ///< git knows it
  std::optional<ContentId> id;  ///< where it costs nothing; else ask identify()
};

/// Files and links, sorted, left-overs (leftovers.h) left out.
struct SnapshotFolder {
  std::vector<SnapshotFile> files;
  std::optional<ContentId> id;  ///< as folder_id()
};

class Snapshot : public base::FileTree {
 public:
  /// For sentences: "commit 1a2b3c4", "the working tree".
  virtual std::string name() const = 0;
  /// Everything at or below `path`, and one id for it all where that costs little more; empty if nothing is
  /// there.
  virtual Result<SnapshotFolder> folder(std::string_view path) const = 0;
  Result<std::vector<SnapshotFile>> files(std::string_view path) const {
    LAMELLA_TRY_ASSIGN(SnapshotFolder found, folder(path));
    return std::move(found.files);
  }
  virtual Result<ContentId> identify(const SnapshotFile& file) const = 0;
  /// One id for all that is at or below `path`, where it can be told without a listing.
  virtual Result<std::optional<ContentId>> folder_id(std::string_view path) const = 0;
  /// As folder().id, of a folder that holds files alone: what a link leads to may lie elsewhere.
  virtual Result<std::optional<ContentId>> plain_id(std::string_view path) const {
    LAMELLA_TRY_ASSIGN(const SnapshotFolder found, folder(path));
    const bool plain = std::all_of(found.files.begin(), found.files.end(), [](const SnapshotFile& file) {
      return file.kind == base::FileKind::kFile;
    });
    return plain ? found.id : std::nullopt;
  }
};

}  // namespace lamella::change
