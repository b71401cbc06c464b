// SPDX-License-Identifier: Apache-2.0
//
// Unpacked layers and functions, and layers merged as at /opt: each made once, by digest, and then only
// mounted.  A merged tree shares its files with the trees it is made of (hard links), so everything below
// here is read-only and must be mounted read-only.
//
// Invariants (tree_store_test.cc)
//   I1 all or nothing: a tree appears under its name when every file of it is there.
//   I2 checked: a tree found on disk is compared, name by name and size by size, with its zip before it is
//      used for the first time; one that lacks something is made again.
//   I3 inside: nothing is ever written outside the tree's own folder, whatever the zip holds.
//   I4 later wins: of several layers that bring one path, the last in the list is what the merged tree shows.
//
// Threads and processes: any; two that make one tree at once both succeed.
// Errors: rejected (what ZipReader refuses; a path that is a file in one layer and a folder in another),
// limit, io.
//
//   TreeStore trees(cache);
//   LAMELLA_TRY_ASSIGN(const auto core, trees.unpack(zip_bytes, digest, archive::Profile::kUploaded));
//   LAMELLA_TRY_ASSIGN(const auto opt, trees.merge({core_digest, ml_digest}));
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <set>
#include <span>
#include <string>

#include "archive/zip_reader.h"
#include "base/digest.h"
#include "base/result.h"
#include "os/temp_directory.h"
#include "os/thread_pool.h"

namespace lamella::trees {

/// A file that a variant of a tree has besides.
struct Addition {
  std::filesystem::path file;
  std::string path;  ///< within the tree
};

class TreeStore {
 public:
  /// Keeps trees under `root`/trees and `root`/merged.
  explicit TreeStore(std::filesystem::path root) : root_(std::move(root)) {}

  /// The folder with the content of a zip whose SHA-256 is `digest`.
  Result<std::filesystem::path> unpack(std::span<const std::byte> zip, const Digest& digest,
                                       archive::Profile profile, os::ThreadPool& pool);

  /// The layers as /opt shows them.  REQUIRES: each was unpacked through this store or one on the same root.
  Result<std::filesystem::path> merge(std::span<const Digest> layers);

  /// A private copy of a tree (hard links) without some files and with others, each replacing what is at its
  /// place. It is removed with its owner.  REQUIRES: the files lie on the same file system as this store;
  /// `tree` may be "".
  Result<os::TempDirectory> variant(const std::filesystem::path& tree, std::span<const Addition> added,
                                    std::span<const std::string> removed) const;

  std::filesystem::path path_of(const Digest& digest) const;

 private:
  std::filesystem::path root_;
  std::mutex mutex_;
  std::set<Digest> checked_;  ///< guarded by mutex_: trees compared with their zip in this process
};

}  // namespace lamella::trees
