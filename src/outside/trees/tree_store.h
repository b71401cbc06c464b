// SPDX-License-Identifier: Apache-2.0
//
// Unpacked layers and functions, and layers merged as at /opt: each made once, by digest, and then only
// mounted by whoever holds it (tree.h).  A merged tree shares its files with the trees it is made of (hard links), so everything below
// here is read-only and must be mounted read-only.
//
// Invariants (tree_store_test.cc)
//   I1 all or nothing: a tree appears under its name when every file of it is there.
//   I2 checked: a tree found on disk is held against its zip before this store hands it out for the first
//      time: names, kinds, modes, sizes and the CRC-32 of every byte, nothing less and nothing more.  A merged
//      tree is held against the trees, file by file.  What differs is set aside and made again.
//   I3 inside: nothing is ever written outside the tree's own folder, whatever the zip holds.
//   I4 later wins: of several layers that bring one path, the last in the list is what the merged tree shows.
//
// Threads and processes: any; two that make one tree at once both succeed.
// Emits "cache.damaged", a warning, for a tree that was damaged.
// Errors: rejected (what ZipReader refuses; a path that is a file in one layer and a folder in another),
// limit, io.
//
//   TreeStore trees(cache);
//   LAMELLA_TRY_ASSIGN(const Tree core, trees.unpack(zip_bytes, digest, archive::Profile::kUploaded, pool));
//   const Tree layers[] = {core, ml};
//   LAMELLA_TRY_ASSIGN(const Tree opt, trees.merge(layers));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>

#include "archive/zip_reader.h"
#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "os/temp_directory.h"
#include "os/thread_pool.h"
#include "trees/tree.h"

namespace lamella::trees {

/// A file that a variant of a tree has besides.
struct Addition {
  std::filesystem::path file;
  std::string path;  ///< within the tree
};

class TreeStore {
 public:
  /// Keeps trees under `root`/trees and `root`/merged; damaged ones go to `root`/quarantine.
  explicit TreeStore(std::filesystem::path root, EventSink& events = base::no_events())
      : root_(std::move(root)), events_(events) {}

  /// The folder with the content of a zip whose SHA-256 is `digest`.
  Result<Tree> unpack(std::span<const std::byte> zip, const Digest& digest, archive::Profile profile,
                      os::ThreadPool& pool);

  /// The layers as /opt shows them.  REQUIRES: each was unpacked through this store; there is one at least.
  Result<Tree> merge(std::span<const Tree> layers);

  /// A private copy of a tree (hard links) without some files and with others, each replacing what is at its
  /// place. It is removed with its owner.  REQUIRES: the files lie on the same file system as this store;
  /// `tree` may be "".
  Result<os::TempDirectory> variant(const std::filesystem::path& tree, std::span<const Addition> added,
                                    std::span<const std::string> removed) const;

  std::filesystem::path path_of(const Digest& digest) const;

 private:
  /// True if this very folder was checked, or made, through this store.
  bool is_checked(const Tree& tree);
  void remember(const Digest& name, std::uint64_t inode);
  /// Puts a finished folder under its name, unless somebody else's is there.
  Result<> publish(os::TempDirectory folder, const Digest& name, const std::filesystem::path& place);

  std::filesystem::path root_;
  EventSink& events_;
  std::mutex mutex_;
  std::map<Digest, std::uint64_t> checked_;  ///< guarded by mutex_: the folder's inode
};

}  // namespace lamella::trees
