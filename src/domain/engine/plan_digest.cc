// SPDX-License-Identifier: Apache-2.0
#include "engine/plan_digest.h"

#include <fmt/format.h>

#include "crypto/sha256.h"
#include "document/json.h"

namespace lamella::engine {
namespace {

using document::Value;

Value settings_value(const Settings& settings) {
  Value variables = Value::object();
  for (const auto& [name, variable] : settings.environment) {
    variables.set(name, variable.secret ? Value(nullptr) : Value(variable.value));
  }
  return Value::object({{"runtime", settings.runtime},
                        {"handler", settings.handler},
                        {"role", settings.role},
                        {"memory_mb", settings.memory_mb},
                        {"timeout_s", settings.timeout_s},
                        {"environment", std::move(variables)}});
}

Value expectation_value(const model::Expectation& expect) {
  Value value = Value::object();
  if (expect.path) value.set("path", model::to_string(*expect.path));
  if (expect.equals) value.set("equals", document::canonical_json(*expect.equals));
  if (expect.exists) value.set("exists", *expect.exists);
  if (expect.matches) value.set("matches", *expect.matches);
  if (expect.below) value.set("below", fmt::format("{}", *expect.below));
  if (expect.error) value.set("error", *expect.error);
  if (expect.status) value.set("status", *expect.status);
  return value;
}

void set_form(Value& value, const model::EventCheck& check) {
  if (const auto* file = std::get_if<model::PlacedText>(&check.event))
    value.set("event_file", file->text);
  else
    value.set("event", document::canonical_json(std::get<Value>(check.event)));
  value.set("expect", expectation_value(check.expect));
}

void set_form(Value& value, const model::HttpCheck& check) {
  value.set("http", check.method + " " + check.path);
  Value query = Value::array();
  for (const auto& [name, text] : check.query) query.push_back(Value::array({name, text}));
  value.set("query", std::move(query));
  if (check.body) value.set("body", document::canonical_json(*check.body));
  value.set("expect", expectation_value(check.expect));
}

void set_form(Value& value, const model::ScriptCheck& check) { value.set("script", check.path.text); }
void set_form(Value& value, const model::CommandCheck& check) { value.set("command", check.command); }

Value checks_value(const std::vector<model::Check>& checks) {
  Value values = Value::array();
  for (const model::Check& check : checks) {
    Value value = Value::object({{"name", check.name}, {"stage", to_string(check.stage)}});
    if (check.timeout) value.set("timeout_ms", check.timeout->count());
    std::visit([&](const auto& form) { set_form(value, form); }, check.what);
    values.push_back(std::move(value));
  }
  return values;
}

Value base_value(const ActualFunction& actual) {
  Value base = Value::object({{"exists", actual.exists}, {"alias", to_value(actual.alias)}});
  if (actual.served) {
    base.set("code", actual.served->code.hex());
    base.set("layers", Value::array_of(actual.served->layer_arns));
  }
  return base;
}

Value layer_value(const WantedLayer& layer, const Actual& actual) {
  const auto found = actual.layers.find(layer.layer);
  Value value = Value::object({{"layer", layer.layer},
                               {"name", layer.name},
                               {"sha256", layer.sha256.hex()},
                               {"description", layer_description(layer)},
                               {"runtimes", Value::array_of(layer.runtimes)},
                               {"architectures", Value::array_of(layer.architectures)},
                               {"licence", layer.licence},
                               {"published", found == actual.layers.end() ? 0 : found->second.version}});
  if (!layer.arn.empty()) value.set("arn", layer.arn);
  return value;
}

Value function_value(const WantedFunction& function, const Actual& actual) {
  const auto found = actual.functions.find(function.function);
  return Value::object(
      {{"function", function.function},
       {"name", function.name},
       {"code", function.code.hex()},
       {"architecture", function.architecture},
       {"settings", settings_value(function.settings)},
       {"layers", Value::array_of(function.layers)},
       {"alias", function.alias},
       {"checks", checks_value(function.checks)},
       {"base", base_value(found == actual.functions.end() ? ActualFunction{} : found->second)}});
}

}  // namespace

Value to_value(const std::optional<AliasRecord>& alias) {
  if (!alias) return nullptr;
  Value weights = Value::object();
  for (const auto& [version, weight] : alias->weights) weights.set(version, fmt::format("{}", weight));
  return Value::object(
      {{"version", alias->version}, {"description", alias->description}, {"weights", std::move(weights)}});
}

Digest digest_of(const Wanted& wanted, const Actual& actual, const std::vector<Change>& changes) {
  Value layers = Value::array();
  for (const WantedLayer& layer : wanted.layers) layers.push_back(layer_value(layer, actual));
  Value functions = Value::array();
  for (const WantedFunction& function : wanted.functions)
    functions.push_back(function_value(function, actual));
  Value actions = Value::array();
  for (const Change& change : changes) {
    actions.push_back(Value::array({change.kind, change.name, to_string(change.action)}));
  }
  const Value whole = Value::object({{"schema", 1},
                                     {"environment", wanted.environment},
                                     {"account", wanted.account},
                                     {"region", wanted.region},
                                     {"strategy", "all-at-once"},
                                     {"layers", std::move(layers)},
                                     {"functions", std::move(functions)},
                                     {"actions", std::move(actions)}});
  return crypto::sha256(document::canonical_json(whole));
}

}  // namespace lamella::engine
