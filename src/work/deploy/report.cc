// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "deploy/deployer.h"
#include "document/json.h"
#include "model/artifact.h"

namespace lamella::deploy {
namespace {

using document::Value;

constexpr std::size_t kLongestAnswer = 4'000;  // of what is kept in the journal

/// Milliseconds as the integer that formats hold, or null when it was not measured.
Value milliseconds(double ms) {
  return ms < 0 ? Value(nullptr) : Value(static_cast<std::int64_t>(std::llround(ms)));
}

Value to_value(const FunctionReport& function) {
  Value checks = Value::array();
  for (const auto& check : function.checks) checks.push_back(model::to_value(check));
  return Value::object(
      {{"name", function.name},
       {"region", function.region},
       {"version", function.version},
       {"alias", function.alias},
       {"previous_version",
        function.previous_version.empty() ? Value(nullptr) : Value(function.previous_version)},
       {"action", function.action},
       {"checks", std::move(checks)},
       {"cold_ms", milliseconds(function.measured.cold_ms)},
       {"init_ms", milliseconds(function.measured.init_ms)},
       {"warm_us", milliseconds(function.measured.warm_ms < 0 ? -1 : function.measured.warm_ms * 1000)},
       {"max_memory_mb", function.measured.memory_mb},
       {"answer", function.answer.substr(0, kLongestAnswer)}});
}

}  // namespace

Value to_value(const DeployReport& report) {
  Value layers = Value::array();
  for (const LayerReport& layer : report.layers) {
    Value orphans = Value::array();
    for (const std::int64_t version : layer.version.orphans) orphans.push_back(version);
    layers.push_back(Value::object({{"name", layer.name},
                                    {"region", layer.region},
                                    {"version", layer.version.version},
                                    {"arn", layer.version.arn},
                                    {"action", layer.action},
                                    {"orphans", std::move(orphans)}}));
  }
  Value functions = Value::array();
  for (const FunctionReport& function : report.functions) functions.push_back(to_value(function));
  Value reasons = Value::array();
  for (const Reason& reason : report.reasons) reasons.push_back(model::to_value(reason));
  return Value::object({{"schema", 1},
                        {"deployment", report.deployment.empty() ? Value(nullptr) : Value(report.deployment)},
                        {"environment", report.environment},
                        {"outcome", to_string(report.outcome)},
                        {"layers", std::move(layers)},
                        {"functions", std::move(functions)},
                        {"reasons", std::move(reasons)}});
}

}  // namespace lamella::deploy
