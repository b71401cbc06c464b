// SPDX-License-Identifier: Apache-2.0
//
// A folder of a commit as a Snapshot, out of git's objects.  For the sources of this room only.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "change/snapshot.h"

struct git_repository;

namespace lamella::change {

/// What all commit trees of one repository share.
struct CommitTrees {
  git_repository* repository = nullptr;
  std::filesystem::path top;  ///< of the working tree, where submodules are checked out
  mutable std::mutex mutex;   ///< held while libgit2 works with the repository
};

/// `trees` must outlive it.  Errors: usage when the commit or its tree is not there.
Result<std::unique_ptr<Snapshot>> open_commit(const CommitTrees& trees, const std::string& commit,
                                              const std::string& prefix);

}  // namespace lamella::change
