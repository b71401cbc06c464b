// SPDX-License-Identifier: Apache-2.0
#include "commands/lock.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "config/requirement.h"
#include "model/artifact.h"
#include "os/environment.h"
#include "os/file.h"
#include "package/bytecode.h"
#include "resolve/indexes.h"
#include "resolve/lock_group.h"
#include "resolve/lock_inputs.h"
#include "resolve/projects.h"
#include "resolve/test_group.h"

namespace lamella::commands {
namespace {

using document::Value;

Result<resolve::LockFile> make_lock(Session& session, const GroupState& state,
                                    const resolve::Upgrade& upgrade) {
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const auto settings, resolver_settings(session, state.group().target));
  resolve::Resolver resolver(settings, tools->store, tools->actions, session.events());
  session.events().emit({.kind = "lock.resolving",
                         .subject = state.group().name,
                         .text = settings.uv.empty()
                                     ? "resolving jointly with pip, because uv is not installed"
                                     : "resolving jointly with uv"});
  auto made = resolver.resolve(state.inputs, state.lock, upgrade, session.stop());
  if (!made) return Error(std::move(made).error()).while_doing("locking " + state.group().name);
  const auto path = session.root() / state.group().lock_path();
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, resolve::render_lock(*made), os::Durability::kFsync));
  session.wrote(state.group().lock_path());
  session.events().emit({.kind = "lock.written",
                         .subject = state.group().lock_path(),
                         .text = fmt::format("{} packages", made->packages.size())});
  return made;
}

std::string texts_of(const std::vector<Reason>& reasons) {
  std::vector<std::string> texts;
  for (const Reason& reason : reasons) texts.push_back(reason.text);
  return fmt::format("{}", fmt::join(texts, "; "));
}

Error not_up_to_date(const GroupState& state) {
  Error error(ErrorCode::kUsage, state.lock ? "the lock is not up to date" : "the lock was never made");
  return std::move(error)
      .at(state.group().lock_path())
      .because(texts_of(state.stale))
      .remedy("run `lamella lock`");
}

Value record_of(const GroupState& state, std::string_view action, const resolve::LockFile* lock,
                const std::vector<Reason>& reasons) {
  Value list = Value::array();
  for (const Reason& reason : reasons) list.push_back(model::to_value(reason));
  return Value::object({{"group", state.group().name},
                        {"target", model::short_name(state.group().target)},
                        {"path", state.group().lock_path()},
                        {"action", action},
                        {"packages", lock == nullptr ? Value() : Value(lock->packages.size())},
                        {"reasons", std::move(list)}});
}

/// Names that `--upgrade` gives must be those of locked packages: another one would silently do nothing.
Result<> require_locked(const std::vector<GroupState>& states, const std::vector<std::string>& packages) {
  std::vector<std::string> known;
  for (const GroupState& state : states) {
    if (!state.lock) continue;
    for (const auto& package : state.lock->packages) known.push_back(package.name);
  }
  for (const std::string& name : packages) {
    if (std::find(known.begin(), known.end(), config::normalised_name(name)) != known.end()) continue;
    const auto near = base::nearest(config::normalised_name(name), known);
    return Error(ErrorCode::kUsage, fmt::format("no lock has a package `{}`", base::escaped(name)))
        .remedy(near ? fmt::format("did you mean `{}`?", *near) : "run `lamella lock` without it");
  }
  return {};
}

Result<> add_state(Session& session, resolve::LockInputs inputs, std::vector<GroupState>& states) {
  LAMELLA_TRY_ASSIGN(auto lock, resolve::load_lock(session.tree(), inputs.group));
  if (inputs.empty()) return {};
  std::vector<Reason> stale;
  if (lock) stale = resolve::why_stale(*lock, inputs);
  states.push_back({std::move(inputs), std::move(lock), std::move(stale)});
  return {};
}

/// The locks there are, whatever they are worth.
std::vector<build::GroupLock> locks_of(const std::vector<GroupState>& states) {
  std::vector<build::GroupLock> locks;
  for (const GroupState& state : states) {
    if (state.lock) locks.push_back({state.group(), *state.lock});
  }
  return locks;
}

/// Brings one lock up to date and tells of it.
Result<> update(Session& session, GroupState& state, const resolve::Upgrade& upgrade, Value& locks) {
  if (state.up_to_date() && !upgrade.all && upgrade.packages.empty()) {
    locks.push_back(record_of(state, "unchanged", &*state.lock, {}));
    return {};
  }
  LAMELLA_TRY_ASSIGN(auto made, make_lock(session, state, upgrade));
  const auto changed = state.lock ? resolve::differences(*state.lock, made) : std::vector<Reason>();
  const bool same = state.lock && *state.lock == made;
  const auto* action = same ? "unchanged" : state.lock ? "updated" : "created";
  locks.push_back(record_of(state, action, &made, changed));
  state.lock = std::move(made);
  return {};
}

