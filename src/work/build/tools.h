// SPDX-License-Identifier: Apache-2.0
//
// What a build works with, made once by the command and lent to every phase; and what it is asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/event.h"
#include "model/rule_pack.h"
#include "model/workspace.h"
#include "os/thread_pool.h"
#include "resolve/lock.h"
#include "resolve/lock_group.h"
#include "store/action_cache.h"
#include "store/content_store.h"
#include "store/fetcher.h"

namespace lamella::build {

/// All references outlive the build.
struct Tools {
  std::filesystem::path workspace;  ///< the folder of lamella.toml
  std::filesystem::path cache;
  store::ContentStore& store;
  store::ActionCache& actions;
  os::ThreadPool& pool;
  EventSink& events;
  std::vector<model::RulePack> packs;
  model::EnvironmentLookup variables;      ///< for the functions' environment while they are proved
  std::vector<store::HostLogin> logins{};  ///< of the package indexes
};

/// A lock group with its lock.
struct GroupLock {
  resolve::LockGroup group;
  resolve::LockFile lock;
};

/// What to do again although nothing calls for it.
enum class Again {
  kNothing,
  kAssembly,  ///< zips, from segments
  kSegments,  ///< segments, from wheels
  kChecks,    ///< proofs
};

/// What a failed artifact ends.
enum class OnFailure {
  kStop,       ///< nothing new is begun
  kKeepGoing,  ///< only what needs it
};

struct Request {
  std::set<std::string> names;  ///< layers and functions; empty means all
  bool layers_only = false;
  bool skip_checks = false;
  bool frozen = false;  ///< nothing under locks/ may be written
  bool locked = false;  ///< locks/releases.toml must say what is made
  bool clean = false;   ///< forget what earlier builds of these left in the workspace
  Again again = Again::kNothing;
  OnFailure on_failure = OnFailure::kStop;

  bool wants(const std::string& name) const { return names.empty() || names.contains(name); }
  /// One line that tells requests apart; part of the no-op index.
  std::string text() const;
};

inline std::filesystem::path state_folder(const std::filesystem::path& workspace) {
  return workspace / ".lamella";
}
/// What the last build looked at, as change::StatIndex keeps it.
inline std::filesystem::path index_path(const std::filesystem::path& workspace) {
  return state_folder(workspace) / "index";
}
inline std::filesystem::path artifact_folder(const std::filesystem::path& workspace) {
  return state_folder(workspace) / "artifacts";
}

}  // namespace lamella::build
