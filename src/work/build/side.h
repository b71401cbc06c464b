// SPDX-License-Identifier: Apache-2.0
//
// One side of a comparison: a workspace as one snapshot has it, with its locks and rules.  Nothing is
// resolved, fetched or run; what a side lacks, it lacks.
//
// Errors of read_side(): those of reading requirements and locks, unless they are tolerated: a past that was
// broken cannot be mended any more, and counts as having no lock.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "build/external_lock.h"
#include "build/rules_lock.h"
#include "change/shared_snapshot.h"
#include "model/artifact.h"
#include "model/workspace.h"
#include "os/thread_pool.h"
#include "resolve/lock.h"
#include "resolve/lock_group.h"

namespace lamella::build {

/// A layer in one target, or a function.
struct ArtifactName {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;

  /// "layer core".
  std::string node() const;
  auto operator<=>(const ArtifactName&) const = default;
};

struct SideGroup {
  resolve::LockGroup group;
  std::optional<resolve::LockFile> lock;
  std::vector<Reason> stale;  ///< why the lock does not answer the requirements
  std::string file;           ///< where the lock stands, or will stand
  /// What each member asks for itself, canonical and sorted.
  std::map<std::pair<model::ArtifactKind, std::string>, std::vector<std::string>> requirements;
};

struct Side {
  const change::Snapshot* tree = nullptr;
  std::optional<model::Workspace> workspace;  ///< nullopt: there was none
  std::vector<SideGroup> groups;
  RulesLock rules;
  ExternalLock externals;
  std::vector<Reason> troubles;  ///< what was tolerated
  change::PlainIds plain_ids;    ///< of the folders it is made of, where known: note_plain_ids()

  const SideGroup* group_of(const ArtifactName& artifact) const;

  std::map<ArtifactName, std::size_t> group_index;
};

enum class Broken { kRefused, kTolerated };

/// `tree` must outlive the side.
Result<Side> read_side(const change::Snapshot& tree, model::Workspace workspace, Broken broken,
                       os::ThreadPool& pool);
/// Looks at every folder that `side` is made of.
Result<> note_plain_ids(Side& side, os::ThreadPool& pool, std::stop_token stop);

}  // namespace lamella::build
