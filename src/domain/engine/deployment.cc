// SPDX-License-Identifier: Apache-2.0
#include "engine/deployment.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/plan_digest.h"

namespace lamella::engine {
namespace {

using document::Value;

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

std::vector<Effect> publish_effects(const Deployment& state, const Wanted& wanted) {
  std::vector<Effect> effects;
  for (std::size_t i = 0; i < wanted.layers.size(); ++i) {
    if (!state.layers.contains(i)) effects.push_back(PublishLayer{i});
  }
  return effects;
}

std::vector<Effect> prepare_effects(const Deployment& state, const Wanted& wanted) {
  std::vector<Effect> effects;
  for (const auto& [index, function] : state.functions) {
    if (!function.changes) continue;
    PrepareFunction effect{index, {}};
    for (const std::string& name : wanted.functions[index].layers) {
      const auto layer = std::find_if(wanted.layers.begin(), wanted.layers.end(),
                                      [&](const WantedLayer& one) { return one.layer == name; });
      effect.layer_arns.push_back(
          state.layers.at(static_cast<std::size_t>(layer - wanted.layers.begin())).arn);
    }
    effects.emplace_back(std::move(effect));
  }
  return effects;
}

std::vector<Effect> check_effects(const Deployment& state, const Wanted&) {
  std::vector<Effect> effects;
  for (const auto& [index, function] : state.functions) {
    if (function.changes) effects.push_back(CheckVersion{index, function.version});
  }
  return effects;
}

std::vector<Effect> shift_effects(const Deployment& state, const Wanted&) {
  std::vector<Effect> effects;
  for (const auto& [index, function] : state.functions) {
    if (function.changes) effects.push_back(ShiftAlias{index, function.version, function.before});
  }
  return effects;
}

std::vector<Effect> restore_effects(const Deployment& state, const Wanted&) {
  std::vector<Effect> effects;
  for (const auto& [index, function] : state.functions) {
    if (function.shifted && function.before) effects.push_back(RestoreAlias{index, function.before});
  }
  return effects;
}

struct StageRow {
  Stage stage;
  Stage next;
  std::vector<Effect> (*effects)(const Deployment&, const Wanted&);
};

/// The walk through a deployment.  A stage without effects is passed over.
constexpr StageRow kStages[] = {
    {Stage::kPublish, Stage::kPrepare, &publish_effects}, {Stage::kPrepare, Stage::kCheck, &prepare_effects},
    {Stage::kCheck, Stage::kShift, &check_effects},       {Stage::kShift, Stage::kDone, &shift_effects},
    {Stage::kRestore, Stage::kDone, &restore_effects},
};

const StageRow& row_of(Stage stage) {
  return *std::find_if(std::begin(kStages), std::end(kStages),
                       [&](const StageRow& row) { return row.stage == stage; });
}

bool is_interruption(base::ErrorCode code) {
  return code == base::ErrorCode::kInterrupted || code == base::ErrorCode::kTerminated;
}

void finish(Deployment& state) {
  state.stage = Stage::kDone;
  if (state.outcome != Outcome::kNone) return;
  if (!state.failed) {
    state.outcome = state.acted ? Outcome::kPromoted : Outcome::kUnchanged;
  } else if (is_interruption(state.code)) {
    state.outcome = Outcome::kAborted;
  } else {
    const bool said_no = state.code == base::ErrorCode::kRolledBack;
    const bool restored = std::any_of(state.functions.begin(), state.functions.end(),
                                      [](const auto& one) { return one.second.restored; });
    state.outcome = said_no || restored ? Outcome::kRolledBack : Outcome::kFailed;
  }
}

/// Enters `stage`, or the first after it that has something to do.
Step enter(Deployment state, const Wanted& wanted, Stage stage) {
  while (stage != Stage::kDone) {
    const StageRow& row = row_of(stage);
    std::vector<Effect> effects = row.effects(state, wanted);
    if (!effects.empty()) {
      state.stage = stage;
      state.waiting = effects.size();
      state.acted = true;
      if (stage == Stage::kShift) {
        // From here on an alias may have moved, whatever becomes of the answer.
        for (const Effect& effect : effects)
          state.functions.at(std::get<ShiftAlias>(effect).index).shifted = true;
      }
      return {std::move(state), std::move(effects)};
    }
    stage = row.next;
  }
  finish(state);
  return {std::move(state), {}};
}

void fail(Deployment& state, base::ErrorCode code, Reason reason) {
  if (!state.failed) state.code = code;
  state.failed = true;
  state.reasons.push_back(std::move(reason));
}

std::size_t index_of(const Effect& effect) {
  return std::visit([](const auto& one) { return one.index; }, effect);
}

std::string subject_of(const Effect& effect, const Wanted& wanted) {
  const std::size_t index = index_of(effect);
  return std::holds_alternative<PublishLayer>(effect) ? wanted.layers.at(index).layer
                                                      : wanted.functions.at(index).function;
}

void apply(Deployment& state, const Wanted& wanted, const VersionChecked& event) {
  FunctionProgress& function = state.functions.at(event.index);
  function.checks = event.results;
  function.measured = event.measured;
  function.answer = event.answer;
  for (const model::CheckResult& result : event.results) {
    if (result.passed) continue;
    const std::string& name = wanted.functions[event.index].function;
    fail(state, base::ErrorCode::kRolledBack,
         {"check-failed", name, "", "",
          fmt::format("{}: check '{}' did not pass: {}", name, result.name, result.detail)});
  }
}

void abort(Deployment& state, base::ErrorCode code) {
  if (state.aborted || state.stage == Stage::kRestore || state.stage == Stage::kDone) return;
  state.aborted = true;
  fail(state, code, {"aborted", "", "", "", "it was asked to stop"});
}

/// The alias could not be put back.  One that someone else had moved is theirs; any other is for a person.
void restore_failed(Deployment& state, const Wanted& wanted, const RestoreAlias& effect,
                    const EffectFailed& event) {
  const FunctionProgress& progress = state.functions.at(effect.index);
  if (progress.foreign && event.code == base::ErrorCode::kConflict) return;
  const WantedFunction& function = wanted.functions.at(effect.index);
  const std::string before = effect.before ? effect.before->version : "";
  state.outcome = Outcome::kIncomplete;
  fail(state, event.code,
       {"restore-failed", function.function, progress.version, before,
        fmt::format("alias {} of {} was on version {}, may be on {} now, and could not be put back: {}",
                    function.alias, function.function, before, progress.version, event.why)});
}

void apply(Deployment& state, const Wanted& wanted, const EffectFailed& event) {
  if (const auto* restore = std::get_if<RestoreAlias>(&event.effect))
    return restore_failed(state, wanted, *restore, event);
  if (is_interruption(event.code)) return abort(state, event.code);
  const std::string subject = subject_of(event.effect, wanted);
  if (std::holds_alternative<ShiftAlias>(event.effect) && event.code == base::ErrorCode::kConflict) {
    state.functions.at(index_of(event.effect)).foreign = true;
  }
  fail(state, event.code, {"effect-failed", subject, "", "", fmt::format("{}: {}", subject, event.why)});
}

void apply(Deployment& state, const EffectSkipped& event) {
  if (std::holds_alternative<ShiftAlias>(event.effect))
    state.functions.at(index_of(event.effect)).shifted = false;
}

/// Says which aliases are new and stay though the deployment did not succeed.
void note_kept(Deployment& state, const Wanted& wanted) {
  for (const auto& [index, function] : state.functions) {
    if (!function.moved || function.before) continue;
    const WantedFunction& one = wanted.functions.at(index);
    state.reasons.push_back({"alias-kept", one.function, "", function.version,
                             fmt::format("alias {} of {} is new and stays on version {}, whose checks passed",
                                         one.alias, one.function, function.version)});
  }
}

/// The alias with its revision, which digests leave out.
Value recorded(const std::optional<AliasRecord>& alias) {
  Value value = to_value(alias);
  if (alias) value.set("revision", alias->revision);
  return value;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNone: return "";
    case Outcome::kUnchanged: return "unchanged";
    case Outcome::kPromoted: return "promoted";
    case Outcome::kRolledBack: return "rolled-back";
    case Outcome::kAborted: return "aborted";
    case Outcome::kFailed: return "failed";
    case Outcome::kIncomplete: return "incomplete";
  }
  return "";
}

Step begin(const Wanted& wanted, const Actual& actual, const Plan& plan) {
  Deployment state;
  for (std::size_t i = 0; i < wanted.layers.size(); ++i) {
    const auto found = actual.layers.find(wanted.layers[i].layer);
    if (found != actual.layers.end()) state.layers[i] = found->second;
  }
  for (std::size_t i = 0; i < wanted.functions.size(); ++i) {
    const std::string& name = wanted.functions[i].function;
    const Change* change = plan.find("function", name);
    FunctionProgress& function = state.functions[i];
    function.changes = change != nullptr && change->action != Action::kUnchanged;
    const auto found = actual.functions.find(name);
    if (found != actual.functions.end()) function.before = found->second.alias;
  }
  return enter(std::move(state), wanted, Stage::kPublish);
}

Step step(Deployment state, const Wanted& wanted, const Event& event) {
  if (std::holds_alternative<AbortRequested>(event)) {
    abort(state, base::ErrorCode::kInterrupted);
    return {std::move(state), {}};
  }
  --state.waiting;
  std::visit(Overloaded{
                 [&](const LayerPublished& one) { state.layers[one.index] = one.version; },
                 [&](const FunctionPrepared& one) { state.functions.at(one.index).version = one.version; },
                 [&](const VersionChecked& one) { apply(state, wanted, one); },
                 [&](const AliasShifted& one) { state.functions.at(one.index).moved = true; },
                 [&](const AliasRestored& one) { state.functions.at(one.index).restored = true; },
                 [&](const EffectFailed& one) { apply(state, wanted, one); },
                 [&](const EffectSkipped& one) { apply(state, one); },
                 [&](const AbortRequested&) {},
             },
             event);
  if (state.waiting > 0) return {std::move(state), {}};
  const Stage stage = state.stage;
  if (!state.failed) return enter(std::move(state), wanted, row_of(stage).next);
  if (stage == Stage::kShift) {
    note_kept(state, wanted);
    return enter(std::move(state), wanted, Stage::kRestore);
  }
  finish(state);
  return {std::move(state), {}};
}

bool moot(const Deployment& state, const Effect& effect) {
  if (!state.failed || std::holds_alternative<RestoreAlias>(effect)) return false;
  return state.aborted || !std::holds_alternative<CheckVersion>(effect);
}

Value to_value(const Effect& effect, const Wanted& wanted) {
  Value value = Value::object({{"subject", subject_of(effect, wanted)}});
  std::visit(Overloaded{
                 [&](const PublishLayer& one) {
                   value.set("step", "publish-layer");
                   value.set("sha256", wanted.layers[one.index].sha256.hex());
                 },
                 [&](const PrepareFunction& one) {
                   value.set("step", "prepare-function");
                   value.set("code", wanted.functions[one.index].code.hex());
                   value.set("layers", Value::array_of(one.layer_arns));
                 },
                 [&](const CheckVersion& one) {
                   value.set("step", "check-version");
                   value.set("version", one.version);
                 },
                 [&](const ShiftAlias& one) {
                   value.set("step", "shift-alias");
                   value.set("alias", wanted.functions[one.index].alias);
                   value.set("version", one.version);
                   value.set("before", recorded(one.before));
                 },
                 [&](const RestoreAlias& one) {
                   value.set("step", "restore-alias");
                   value.set("alias", wanted.functions[one.index].alias);
                   value.set("before", recorded(one.before));
                 },
             },
             effect);
  return value;
}

Value to_value(const Event& event, const Wanted& wanted) {
  const auto function = [&](std::string_view step, std::size_t index) {
    return Value::object({{"step", step}, {"subject", wanted.functions[index].function}});
  };
  return std::visit(Overloaded{
                        [&](const LayerPublished& one) {
                          Value orphans = Value::array();
                          for (const std::int64_t version : one.version.orphans) orphans.push_back(version);
                          return Value::object({{"step", "publish-layer"},
                                                {"subject", wanted.layers[one.index].layer},
                                                {"version", one.version.version},
                                                {"arn", one.version.arn},
                                                {"orphans", std::move(orphans)}});
                        },
                        [&](const FunctionPrepared& one) {
                          Value value = function("prepare-function", one.index);
                          value.set("version", one.version);
                          return value;
                        },
                        [&](const VersionChecked& one) {
                          Value value = function("check-version", one.index);
                          Value checks = Value::array();
                          for (const auto& result : one.results) checks.push_back(model::to_value(result));
                          value.set("checks", std::move(checks));
                          return value;
                        },
                        [&](const AliasShifted& one) { return function("shift-alias", one.index); },
                        [&](const AliasRestored& one) { return function("restore-alias", one.index); },
                        [&](const EffectFailed& one) {
                          Value value = to_value(one.effect, wanted);
                          value.set("error", one.why);
                          value.set("code", base::to_string(one.code));
                          return value;
                        },
                        [&](const EffectSkipped& one) {
                          Value value = to_value(one.effect, wanted);
                          value.set("skipped", true);
                          return value;
                        },
                        [&](const AbortRequested&) {
                          return Value::object({{"step", "abort"}});
                        },
                    },
                    event);
}

}  // namespace lamella::engine
