// SPDX-License-Identifier: Apache-2.0
#include "commands/outdated.h"

#include <algorithm>

#include "build/source_learner.h"
#include "commands/deprecated.h"
#include "commands/lock.h"
#include "resolve/closure.h"
#include "resolve/resolver.h"

namespace lamella::commands {
namespace {

using document::Value;

Value size_value(const resolve::LockedPackage& package) {
  return package.wheel.size ? Value(*package.wheel.size) : Value();
}

/// "layer core", "function f": whose closure holds the package.
Result<Value> needed_by(const resolve::LockFile& lock, const std::string& package) {
  Value list = Value::array();
  for (const resolve::LockedRoot& root : lock.roots) {
    LAMELLA_TRY_ASSIGN(const auto closure, resolve::closure_of(lock, root.kind, root.name));
    const bool holds =
        std::any_of(closure.begin(), closure.end(), [&](const auto* one) { return one->name == package; });
    if (holds) list.push_back(std::string(to_string(root.kind)) + " " + root.name);
  }
  return list;
}

Result<> add_group(Session& session, const GroupState& state, Value& list, Value& taken_back) {
  if (!state.lock) {
    return Error(ErrorCode::kUsage, "the lock was never made")
        .at(state.group().lock_path())
        .remedy("run `lamella lock`");
  }
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(auto settings, resolver_settings(session, state.group().target));
  build::SourceLearner learner(*tools, session.workspace(), session.tree(), settings, build::Learning::kRead);
  settings.sources = &learner;
  resolve::Resolver resolver(settings, tools->store, tools->actions, session.events());
  LAMELLA_TRY_ASSIGN(const auto allowed, resolver.resolve(state.inputs, state.lock,
                                                          {.all = true, .packages = {}}, session.stop()));
  LAMELLA_TRY_ASSIGN(auto records, taken_back_of(session, state));
  for (Value& one : records) taken_back.push_back(std::move(one));
  LAMELLA_TRY_ASSIGN(const auto newest, resolver.newest(state.inputs, *state.lock, session.stop()));
  for (const resolve::Newest& one : newest) {
    const resolve::LockedPackage* locked = state.lock->find(one.package.name);
    const resolve::LockedPackage* may = allowed.find(one.package.name);
    const bool current =
        locked->version == one.package.version && (may == nullptr || may->version == locked->version);
    if (current) continue;
    LAMELLA_TRY_ASSIGN(Value who, needed_by(*state.lock, locked->name));
    list.push_back(Value::object({{"group", state.group().name},
                                  {"target", model::short_name(state.group().target)},
                                  {"name", locked->name},
                                  {"version", locked->version},
                                  {"allowed", may == nullptr ? Value() : Value(may->version)},
                                  {"newest", one.package.version},
                                  {"bytes", size_value(*locked)},
                                  {"newest_bytes", size_value(one.package)},
                                  {"changelog", one.changelog.empty() ? Value() : Value(one.changelog)},
                                  {"needed_by", std::move(who)}}));
  }
  return {};
}

}  // namespace

Result<Outcome> outdated(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto states, read_groups(*session));
  Outcome outcome{new_record(), {}};
  Value list = Value::array();
  Value taken_back = Value::array();
  for (const GroupState& state : states) LAMELLA_TRY(add_group(*session, state, list, taken_back));
  outcome.record.set("outdated", std::move(list));
  outcome.record.set("taken_back", std::move(taken_back));
  warn_of_deprecated_runtimes(*session, outcome.record);
  return outcome;
}

}  // namespace lamella::commands