Result<std::vector<build::GroupLock>> ready(Session& session, std::vector<GroupState> states,
                                            LockPolicy policy) {
  for (GroupState& state : states) {
    if (state.up_to_date()) continue;
    const bool may_make =
        policy == LockPolicy::kMakeAny || (policy == LockPolicy::kMakeMissing && !state.lock);
    if (!may_make) return not_up_to_date(state);
    LAMELLA_TRY_ASSIGN(state.lock, make_lock(session, state, {}));
  }
  return locks_of(states);
}

Result<Outcome> report_only(const std::vector<GroupState>& states) {
  Outcome outcome{new_record(), {}};
  Value& locks = outcome.record.set("locks", Value::array());
  for (const GroupState& state : states) {
    const auto* lock = state.lock ? &*state.lock : nullptr;
    const auto* action = !state.lock ? "missing" : state.stale.empty() ? "unchanged" : "stale";
    locks.push_back(record_of(state, action, lock, state.stale));
    if (!state.up_to_date() && !outcome.error) outcome.error = not_up_to_date(state);
  }
  return outcome;
}

}  // namespace

Result<std::vector<GroupState>> read_groups(Session& session) {
  std::vector<GroupState> states;
  for (const resolve::LockGroup& group : resolve::lock_groups(session.workspace())) {
    LAMELLA_TRY_ASSIGN(auto inputs, resolve::read_lock_inputs(session.tree(), session.workspace(), group));
    LAMELLA_TRY(add_state(session, std::move(inputs), states));
  }
  LAMELLA_TRY_ASSIGN(auto builds, resolve::all_build_inputs(session.tree(), session.workspace()));
  for (resolve::LockInputs& inputs : builds) LAMELLA_TRY(add_state(session, std::move(inputs), states));
  return states;
}

Result<std::vector<GroupState>> read_test_groups(Session& session,
                                                 const std::vector<build::GroupLock>& shipped) {
  std::vector<GroupState> states;
  for (const resolve::TestGroup& group : resolve::test_groups(session.workspace())) {
    const auto found = std::find_if(shipped.begin(), shipped.end(),
                                    [&](const build::GroupLock& one) { return one.group == group.of; });
    const auto* lock = found == shipped.end() ? nullptr : &found->lock;
    LAMELLA_TRY_ASSIGN(auto inputs,
                       resolve::read_test_inputs(session.tree(), session.workspace(), group, lock));
    LAMELLA_TRY(add_state(session, std::move(inputs), states));
  }
  return states;
}

Result<resolve::ResolverSettings> resolver_settings(const Session& session, const model::Target& target) {
  resolve::ResolverSettings settings;
  settings.cache = session.cache() / "uv";
  settings.indexes = resolve::indexes_of(session.workspace().lock);
  auto uv = resolve::find_uv(session.cache());
  if (uv) {
    settings.uv = *std::move(uv);
    return settings;
  }
  const bool own = model::machine_name(target.architecture) == os::host_machine();
  const auto python = own && uv.error().where().empty()
                          ? package::find_interpreter(target.runtime, session.cache())
                          : Result<package::Interpreter>(uv.error());
  if (!python) return std::move(uv).error();
  settings.pip = python->program;
  return settings;
}

Result<Outcome> lock(const Setting& setting, const LockOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(auto states, read_groups(*session));
  LAMELLA_TRY_ASSIGN(const auto tests, read_test_groups(*session, locks_of(states)));
  std::vector<GroupState> all = states;
  all.insert(all.end(), tests.begin(), tests.end());
  if (options.check) return report_only(all);
  LAMELLA_TRY(require_locked(all, options.upgrade.packages));
  Outcome outcome{new_record(), {}};
  Value& locks = outcome.record.set("locks", Value::array());
  for (GroupState& state : states) LAMELLA_TRY(update(*session, state, options.upgrade, locks));
  // Beside what the others hold now.
  LAMELLA_TRY_ASSIGN(auto after, read_test_groups(*session, locks_of(states)));
  for (GroupState& state : after) LAMELLA_TRY(update(*session, state, options.upgrade, locks));
  LAMELLA_TRY_ASSIGN(Value releases, update_releases(*session, locks_of(states), options.bumps));
  outcome.record.set("releases", std::move(releases));
  return outcome;
}

Result<std::vector<build::GroupLock>> ready_locks(Session& session, LockPolicy policy) {
  LAMELLA_TRY_ASSIGN(auto states, read_groups(session));
  return ready(session, std::move(states), policy);
}

Result<std::vector<build::GroupLock>> ready_test_locks(Session& session,
                                                       const std::vector<build::GroupLock>& shipped,
                                                       LockPolicy policy) {
  LAMELLA_TRY_ASSIGN(auto states, read_test_groups(session, shipped));
  return ready(session, std::move(states), policy);
}

}  // namespace lamella::commands
