// SPDX-License-Identifier: Apache-2.0
//
// Finds a group's lock.  Groups change their names and members while nothing is required differently: a layer
// beside them makes two groups of one, the project or a layer is renamed, a function brings two groups
// together.  What was chosen stays chosen, so where a group's own file lacks what members ask for, the other
// files of locks/ that name it serve.
//
// Invariants (lock_finder_test.cc)
//   F1 a group's own file, where it knows every member that asks for something, is read alone.
//   F2 a file of another name that was made from the same inputs is the group's lock.
//   F3 otherwise what is found is stale, and holds the versions of all files that name what members ask for;
//      of two for one package the group's own counts, then the file that answers for more.
//   F4 files whose members still are where they were are left alone, as are those not called as Lamella does.
//
// Threads: find() from any.  Errors: those of load_lock(); other files that cannot be read as locks are passed over.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/reason.h"
#include "base/result.h"
#include "model/workspace.h"
#include "resolve/lock.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {

struct FoundLock {
  LockFile lock;
  std::vector<Reason> stale;  ///< why it does not answer
  std::string file;           ///< where it stands, or most of it
};

class LockFinder {
 public:
  /// Both must outlive it.
  LockFinder(const base::FileTree& tree, const model::Workspace& workspace)
      : tree_(tree), workspace_(workspace) {}

  /// nullopt: nothing of it was ever locked.
  Result<std::optional<FoundLock>> find(const LockInputs& inputs);

 private:
  struct File {
    std::string path;
    std::string text;
    std::optional<LockGroup> group;  ///< that it is the lock of; none: its group is no more
    std::optional<LockFile> lock{};  ///< once it was parsed
    bool foreign = false;            ///< it is no lock that Lamella called so
  };
  struct Match;

  Result<> read_files();
  const LockFile* lock_in(File& file);
  std::optional<Match> match(File& file, const std::vector<const RootInputs*>& wanted,
                             const model::Target& target);
  std::vector<Match> matches(const LockInputs& inputs, const std::vector<const RootInputs*>& wanted);

  const base::FileTree& tree_;
  const model::Workspace& workspace_;
  std::mutex mutex_;
  std::optional<std::vector<File>> files_;  // guarded by mutex_
};

/// True if `lock` is called as its group and target want it: what `path` holds was written there by Lamella.
bool is_called(const LockFile& lock, std::string_view path);

/// The lock files that a workspace may have for what ships and for its tests, by path.
std::map<std::string, LockGroup> lock_files(const model::Workspace& workspace);

}  // namespace lamella::resolve
