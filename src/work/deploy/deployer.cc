// SPDX-License-Identifier: Apache-2.0
#include "deploy/deployer.h"

#include <fmt/format.h>

#include <variant>

#include "base/redactor.h"
#include "document/json.h"
#include "ledger/journal.h"

namespace lamella::deploy {
namespace {

using engine::Effect;
using engine::Event;
using engine::Wanted;

/// `text` without the values of secret variables: the service quotes them in some refusals, functions in
/// answers.
std::string masked(std::string text, const Wanted& wanted) {
  Redactor redactor;
  for (const auto& function : wanted.functions) {
    for (const auto& [name, variable] : function.settings.environment) {
      if (variable.secret) redactor.hide(variable.value);
    }
  }
  return redactor.cleaned(std::move(text));
}

/// What was done could not be written down: resumable, whatever kept it from the journal.
Error unrecorded(const Error& error) {
  return Error(ErrorCode::kRemote, "what was done could not be written into the journal")
      .because(error.what())
      .remedy("mend that and deploy again: it goes on from what is there");
}

/// How an effect ended, and the event for people.
struct Performed {
  Event event;
  base::Event told;
};

class Performer {
 public:
  Performer(World& world, const Wanted& wanted, const engine::Deployment& state, std::stop_token stop)
      : world_(world), wanted_(wanted), state_(state), stop_(std::move(stop)) {}

  Result<Performed> operator()(const engine::PublishLayer& effect) {
    const auto& layer = wanted_.layers[effect.index];
    LAMELLA_TRY_ASSIGN(const auto version, world_.publish_layer(layer, stop_));
    return Performed{engine::LayerPublished{effect.index, version},
                     {.kind = "deploy.layer-published",
                      .subject = layer.layer,
                      .text = fmt::format("version {}", version.version)}};
  }
  Result<Performed> operator()(const engine::PrepareFunction& effect) {
    const auto& function = wanted_.functions[effect.index];
    LAMELLA_TRY_ASSIGN(const auto version, world_.prepare_function(function, effect.layer_arns, stop_));
    return Performed{engine::FunctionPrepared{effect.index, version},
                     {.kind = "deploy.version-published",
                      .subject = function.function,
                      .text = fmt::format("version {}", version)}};
  }
  Result<Performed> operator()(const engine::CheckVersion& effect) {
    const auto& function = wanted_.functions[effect.index];
    LAMELLA_TRY_ASSIGN(auto checked, world_.check_version(function, effect.version, stop_));
    std::size_t passed = 0;
    for (const auto& result : checked.results) passed += result.passed ? 1 : 0;
    base::Event told{.kind = "deploy.checked",
                     .subject = function.function,
                     .text = fmt::format("{} of {} checks passed on version {}", passed,
                                         checked.results.size(), effect.version)};
    if (passed < checked.results.size()) told.severity = base::Severity::kError;
    for (auto& result : checked.results) result.detail = masked(result.detail, wanted_);
    checked.answer = masked(std::move(checked.answer), wanted_);
    return Performed{engine::VersionChecked{effect.index, std::move(checked.results), checked.measured,
                                            std::move(checked.answer)},
                     told};
  }
  Result<Performed> operator()(const engine::ShiftAlias& effect) {
    const auto& function = wanted_.functions[effect.index];
    LAMELLA_TRY(world_.shift_alias(function, effect.version, effect.before, stop_));
    return Performed{engine::AliasShifted{effect.index},
                     {.kind = "deploy.alias-moved",
                      .subject = function.function,
                      .text = fmt::format("alias {} is on version {}", function.alias, effect.version)}};
  }
  Result<Performed> operator()(const engine::RestoreAlias& effect) {
    const auto& function = wanted_.functions[effect.index];
    const std::string& version = state_.functions.at(effect.index).version;
    LAMELLA_TRY(world_.restore_alias(function, version, effect.before, {}));
    return Performed{engine::AliasRestored{effect.index},
                     {.kind = "deploy.alias-restored",
                      .subject = function.function,
                      .text = fmt::format("alias {} is back on version {}", function.alias,
                                          effect.before ? effect.before->version : version),
                      .severity = base::Severity::kWarning}};
  }

