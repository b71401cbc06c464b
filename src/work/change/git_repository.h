// SPDX-License-Identifier: Apache-2.0
//
// The git repository a workspace lies in: revisions by name, and the workspace at each of them as a Snapshot.
//
// Invariants (git_repository_test.cc)
//   I1 nothing of the repository is run: hooks, filters, text conversions, fsmonitor and remotes are left
//      alone.
//   I2 a name that looks like an option or holds a control character is refused before git sees it.
//
// Works with a workspace in a subfolder, linked work trees, a detached HEAD, submodules that are checked out,
// and shallow clones as far as their commits reach.
//
// Threads: one; its snapshots from any.  The repository must outlive its snapshots.
// Errors: usage, each with what to do (no repository, foreign owner, unknown or ambiguous revision, history
// that a shallow clone lacks); tool-missing.
//
//   LAMELLA_TRY_ASSIGN(const auto repository, GitRepository::find(workspace));
//   LAMELLA_TRY_ASSIGN(const auto before, repository->at(revision));
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "change/snapshot.h"

namespace lamella::change {

struct Revision {
  std::string text;    ///< as it was asked for
  std::string commit;  ///< 40 hexadecimal digits

  std::string brief() const { return commit.substr(0, 12); }
};

class GitRepository {
 public:
  /// The repository that holds `folder`, the workspace's.
  static Result<std::unique_ptr<GitRepository>> find(const std::filesystem::path& folder);
  ~GitRepository();
  GitRepository(const GitRepository&) = delete;
  GitRepository& operator=(const GitRepository&) = delete;

  Result<Revision> revision(const std::string& text) const;
  Result<Revision> merge_base(const Revision& a, const Revision& b) const;

  /// The workspace as a commit has it; empty where the commit has no such folder.
  Result<std::unique_ptr<Snapshot>> at(const Revision& revision) const;
  /// The workspace as it lies on disk, tracked or not.
  Result<std::unique_ptr<Snapshot>> working_tree() const;

 private:
  struct State;
  explicit GitRepository(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace lamella::change
