// SPDX-License-Identifier: Apache-2.0
//
// What a lock is made from: the requirements of every member of a group and the settings that can change
// the answer.  Their digest is written into the lock, so that being out of date is known without asking
// any index.
//
// Errors: as config::read_requirements().  Threads: pure but for reading `tree`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file_tree.h"
#include "base/result.h"
#include "config/requirements_file.h"
#include "model/workspace.h"
#include "resolve/lock_group.h"

namespace lamella::resolve {

enum class RootKind { kLayer, kFunction, kBuild };
/// "layer", "function", or "build" for what building an in-repo project or a source distribution needs.
std::string_view to_string(RootKind kind);

struct RootInputs {
  RootKind kind = RootKind::kLayer;
  std::string name;
  config::RequirementsFile requirements;
  bool no_deps = false;                     ///< its requirements alone, without what they need
  std::vector<std::string> allow_source{};  ///< names that may be built from source for it, sorted

  /// Canonical texts of the requirements that come without what they need, where not all do; sorted.
  std::vector<std::string> alone() const;
  /// True if some line of it pins files by hash: then all that it gets must be pinned so.
  bool pinned() const;
  /// What it requires as canonical PEP 508 texts, sorted, each once.
  std::vector<std::string> canonical() const;
};

struct LockInputs {
  LockGroup group;
  std::vector<RootInputs> roots;  ///< layers, then functions, workspace order; also those that need nothing
  std::vector<std::string> constraints;  ///< of the workspace, canonical
  std::string exclude_newer;             ///< RFC 3339 or ""
  std::vector<std::string> overrides;    ///< of the workspace, canonical
  std::string index = "default";
  std::vector<model::PackageIndex> indexes;

  /// True if no root requires anything: such a group has no lock file.
  bool empty() const;
  /// Over everything above but positions, comments and the order of requirements.
  Digest digest() const;
};

/// What every lock of the workspace has: when and where packages are looked for.
LockInputs without_roots(const model::Workspace& workspace, LockGroup group);

Result<LockInputs> read_lock_inputs(const base::FileTree& tree, const model::Workspace& workspace,
                                    const LockGroup& group);

}  // namespace lamella::resolve
