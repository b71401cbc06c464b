// SPDX-License-Identifier: Apache-2.0
#include "ledger/journal.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/json.h"

namespace lamella::ledger {

using document::Value;

Result<> Journal::append(const std::string& kind, const std::vector<Value>& payloads) {
  if (!serial_) {
    LAMELLA_TRY_ASSIGN(serial_, store_.last_serial());
  }
  std::vector<NewRecord> records;
  for (Value payload : payloads) {
    payload.set("deployment", deployment_);
    records.push_back({kind, document::canonical_json(payload)});
  }
  LAMELLA_TRY_ASSIGN(serial_, store_.append(records, *serial_));
  return {};
}

Result<> Journal::start(const std::string& deployment, const std::string& environment, const Value& plan) {
  deployment_ = deployment;
  return append("started", {Value::object({{"environment", environment}, {"plan", plan}})});
}

Result<> Journal::start_pruning(const std::string& pruning, const std::string& environment,
                                const Value& plan) {
  deployment_ = pruning;
  return append("pruning", {Value::object({{"environment", environment}, {"plan", plan}})});
}

Result<> Journal::intend(const std::vector<Value>& intents) {
  if (intents.empty()) return {};
  return append("intent", intents);
}

Result<> Journal::record(const Value& result) { return append("result", {result}); }

Result<> Journal::finish(std::string_view outcome, const Value& report) {
  return append("finished", {Value::object({{"outcome", outcome}, {"report", report}})});
}

Result<> Journal::supersede(const std::string& deployment) {
  deployment_ = deployment;
  return finish("superseded", Value());
}

Result<std::vector<Deployment>> Journal::deployments() {
  LAMELLA_TRY_ASSIGN(const auto records, store_.read(1));
  std::vector<Deployment> found;
  for (const Record& record : records) {
    const document::JsonLimits limits{.code = ErrorCode::kCorrupt};
    LAMELLA_TRY_ASSIGN(
        Value payload,
        document::parse_json(record.payload, fmt::format("journal record {}", record.serial), limits));
    const std::string id = payload.text("deployment");
    if (record.kind == "started") {
      const Value* plan = payload.find("plan");
      found.push_back({.id = id,
                       .environment = payload.text("environment"),
                       .started_at = record.written_at,
                       .plan = plan == nullptr ? Value() : *plan});
      continue;
    }
    const auto deployment =
        std::find_if(found.rbegin(), found.rend(), [&](const Deployment& one) { return one.id == id; });
    if (deployment == found.rend()) continue;
    if (record.kind == "intent")
      deployment->intents.push_back(std::move(payload));
    else if (record.kind == "result")
      deployment->results.push_back(std::move(payload));
    else if (record.kind == "finished") {
      deployment->finished_at = record.written_at;
      deployment->outcome = payload.text("outcome");
      if (const Value* report = payload.find("report")) deployment->report = *report;
    }
  }
  return found;
}

}  // namespace lamella::ledger