 private:
  World& world_;
  const Wanted& wanted_;
  const engine::Deployment& state_;
  std::stop_token stop_;
};

std::string why(const Error& error) {
  return error.why().empty() ? error.what() : fmt::format("{} ({})", error.what(), error.why());
}

/// What became of the function's alias.
std::string_view action_of(const engine::FunctionProgress& progress, engine::Outcome outcome) {
  if (!progress.changes) return "unchanged";
  if (outcome == engine::Outcome::kPromoted) return "promoted";
  if (progress.restored) return "rolled-back";
  if (progress.foreign || !progress.shifted) return "not-moved";
  // New, and it stays: there was nothing to put it back to.
  if (!progress.before) return progress.moved ? "promoted" : "not-moved";
  return "not-restored";
}

FunctionReport function_report(const engine::WantedFunction& wanted, const engine::FunctionProgress& progress,
                               const Wanted& all, engine::Outcome outcome) {
  FunctionReport report{.name = wanted.function, .region = all.region, .alias = wanted.alias};
  report.checks = progress.checks;
  report.measured = progress.measured;
  report.answer = progress.answer;
  report.action = action_of(progress, outcome);
  const std::string before = progress.before ? progress.before->version : "";
  const bool on_new = report.action == "promoted" || report.action == "not-restored";
  report.version = on_new ? progress.version : before;
  if (on_new) report.previous_version = before;
  return report;
}

DeployReport report_of(const Wanted& wanted, const engine::Plan& plan, const engine::Deployment& state,
                       const std::string& id) {
  DeployReport report{
      .deployment = id, .environment = wanted.environment, .outcome = state.outcome, .code = state.code};
  for (std::size_t i = 0; i < wanted.layers.size(); ++i) {
    const auto found = state.layers.find(i);
    const engine::Change* change = plan.find("layer", wanted.layers[i].layer);
    const bool publish = change != nullptr && change->action == engine::Action::kPublish;
    report.layers.push_back({wanted.layers[i].layer, wanted.region,
                             found == state.layers.end() ? engine::LayerVersion{} : found->second,
                             publish ? (found == state.layers.end() ? "failed" : "published") : "unchanged"});
  }
  for (std::size_t i = 0; i < wanted.functions.size(); ++i) {
    report.functions.push_back(
        function_report(wanted.functions[i], state.functions.at(i), wanted, state.outcome));
  }
  report.reasons = state.reasons;
  return report;
}

/// The exit code of an outcome that is no success.
base::ErrorCode exit_code(const engine::Deployment& state) {
  switch (state.outcome) {
    case engine::Outcome::kIncomplete: return base::ErrorCode::kRollbackIncomplete;
    case engine::Outcome::kRolledBack: return base::ErrorCode::kRolledBack;
    default: return state.code;
  }
}

}  // namespace

Result<engine::Plan> Deployer::plan(const Wanted& wanted, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const engine::Actual actual, world_.read(wanted, stop));
  return make_plan(wanted, actual);
}

Result<> Deployer::supersede_cut_off(const std::string& environment) {
  ledger::Journal journal(state_);
  LAMELLA_TRY_ASSIGN(const auto deployments, journal.deployments());
  for (const ledger::Deployment& one : deployments) {
    if (one.finished() || one.environment != environment) continue;
    events_.emit({.kind = "deploy.superseded",
                  .subject = one.id,
                  .text = "was cut off; this deployment goes on from what it left",
                  .severity = base::Severity::kWarning});
    LAMELLA_TRY(journal.supersede(one.id));
  }
  return {};
}

Event Deployer::perform(const Effect& effect, const Wanted& wanted, const engine::Deployment& state,
                        std::stop_token stop) {
  auto performed = std::visit(Performer(world_, wanted, state, stop), effect);
  if (!performed)
    return engine::EffectFailed{effect, performed.error().code(), masked(why(performed.error()), wanted)};
  events_.emit(performed->told);
  return std::move(performed->event);
}

Result<engine::Deployment> Deployer::run(const engine::Plan& plan, const Wanted& wanted,
                                         const engine::Actual& actual, const std::string& id,
                                         std::stop_token stop) {
  ledger::Journal journal(state_);
  LAMELLA_TRY(journal.start(id, wanted.environment, to_value(plan)));
  engine::Step now = engine::begin(wanted, actual, plan);
  while (now.state.stage != engine::Stage::kDone) {
    const std::vector<Effect> effects = std::move(now.effects);
    std::vector<document::Value> intents;
    for (const Effect& effect : effects) intents.push_back(to_value(effect, wanted));
    LAMELLA_TRY(journal.intend(intents));
    for (const Effect& effect : effects) {
      // Taking back is finished even when asked to stop: half of it would be worse.
      if (stop.stop_requested() && !now.state.aborted && now.state.stage != engine::Stage::kRestore) {
        LAMELLA_TRY(journal.record(to_value(Event(engine::AbortRequested{}), wanted)));
        now = engine::step(std::move(now.state), wanted, engine::AbortRequested{});
      }
      const Event event = engine::moot(now.state, effect) ? engine::EffectSkipped{effect}
                                                          : perform(effect, wanted, now.state, stop);
      if (auto kept = journal.record(to_value(event, wanted)); !kept) return unrecorded(kept.error());
      now = engine::step(std::move(now.state), wanted, event);
    }
  }
  now.state.code = exit_code(now.state);
  LAMELLA_TRY(journal.finish(to_string(now.state.outcome), to_value(report_of(wanted, plan, now.state, id))));
  return std::move(now.state);
}

Result<DeployReport> Deployer::apply(const engine::Plan& plan, const Wanted& wanted, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto lease, state_.acquire_lease());
  LAMELLA_TRY_ASSIGN(const engine::Actual actual, world_.read(wanted, stop));
  const engine::Plan again = make_plan(wanted, actual);
  if (again.digest != plan.digest) {
    return Error(ErrorCode::kConflict,
                 fmt::format("environment '{}' is no longer what the plan started from", wanted.environment))
        .because(
            fmt::format("the plan is {}, a new one would be {}", plan.digest.brief(), again.digest.brief()))
        .remedy(fmt::format("look at `lamella plan {}` and deploy again", wanted.environment));
  }
  LAMELLA_TRY(supersede_cut_off(wanted.environment));
  if (plan.empty()) return report_of(wanted, plan, engine::begin(wanted, actual, plan).state, "");
  const std::string id = fmt::format("{}-{}", clock_.timestamp(), random_.hex(4));
  auto state = run(plan, wanted, actual, id, stop);
  if (state) return report_of(wanted, plan, *state, id);
  return Error(std::move(state).error())
      .while_doing(fmt::format("keeping the journal of deployment {}; nothing more was sent", id));
}

}  // namespace lamella::deploy
