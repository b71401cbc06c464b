// SPDX-License-Identifier: Apache-2.0
#include "commands/lock.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/suggest.h"
#include "base/units.h"
#include "build/external_lock.h"
#include "build/source_learner.h"
#include "commands/externals.h"
#include "commands/idle_sources.h"
#include "commands/old_locks.h"
#include "config/requirement.h"
#include "model/artifact.h"
#include "os/directory.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/thread_pool.h"
#include "package/bytecode.h"
#include "resolve/indexes.h"
#include "resolve/lock_finder.h"
#include "resolve/lock_group.h"
#include "resolve/lock_inputs.h"
#include "resolve/projects.h"
#include "resolve/sources.h"
#include "resolve/test_group.h"

namespace lamella::commands {
namespace {

using document::Value;

/// Below so many a second thread costs more than it brings.
constexpr std::size_t kLocksInTurn = 16;

Result<> write_lock(Session& session, const resolve::LockFile& lock, const resolve::LockGroup& group) {
  const auto path = session.root() / group.lock_path();
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, resolve::render_lock(lock), os::Durability::kFsync));
  session.wrote(group.lock_path());
  session.events().emit({.kind = "lock.written",
                         .subject = group.lock_path(),
                         .text = base::counted(lock.packages.size(), "package")});
  return {};
}

/// Locks of builds from source that were made on the way, by path.
using Aside = std::map<std::string, resolve::LockFile>;

/// The one that was made on the way, where it is as good as one that would be made now.
const resolve::LockFile* already_made(const GroupState& state, const resolve::Upgrade& upgrade,
                                      const Aside& aside) {
  const bool moves = state.lock && (upgrade.all || !upgrade.packages.empty());
  const auto found = aside.find(state.group().lock_path());
  const bool answers = found != aside.end() && resolve::why_stale(found->second, state.inputs).empty();
  return answers && !moves ? &found->second : nullptr;
}

Result<resolve::LockFile> make_lock(Session& session, const GroupState& state,
                                    const resolve::Upgrade& upgrade, Aside& aside) {
  if (const resolve::LockFile* made = already_made(state, upgrade, aside)) {
    LAMELLA_TRY(write_lock(session, *made, state.group()));
    return *made;
  }
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(auto settings, resolver_settings(session, state.group().target));
  build::SourceLearner learner(*tools, session.workspace(), session.tree(), settings,
                               build::Learning::kBuild);
  settings.sources = &learner;
  resolve::Resolver resolver(settings, tools->store, tools->actions, session.events());
  session.events().emit({.kind = "lock.resolving",
                         .subject = state.group().name,
                         .text = settings.uv.empty()
                                     ? "resolving jointly with pip, because uv is not installed"
                                     : "resolving jointly with uv"});
  auto made = resolver.resolve(state.inputs, state.lock, upgrade, session.stop());
  if (!made) return Error(std::move(made).error()).while_doing("locking " + state.group().name);
  LAMELLA_TRY(write_lock(session, *made, state.group()));
  for (const auto& [path, lock] : learner.made()) aside.insert_or_assign(path, lock);
  return made;
}

std::string texts_of(const std::vector<Reason>& reasons) {
  std::vector<std::string> texts;
  for (const Reason& reason : reasons) texts.push_back(reason.text);
  return fmt::format("{}", fmt::join(texts, "; "));
}

Error not_up_to_date(const GroupState& state) {
  Error error(ErrorCode::kUsage, state.lock ? "the lock is not up to date" : "the lock was never made");
  return std::move(error).at(state.file).because(texts_of(state.stale)).remedy("run `lamella lock`");
}

