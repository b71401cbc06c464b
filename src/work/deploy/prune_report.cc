// SPDX-License-Identifier: Apache-2.0
#include "deploy/pruner.h"
#include "model/artifact.h"

namespace lamella::deploy {
namespace {

using document::Value;

Value to_value(const PrunedVersion& version) {
  Value reasons = Value::array();
  for (const Reason& reason : version.reasons) reasons.push_back(model::to_value(reason));
  return Value::object({{"version", version.version},
                        {"arn", version.arn},
                        {"action", version.action},
                        {"bytes", version.bytes ? Value(*version.bytes) : Value(nullptr)},
                        {"reasons", std::move(reasons)}});
}

}  // namespace

std::size_t PruneReport::count(std::string_view action) const {
  std::size_t found = 0;
  for (const PrunedLayer& layer : layers) {
    for (const PrunedVersion& version : layer.versions) found += version.action == action ? 1U : 0U;
  }
  return found;
}

std::int64_t PruneReport::bytes(std::string_view action) const {
  std::int64_t sum = 0;
  for (const PrunedLayer& layer : layers) {
    for (const PrunedVersion& version : layer.versions) {
      if (version.action == action) sum += version.bytes.value_or(0);
    }
  }
  return sum;
}

Value to_value(const PruneReport& report) {
  Value layers = Value::array();
  for (const PrunedLayer& one : report.layers) {
    Value versions = Value::array();
    for (const PrunedVersion& version : one.versions) versions.push_back(to_value(version));
    layers.push_back(Value::object({{"name", one.layer.layer},
                                    {"region", report.region},
                                    {"managed", one.layer.managed},
                                    {"retain", one.layer.retain},
                                    {"versions", std::move(versions)}}));
  }
  return Value::object({{"schema", 1},
                        {"environment", report.environment},
                        {"region", report.region},
                        {"pruning", report.pruning.empty() ? Value(nullptr) : Value(report.pruning)},
                        {"layers", std::move(layers)},
                        {"removable", static_cast<std::int64_t>(report.count("removable"))},
                        {"removable_bytes", report.bytes("removable")},
                        {"deleted", static_cast<std::int64_t>(report.count("deleted"))},
                        {"freed_bytes", report.bytes("deleted")}});
}

}  // namespace lamella::deploy
