// SPDX-License-Identifier: Apache-2.0
#include "commands/old_locks.h"

#include <set>
#include <string>

#include "os/directory.h"
#include "resolve/lock_finder.h"

namespace lamella::commands {
namespace {

/// Also what requirements are read from, whoever wrote it.
std::set<std::string> paths_in_use(const Session& session, const std::vector<GroupState>& states) {
  std::set<std::string> paths;
  for (const auto& [path, group] : resolve::lock_files(session.workspace())) paths.insert(path);
  for (const GroupState& state : states) {
    paths.insert(state.group().lock_path());
    for (const resolve::RootInputs& root : state.inputs.roots)
      paths.insert(root.requirements.files.begin(), root.requirements.files.end());
  }
  return paths;
}

}  // namespace

Result<> remove_old_locks(Session& session, const std::vector<GroupState>& states) {
  const auto used = paths_in_use(session, states);
  LAMELLA_TRY_ASSIGN(const auto files, session.tree().list("locks"));
  for (const base::TreeEntry& file : files) {
    if (!file.path.starts_with("locks/pylock.") || used.contains(file.path)) continue;
    LAMELLA_TRY_ASSIGN(const auto text, session.tree().read(file.path));
    const auto lock = resolve::parse_lock(text.value_or(""), file.path);
    if (!lock || !resolve::is_called(*lock, file.path)) continue;
    const bool builds = lock->roots.size() == 1 && lock->roots[0].kind == resolve::RootKind::kBuild;
    LAMELLA_TRY(os::remove_path(session.root() / file.path));
    session.wrote(file.path);
    session.events().emit(
        {.kind = "lock.removed",
         .subject = file.path,
         .text = builds ? "nothing is built by it any more" : "there is no such lock group any more"});
  }
  return {};
}

}  // namespace lamella::commands
