// SPDX-License-Identifier: Apache-2.0
//
// One run of one verb: the workspace it is about and what it works with.  Everything that costs is made
// when it is first asked for, so that a verb which needs little starts at once.
//
// Invariants
//   S1 Opening a session writes nothing; stores and `.lamella/` appear when something is put there.
//   S2 Nothing is printed: what happens goes to the events, what was found is returned.
//
// Threads: one, but what tools() lends may be used as its own rooms say.
// Errors: usage (no lamella.toml here or above, a bad one, an unknown name), limit, io.
//
//   LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
//   LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "build/tools.h"
#include "commands/consulted_tree.h"
#include "model/workspace.h"
#include "os/directory_tree.h"

namespace lamella::commands {

/// How the program was called, the same for every verb.
struct Setting {
  std::filesystem::path project;  ///< where to look for lamella.toml, upwards; "" is the working directory
  std::map<std::string, std::string> params;  ///< --param NAME=VALUE
  unsigned jobs = 0;                          ///< things done at once; 0: as many as there are processors
  bool strict = false;                        ///< a secret typed in clear is an error, not a warning
  EventSink* events = &base::no_events();
  std::function<void(const std::string&)> hide = {};  ///< told every value that no log may hold
  std::stop_token stop;
};

inline constexpr std::string_view kWorkspaceFile = "lamella.toml";

/// The nearest folder at or above `start` that holds lamella.toml.  Errors: usage.
Result<std::filesystem::path> find_workspace(const std::filesystem::path& start);

/// Values for {environment}, {param:..} and {env:..} in variables of functions.
model::EnvironmentLookup variables_of(std::string environment, const Setting& setting);

class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const Setting& setting);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  const std::filesystem::path& root() const { return root_; }
  const model::Workspace& workspace() const { return workspace_; }
  const std::filesystem::path& cache() const { return cache_; }
  const Setting& setting() const { return setting_; }
  EventSink& events() const { return *setting_.events; }
  std::stop_token stop() const { return setting_.stop; }

  /// The workspace's files; what is read through it counts as consulted.
  const base::FileTree& tree() const { return consulted_; }
  std::vector<change::Sighting> consulted() const { return consulted_.seen(); }
  /// `path` was written by us: what was read before counts no more.
  void wrote(const std::string& path) const { consulted_.look_again(path); }

  /// Stores, pool, rule packs.  Opened at the first call.
  Result<const build::Tools*> tools();

  /// Errors: usage with the nearest name, unless every one is a layer or function of the workspace.
  Result<> require_names(const std::vector<std::string>& names) const;
  Result<const model::Function*> require_function(const std::string& name) const;
  Result<const model::EnvironmentSettings*> require_environment(const std::string& name) const;

 private:
  struct Stores;
  Session(Setting setting, std::filesystem::path root, std::filesystem::path cache);

  Setting setting_;
  std::filesystem::path root_;
  std::filesystem::path cache_;
  os::DirectoryTree files_;
  ConsultedTree consulted_;
  model::Workspace workspace_;
  std::unique_ptr<Stores> stores_;
};

}  // namespace lamella::commands