Value record_of(const GroupState& state, std::string_view action, const resolve::LockFile* lock,
                const std::vector<Reason>& reasons) {
  Value list = Value::array();
  for (const Reason& reason : reasons) list.push_back(model::to_value(reason));
  return Value::object({{"group", state.group().name},
                        {"target", model::short_name(state.group().target)},
                        {"path", state.file},
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

/// The states of those that require something, in their order.
Result<std::vector<GroupState>> read_states(const Session& session, std::vector<resolve::LockInputs> all) {
  std::erase_if(all, [](const resolve::LockInputs& inputs) { return inputs.empty(); });
  std::vector<GroupState> states(all.size());
  resolve::LockFinder finder(session.tree(), session.workspace());
  const auto read = [&](std::size_t i) -> Result<> {
    LAMELLA_TRY_ASSIGN(auto found, finder.find(all[i]));
    states[i].file = found ? found->file : all[i].group.lock_path();
    states[i].inputs = std::move(all[i]);
    if (!found) return {};
    states[i].lock = std::move(found->lock);
    states[i].stale = std::move(found->stale);
    return {};
  };
  os::ThreadPool pool(all.size() < kLocksInTurn ? 1 : session.setting().jobs);
  LAMELLA_TRY(pool.parallel_for(all.size(), read, session.stop()));
  return states;
}

/// The locks there are, whatever they are worth.
std::vector<build::GroupLock> locks_of(const std::vector<GroupState>& states) {
  std::vector<build::GroupLock> locks;
  for (const GroupState& state : states) {
    if (state.lock) locks.push_back({state.group(), *state.lock});
  }
  return locks;
}

/// What answers stays, under the name that its group has now.
Result<> keep(Session& session, GroupState& state, Value& locks) {
  const std::string was = std::exchange(state.file, state.group().lock_path());
  std::vector<Reason> reasons;
  if (was != state.file) {
    LAMELLA_TRY(write_lock(session, *state.lock, state.group()));
    reasons.push_back({"lock-renamed", state.group().name, was, state.file, "it was called " + was});
  }
  locks.push_back(record_of(state, reasons.empty() ? "unchanged" : "updated", &*state.lock, reasons));
  return {};
}

/// Brings one lock up to date and tells of it.
Result<> update(Session& session, GroupState& state, const resolve::Upgrade& upgrade, Aside& aside,
                Value& locks) {
  if (state.up_to_date() && !upgrade.all && upgrade.packages.empty()) return keep(session, state, locks);
  LAMELLA_TRY_ASSIGN(auto made, make_lock(session, state, upgrade, aside));
  const auto changed = state.lock ? resolve::differences(*state.lock, made) : std::vector<Reason>();
  const bool same = state.lock && *state.lock == made;
  const auto* action = same ? "unchanged" : state.lock ? "updated" : "created";
  state.file = state.group().lock_path();
  locks.push_back(record_of(state, action, &made, changed));
  state.lock = std::move(made);
  return {};
}

Result<> make_ready(Session& session, std::vector<GroupState>& states, LockPolicy policy, Aside& aside) {
  for (GroupState& state : states) {
    if (state.up_to_date()) continue;
    const bool may_make =
        policy == LockPolicy::kMakeAny || (policy == LockPolicy::kMakeMissing && !state.lock);
    if (!may_make) return not_up_to_date(state);
    LAMELLA_TRY_ASSIGN(state.lock, make_lock(session, state, {}, aside));
  }
  return {};
}

/// What building from source needs, by what `states` hold now.
Result<std::vector<GroupState>> read_source_groups(Session& session, const std::vector<GroupState>& states) {
  std::vector<resolve::LockInputs> sources;
  std::set<std::string> seen;
  for (const GroupState& state : states) {
    if (!state.lock) continue;
    LAMELLA_TRY_ASSIGN(auto all, resolve::all_source_inputs(session.workspace(), *state.lock));
    for (resolve::LockInputs& inputs : all) {
      if (seen.insert(inputs.group.lock_path()).second) sources.push_back(std::move(inputs));
    }
  }
  return read_states(session, std::move(sources));
}

void append(std::vector<GroupState>& to, std::vector<GroupState> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

Result<std::vector<build::GroupLock>> ready(Session& session, std::vector<GroupState> states,
                                            LockPolicy policy) {
  Aside aside;
  LAMELLA_TRY(make_ready(session, states, policy, aside));
  LAMELLA_TRY_ASSIGN(auto sources, read_source_groups(session, states));
  LAMELLA_TRY(make_ready(session, sources, policy, aside));
  append(states, std::move(sources));
  return locks_of(states);
}

/// Every group but those of builds from source, which depend on what these hold.
Result<std::vector<GroupState>> read_first_groups(Session& session) {
  std::vector<resolve::LockInputs> all;
  for (const resolve::LockGroup& group : resolve::lock_groups(session.workspace())) {
    LAMELLA_TRY_ASSIGN(auto inputs, resolve::read_lock_inputs(session.tree(), session.workspace(), group));
    all.push_back(std::move(inputs));
  }
  LAMELLA_TRY_ASSIGN(auto builds, resolve::all_build_inputs(session.tree(), session.workspace()));
  std::move(builds.begin(), builds.end(), std::back_inserter(all));
  return read_states(session, std::move(all));
}

/// One sentence for all of them; nullopt where nothing was taken back that is not allowed.
std::optional<Error> refusal_of(const Value& taken_back) {
  std::string names;
  std::string why;
  for (const Value& one : *taken_back.as_array()) {
    if (one.boolean("allowed")) continue;
    const std::string release = one.text("name") + " " + one.text("version");
    if (names.find(release) != std::string::npos) continue;
    names += (names.empty() ? "" : ", ") + release;
    why += fmt::format("{}{}: {}", why.empty() ? "" : "\n", release, one.text("text"));
  }
  if (names.empty()) return std::nullopt;
  return Error(ErrorCode::kMismatch, names + " was taken back since it was locked")
      .because(why)
      .remedy("run `lamella lock --upgrade PKG`; to keep a yanked release, require exactly its version");
}

/// Asks the indexes for what up-to-date locks hold.
Result<> report_taken_back(Session& session, const std::vector<GroupState>& states, Outcome& outcome) {
  Value& all = outcome.record.set("taken_back", Value::array());
  for (const GroupState& state : states) {
    LAMELLA_TRY_ASSIGN(auto found, taken_back_of(session, state));
    for (Value& one : found) all.push_back(std::move(one));
  }
  if (auto error = refusal_of(all)) outcome.error = *std::move(error);
  return {};
}

Result<Outcome> report_only(const Session& session, const std::vector<GroupState>& states) {
  Outcome outcome{new_record(), {}};
  Value& locks = outcome.record.set("locks", Value::array());
  for (const GroupState& state : states) {
    const auto* lock = state.lock ? &*state.lock : nullptr;
    const auto* action = !state.lock ? "missing" : state.stale.empty() ? "unchanged" : "stale";
    locks.push_back(record_of(state, action, lock, state.stale));
    if (!state.up_to_date() && !outcome.error) outcome.error = not_up_to_date(state);
  }
  LAMELLA_TRY_ASSIGN(Value externals, look_at_externals(session));
  for (const Value& one : *externals.as_array()) {
    if (one.text("action") == "unchanged" || outcome.error) continue;
    LAMELLA_TRY_ASSIGN(const auto lock, build::load_external_lock(session.tree()));
    const auto answer = build::external_of(lock, *session.workspace().find_layer(one.text("layer")));
    if (!answer) outcome.error = answer.error();
  }
  outcome.record.set("externals", std::move(externals));
  return outcome;
}

}  // namespace

Result<std::vector<GroupState>> read_groups(Session& session) {
  LAMELLA_TRY_ASSIGN(auto states, read_first_groups(session));
  LAMELLA_TRY_ASSIGN(auto sources, read_source_groups(session, states));
  append(states, std::move(sources));
  return states;
}

Result<std::vector<GroupState>> read_test_groups(Session& session,
                                                 const std::vector<build::GroupLock>& shipped) {
  std::vector<resolve::LockInputs> all;
  for (const resolve::TestGroup& group : resolve::test_groups(session.workspace())) {
    const auto found = std::find_if(shipped.begin(), shipped.end(),
                                    [&](const build::GroupLock& one) { return one.group == group.of; });
    const auto* lock = found == shipped.end() ? nullptr : &found->lock;
    LAMELLA_TRY_ASSIGN(auto inputs,
                       resolve::read_test_inputs(session.tree(), session.workspace(), group, lock));
    all.push_back(std::move(inputs));
  }
  return read_states(session, std::move(all));
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

/// `states`, what tests need beside them, and what all of them build from source.
static Result<std::vector<GroupState>> read_all_groups(Session& session, std::vector<GroupState> states) {
  LAMELLA_TRY_ASSIGN(auto tests, read_test_groups(session, locks_of(states)));
  append(states, std::move(tests));
  LAMELLA_TRY_ASSIGN(auto sources, read_source_groups(session, states));
  append(states, std::move(sources));
  return states;
}

Result<std::vector<Value>> taken_back_of(Session& session, const GroupState& state) {
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const auto settings, resolver_settings(session, state.group().target));
  resolve::Resolver resolver(settings, tools->store, tools->actions, session.events());
  auto found = resolver.taken_back(state.inputs, *state.lock, session.stop());
  if (!found) return Error(std::move(found).error()).while_doing("asking for what " + state.file + " holds");
  std::vector<Value> records;
  for (const resolve::TakenBack& one : *found) {
    const bool yanked = one.kind == resolve::TakenBack::Kind::kYanked;
    records.push_back(Value::object({{"group", state.group().name},
                                     {"target", model::short_name(state.group().target)},
                                     {"name", one.name},
                                     {"version", one.version},
                                     {"kind", yanked ? "yanked" : "gone"},
                                     {"text", one.words},
                                     {"allowed", one.allowed}}));
    if (!one.allowed) continue;
    session.events().emit({.kind = "lock.yanked",
                           .subject = one.name,
                           .text = one.words + "; it is required so",
                           .severity = base::Severity::kWarning,
                           .fields = {{"version", one.version}}});
  }
  return records;
}

Result<Outcome> lock(const Setting& setting, const LockOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(auto states, read_first_groups(*session));
  LAMELLA_TRY_ASSIGN(auto all, read_all_groups(*session, states));
  if (options.check) {
    LAMELLA_TRY_ASSIGN(auto report, report_only(*session, all));
    if (!report.error && !options.offline) LAMELLA_TRY(report_taken_back(*session, all, report));
    return report;
  }
  LAMELLA_TRY(require_locked(all, options.upgrade.packages));
  Outcome outcome{new_record(), {}};
  Value& locks = outcome.record.set("locks", Value::array());
  Aside aside;
  const auto update_all = [&](std::vector<GroupState>& some) -> Result<> {
    for (GroupState& state : some) LAMELLA_TRY(update(*session, state, options.upgrade, aside, locks));
    return {};
  };
  LAMELLA_TRY(update_all(states));
  tell_idle_sources(*session, locks_of(states));
  // Beside what the others hold now.
  LAMELLA_TRY_ASSIGN(auto tests, read_test_groups(*session, locks_of(states)));
  LAMELLA_TRY(update_all(tests));
  append(states, std::move(tests));
  LAMELLA_TRY_ASSIGN(auto sources, read_source_groups(*session, states));
  LAMELLA_TRY(update_all(sources));
  append(states, std::move(sources));
  LAMELLA_TRY(remove_old_locks(*session, states));
  LAMELLA_TRY_ASSIGN(Value externals, update_externals(*session));
  outcome.record.set("externals", std::move(externals));
  LAMELLA_TRY_ASSIGN(Value releases, update_releases(*session, locks_of(states), options.bumps));
  outcome.record.set("releases", std::move(releases));
  return outcome;
}

Result<std::vector<build::GroupLock>> ready_locks(Session& session, LockPolicy policy) {
  LAMELLA_TRY(ready_externals(session, policy));
  LAMELLA_TRY_ASSIGN(auto states, read_first_groups(session));
  const bool up_to_date =
      std::all_of(states.begin(), states.end(), [](const GroupState& state) { return state.up_to_date(); });
  auto locks = ready(session, std::move(states), policy);
  if (locks && !up_to_date) tell_idle_sources(session, *locks);
  return locks;
}

Result<std::vector<build::GroupLock>> ready_test_locks(Session& session,
                                                       const std::vector<build::GroupLock>& shipped,
                                                       LockPolicy policy) {
  LAMELLA_TRY_ASSIGN(auto states, read_test_groups(session, shipped));
  return ready(session, std::move(states), policy);
}

}  // namespace lamella::commands
