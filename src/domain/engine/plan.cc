// SPDX-License-Identifier: Apache-2.0
#include "engine/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/plan_digest.h"
#include "model/artifact.h"

namespace lamella::engine {
namespace {

using document::Value;

/// The ARNs the function's layers have, or nullopt while one is still to be published.
std::optional<std::vector<std::string>> known_arns(const WantedFunction& function, const Actual& actual) {
  std::vector<std::string> arns;
  for (const std::string& layer : function.layers) {
    const auto found = actual.layers.find(layer);
    if (found == actual.layers.end()) return std::nullopt;
    arns.push_back(found->second.arn);
  }
  return arns;
}

void compare_variables(const Settings& before, const Settings& after, std::vector<Reason>& reasons) {
  const auto changed = [&](const std::string& name, const std::string& text) {
    reasons.push_back(
        {"variable-changed", name, "", "", fmt::format("environment variable {} {}", name, text)});
  };
  for (const auto& [name, variable] : after.environment) {
    const auto found = before.environment.find(name);
    if (found == before.environment.end())
      changed(name, "is new");
    else if (found->second.value != variable.value)
      changed(name, "changed");
  }
  for (const auto& [name, variable] : before.environment) {
    if (!after.environment.contains(name)) changed(name, "is gone");
  }
}

std::vector<Reason> why_update(const WantedFunction& wanted, const Configuration& served,
                               const Actual& actual) {
  std::vector<Reason> reasons;
  if (served.code != wanted.code) {
    reasons.push_back(
        {"code-changed", wanted.function, served.code.brief(), wanted.code.brief(), "its code changed"});
  }
  const auto arns = known_arns(wanted, actual);
  if (!arns) {
    for (const std::string& layer : wanted.layers) {
      if (!actual.layers.contains(layer))
        reasons.push_back(
            {"layer-changed", layer, "", "", fmt::format("layer {} gets a new version", layer)});
    }
  } else if (*arns != served.layer_arns) {
    reasons.push_back({"layers-changed", wanted.function,
                       fmt::format("{}", fmt::join(served.layer_arns, " ")),
                       fmt::format("{}", fmt::join(*arns, " ")), "its layers or their order changed"});
  }
  const auto setting = [&](std::string_view name, const auto& before, const auto& after) {
    if (before == after) return;
    reasons.push_back({"setting-changed", std::string(name), fmt::format("{}", before),
                       fmt::format("{}", after), fmt::format("{} {} → {}", name, before, after)});
  };
  setting("architecture", served.architecture, wanted.architecture);
  setting("runtime", served.settings.runtime, wanted.settings.runtime);
  setting("handler", served.settings.handler, wanted.settings.handler);
  setting("role", served.settings.role, wanted.settings.role);
  setting("memory", served.settings.memory_mb, wanted.settings.memory_mb);
  setting("timeout", served.settings.timeout_s, wanted.settings.timeout_s);
  compare_variables(served.settings, wanted.settings, reasons);
  return reasons;
}

void plan_layer(const WantedLayer& layer, const Wanted& wanted, const Actual& actual, Plan& plan) {
  Change change{.kind = "layer", .name = layer.layer, .region = wanted.region, .to = layer.sha256.brief()};
  const auto found = actual.layers.find(layer.layer);
  if (found == actual.layers.end()) {
    change.action = Action::kPublish;
    change.reasons.push_back({"layer-not-published", layer.layer, "", layer.sha256.brief(),
                              "no published version has this content"});
  } else {
    change.from = change.to = std::to_string(found->second.version);
    change.reasons.push_back({"up-to-date", layer.layer, "", "",
                              fmt::format("version {} has this content", found->second.version)});
  }
  plan.changes.push_back(std::move(change));
}

void plan_function(const WantedFunction& function, const Wanted& wanted, const Actual& actual, Plan& plan) {
  const auto found = actual.functions.find(function.function);
  const ActualFunction there = found == actual.functions.end() ? ActualFunction{} : found->second;
  Change change{
      .kind = "function", .name = function.function, .region = wanted.region, .to = function.code.brief()};
  Change alias{.kind = "alias", .name = function.function + ":" + function.alias, .region = wanted.region};
  if (there.alias) alias.from = there.alias->version;
  if (!there.exists) {
    change.action = Action::kCreate;
    change.reasons.push_back({"function-missing", function.function, "", "", "it does not exist yet"});
  } else if (!there.served) {
    change.action = Action::kUpdate;
    change.reasons.push_back({"never-served", function.function, "", "",
                              fmt::format("no alias '{}' serves it yet", function.alias)});
  } else {
    change.from = there.served->code.brief();
    change.reasons = why_update(function, *there.served, actual);
    change.action = change.reasons.empty() ? Action::kUnchanged : Action::kUpdate;
  }
  const bool weighted = there.alias && !there.alias->weights.empty();
  if (change.action != Action::kUnchanged || weighted) {
    alias.action = there.alias ? Action::kMove : Action::kCreate;
    alias.to = "new version";
    if (change.action == Action::kUnchanged) {
      change.action = Action::kUpdate;
      change.reasons.push_back({"alias-weighted", function.function, "", "",
                                "its alias still shares traffic with another version"});
    }
    alias.reasons.push_back(
        {"after-checks", alias.name, "", "", "moves when every new version's checks have passed"});
  } else {
    change.reasons.push_back({"up-to-date", function.function, "", "",
                              "the alias serves this code with these layers and settings"});
    alias.to = alias.from;
  }
  plan.changes.push_back(std::move(change));
  plan.changes.push_back(std::move(alias));
}

}  // namespace

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kUnchanged: return "unchanged";
    case Action::kPublish: return "publish";
    case Action::kCreate: return "create";
    case Action::kUpdate: return "update";
    case Action::kMove: return "move";
  }
  return "unchanged";
}

bool Plan::empty() const {
  return std::all_of(changes.begin(), changes.end(),
                     [](const Change& change) { return change.action == Action::kUnchanged; });
}

const Change* Plan::find(std::string_view kind, std::string_view name) const {
  const auto found = std::find_if(changes.begin(), changes.end(), [&](const Change& change) {
    return change.kind == kind && change.name == name;
  });
  return found == changes.end() ? nullptr : &*found;
}

Plan make_plan(const Wanted& wanted, const Actual& actual) {
  Plan plan{.digest = {}, .environment = wanted.environment, .changes = {}};
  for (const WantedLayer& layer : wanted.layers) plan_layer(layer, wanted, actual, plan);
  for (const WantedFunction& function : wanted.functions) plan_function(function, wanted, actual, plan);
  plan.digest = digest_of(wanted, actual, plan.changes);
  return plan;
}

Value to_value(const Plan& plan) {
  Value changes = Value::array();
  for (const Change& change : plan.changes) {
    Value reasons = Value::array();
    for (const Reason& reason : change.reasons) reasons.push_back(model::to_value(reason));
    changes.push_back(Value::object({{"kind", change.kind},
                                     {"name", change.name},
                                     {"region", change.region},
                                     {"action", to_string(change.action)},
                                     {"from", change.from.empty() ? Value(nullptr) : Value(change.from)},
                                     {"to", change.to},
                                     {"reasons", std::move(reasons)}}));
  }
  return Value::object({{"schema", 1},
                        {"digest", plan.digest.hex()},
                        {"environment", plan.environment},
                        {"changes", std::move(changes)}});
}

}  // namespace lamella::engine
