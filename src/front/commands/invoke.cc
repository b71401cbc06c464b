// SPDX-License-Identifier: Apache-2.0
#include "commands/invoke.h"

#include <fmt/format.h>

#include "commands/reach.h"
#include "document/json.h"
#include "model/report_line.h"
#include "os/clock.h"
#include "wire/service_error.h"

namespace lamella::commands {
namespace {

using document::Value;

constexpr std::chrono::seconds kStartAndQueue{90};  // what a caller may wait beside the function's own time
constexpr std::string_view kLogGroup = "/aws/lambda/";

bool is_absent(const Error& error) { return error.fact("service-code") == "ResourceNotFoundException"; }

Error not_deployed(const std::string& function, const std::string& qualifier, const std::string& environment,
                   const Error& cause) {
  return Error(ErrorCode::kUsage,
               fmt::format("{}:{} is not deployed to {}", function, qualifier, environment))
      .because(cause.why().empty() ? cause.what() : cause.why())
      .remedy(fmt::format("run `lamella deploy {}`", environment));
}

Value report_of(std::string_view log_tail) {
  const auto report = model::find_report_line(log_tail);
  if (!report) return {};
  return Value::object(
      {{"duration_ms", report->duration_ms},
       {"billed_duration_ms", report->billed_duration_ms},
       {"init_duration_ms", report->init_duration_ms ? Value(*report->init_duration_ms) : Value()},
       {"memory_size_mb", report->memory_size_mb},
       {"max_memory_used_mb", report->max_memory_used_mb}});
}

std::string remedy_for(const model::Function& function, std::string_view error_type) {
  if (error_type == "Sandbox.Timedout") {
    return fmt::format("if it needs longer than {0} s, raise functions.{1}.timeout and run `lamella up`",
                       function.timeout, function.name);
  }
  if (error_type == "Runtime.OutOfMemory") {
    return fmt::format("if it needs more than {0} MB, raise functions.{1}.memory and run `lamella up`",
                       function.memory, function.name);
  }
  return "its log is above; `lamella logs` has the rest";
}

Error function_failed(const model::Function& function, const Value& payload) {
  std::string why = payload.text("errorType");
  const std::string remedy = remedy_for(function, why);
  const std::string message = payload.text("errorMessage");
  if (!why.empty() && !message.empty()) why += ": ";
  return Error(ErrorCode::kRefused, fmt::format("function {} failed", function.name))
      .because(why + message)
      .remedy(remedy);
}

}  // namespace

Result<Value> invoke_once(Session& session, Access& access, const model::Function& function,
                          const std::string& remote_name, const std::string& qualifier,
                          const std::string& event) {
  const auto patience = std::chrono::seconds(function.timeout) + kStartAndQueue;
  wire::InvokeRequest request;
  request.function = remote_name;
  request.qualifier = qualifier;
  request.log_tail = true;
  request.payload = event;
  const auto start = os::system_clock().monotonic();
  LAMELLA_TRY_ASSIGN(
      const auto outcome,
      access.invoker().invoke(request, {.deadline = patience, .attempt = patience, .stop = session.stop()}));
  const std::chrono::duration<double, std::milli> elapsed = os::system_clock().monotonic() - start;
  const auto payload = document::parse_json(outcome.payload, "answer");
  Value record = Value::object({{"function", function.name},
                                {"qualifier", qualifier},
                                {"executed_version", outcome.executed_version},
                                {"status", outcome.status},
                                {"payload", payload ? *payload : Value()},
                                {"payload_text", outcome.payload}});
  record.set("function_error", outcome.failed() ? Value(outcome.function_error) : Value());
  record.set("log_tail", outcome.log_tail);
  record.set("report", report_of(outcome.log_tail));
  record.set("round_trip_ms", elapsed.count());
  return record;
}

Result<Outcome> invoke(const Setting& setting, const InvokeOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const model::Function* function, session->require_function(options.function));
  const std::string event = options.event.empty() ? "{}" : options.event;
  LAMELLA_TRY(document::parse_json(event, options.event_name));
  const Result<> startable = require_runtime_clients(*session, {function});  // asked before anyone hosts
  LAMELLA_TRY_ASSIGN(Reached reached, reach(*session, options.environment));
  const std::string qualifier = !options.version.empty() ? options.version
                                : !options.alias.empty() ? options.alias
                                                         : function->alias;
  auto record = invoke_once(*session, reached.access(), *function,
                            reached.environment->name_of(function->name), qualifier, event);
  if (!record && is_absent(record.error())) {
    return not_deployed(function->name, qualifier, options.environment, std::move(record).error());
  }
  if (!record && wire::is_service_error(record.error(), "InvalidRuntimeException") && reached.host)
    LAMELLA_TRY(startable);
  if (!record) return std::move(record).error();
  Outcome outcome{new_record(), {}};
  outcome.record.set("environment", options.environment);
  for (auto& member : *record->as_object()) outcome.record.set(member.key, std::move(member.value));
  if (!outcome.record.find("function_error")->is_null()) {
    outcome.error = function_failed(*function, *outcome.record.find("payload"));
  }
  return outcome;
}

Result<Outcome> logs(const Setting& setting, const LogsOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const model::Function* function, session->require_function(options.function));
  LAMELLA_TRY_ASSIGN(Reached reached, reach(*session, options.environment));
  const std::string group = std::string(kLogGroup) + reached.environment->name_of(function->name);
  auto events = reached.access().logs().events(group, {.stop = session->stop()});
  if (!events && is_absent(events.error())) {
    return not_deployed(function->name, function->alias, options.environment, std::move(events).error());
  }
  if (!events) return std::move(events).error();
  Outcome outcome{new_record(), {}};
  outcome.record.set("function", function->name);
  outcome.record.set("environment", options.environment);
  Value lines = Value::array();
  const std::size_t first = events->size() > options.limit ? events->size() - options.limit : 0;
  for (std::size_t i = first; i < events->size(); ++i) {
    const aws::LogEvent& event = (*events)[i];
    const os::WallTime time{std::chrono::milliseconds(event.time)};
    lines.push_back(Value::object(
        {{"time", os::render_time(time)}, {"stream", event.stream}, {"message", event.message}}));
  }
  outcome.record.set("lines", std::move(lines));
  return outcome;
}

}  // namespace lamella::commands
