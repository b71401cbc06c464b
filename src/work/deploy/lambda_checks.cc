// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "deploy/lambda_world.h"
#include "document/json.h"
#include "model/report_line.h"
#include "os/file.h"

namespace lamella::deploy {
namespace {

using document::Value;
using engine::WantedFunction;

constexpr std::uint64_t kLargestEvent = 6'291'456;

Result<Value> event_of(const std::filesystem::path& workspace, const model::EventCheck& check) {
  if (const auto* inline_event = std::get_if<Value>(&check.event)) return *inline_event;
  const auto& place = std::get<model::PlacedText>(check.event);
  LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(workspace / place.text, kLargestEvent));
  return document::parse_json(text, place.text);
}

model::InvokeOutcome outcome_of(const wire::InvokeOutcome& from) {
  model::InvokeOutcome out;
  out.function_error = from.function_error;
  auto payload = document::parse_json(from.payload, "answer");
  out.payload = payload ? std::move(*payload) : Value(from.payload);
  return out;
}

/// The function's own time, the service's 10 s for a start, and the way there and back.
std::chrono::milliseconds patience(const WantedFunction& function, const model::Check& check) {
  return check.timeout.value_or(std::chrono::seconds(function.settings.timeout_s + 30));
}

/// Adds what the invocation's REPORT line says.
void take_measures(const wire::InvokeOutcome& outcome, model::CheckResult& result,
                   engine::Measured& measured) {
  const auto report = model::find_report_line(outcome.log_tail);
  if (!report) return;
  result.duration_ms = static_cast<std::int64_t>(report->duration_ms);
  measured.memory_mb = std::max(measured.memory_mb, static_cast<std::int64_t>(report->max_memory_used_mb));
  if (!report->init_duration_ms) return;
  measured.init_ms = *report->init_duration_ms;
  measured.cold_ms = *report->init_duration_ms + report->duration_ms;
}

model::CheckResult judge(const model::Check& check, const model::EventCheck& form,
                         const std::optional<wire::InvokeOutcome>& outcome, std::chrono::milliseconds limit) {
  model::CheckResult result;
  if (outcome)
    result = evaluate(form.expect, outcome_of(*outcome));
  else
    result.detail = fmt::format("no answer within {} ms", limit.count());
  result.name = check.name;
  return result;
}

}  // namespace

Result<std::optional<wire::InvokeOutcome>> LambdaWorld::invoke(const WantedFunction& function,
                                                               const std::string& version, const Value& event,
                                                               std::chrono::milliseconds limit,
                                                               std::stop_token stop) {
  wire::InvokeRequest request{.function = function.name, .qualifier = version, .log_tail = true};
  request.payload = document::render_json(event);
  const aws::CallOptions options{
      .deadline = limit + std::chrono::seconds(30), .attempt = limit, .stop = stop};
  std::optional<wire::InvokeOutcome> outcome;
  const auto work = [&]() -> Result<bool> {
    auto answer = invoker_.invoke(request, options);
    if (answer)
      outcome = std::move(*answer);
    else if (answer.error().fact("timeout") != "true")
      return std::move(answer).error();
    return true;
  };
  LAMELLA_TRY(persist(work, stop));
  return outcome;
}

Result<Checked> LambdaWorld::check_version(const WantedFunction& function, const std::string& version,
                                           std::stop_token stop) {
  Checked checked;
  std::optional<Value> first;
  for (const model::Check& check : function.checks) {
    // Scripts ran in the sandbox when the artifact was proved; only events need the deployed version.
    const auto* form = std::get_if<model::EventCheck>(&check.what);
    if (form == nullptr || check.stage != model::CheckStage::kPromotion) continue;
    const auto limit = patience(function, check);
    LAMELLA_TRY_ASSIGN(const Value event, event_of(workspace_, *form));
    LAMELLA_TRY_ASSIGN(const auto outcome, invoke(function, version, event, limit, stop));
    model::CheckResult result = judge(check, *form, outcome, limit);
    if (outcome) take_measures(*outcome, result, checked.measured);
    if (!first) {
      first = event;
      if (outcome) checked.answer = outcome->payload;
    }
    checked.results.push_back(std::move(result));
  }
  const bool passed =
      std::all_of(checked.results.begin(), checked.results.end(), [](const auto& one) { return one.passed; });
  if (!first || !passed) return checked;
  // Once more, warm: a measurement, of which nothing depends.
  const auto again = invoke(function, version, *first, patience(function, function.checks.front()), stop);
  if (!again || !*again) return checked;
  const auto report = model::find_report_line((*again)->log_tail);
  if (report && !report->init_duration_ms) checked.measured.warm_ms = report->duration_ms;
  return checked;
}

}  // namespace lamella::deploy
