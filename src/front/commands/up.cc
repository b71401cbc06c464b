// SPDX-License-Identifier: Apache-2.0
#include "commands/up.h"

#include <algorithm>

#include "base/tree_text.h"
#include "commands/build.h"
#include "commands/deploy.h"
#include "commands/invoke.h"
#include "document/json.h"
#include "os/clock.h"

namespace lamella::commands {
namespace {

using document::Value;

/// What to call a function with, to see it work: the event of its first check that expects an answer.
Result<std::string> sample_event(Session& session, const model::Function& function) {
  for (const model::Check& check : function.checks) {
    const auto* event = std::get_if<model::EventCheck>(&check.what);
    if (event == nullptr || event->expect.error) continue;
    if (const auto* inlined = std::get_if<Value>(&event->event)) return document::render_json(*inlined);
    LAMELLA_TRY_ASSIGN(const auto text,
                       base::read_text(session.tree(), std::get<model::PlacedText>(event->event).text));
    if (text) return *text;
  }
  return std::string("{}");
}

/// Called twice through the alias: the first may be a cold start, the second is warm.
Result<Value> tried(Session& session, Access& access, const model::Function& function,
                    const model::EnvironmentSettings& environment) {
  LAMELLA_TRY_ASSIGN(const std::string event, sample_event(session, function));
  const std::string name = environment.name_of(function.name);
  LAMELLA_TRY_ASSIGN(const Value first, invoke_once(session, access, function, name, function.alias, event));
  LAMELLA_TRY_ASSIGN(const Value second, invoke_once(session, access, function, name, function.alias, event));
  const auto number = [](const Value& record, std::string_view key) -> std::optional<double> {
    const Value* found = record.find({"report", key});
    return found == nullptr ? std::nullopt : found->as_number();
  };
  const auto init = number(first, "init_duration_ms");
  const auto duration = number(first, "duration_ms");
  const auto warm = number(second, "duration_ms");
  const Value* memory = second.find({"report", "max_memory_used_mb"});
  return Value::object({{"name", function.name},
                        {"version", second.text("executed_version")},
                        {"answer", second.text("payload_text")},
                        {"passed", second.find("function_error")->is_null()},
                        {"cold_ms", init && duration ? Value(*init + *duration) : Value()},
                        {"warm_ms", warm ? Value(*warm) : Value()},
                        {"max_memory_mb", memory == nullptr ? Value() : *memory}});
}

/// A cold start that a check has already used up was measured there.
void add_measured(Value& tried, const deploy::DeployReport& report) {
  for (const deploy::FunctionReport& function : report.functions) {
    if (function.name != tried.text("name")) continue;
    if (tried.find("cold_ms")->is_null() && function.measured.cold_ms >= 0)
      tried.set("cold_ms", function.measured.cold_ms);
    Value checks = Value::array();
    for (const model::CheckResult& check : function.checks) checks.push_back(model::to_value(check));
    tried.set("checks", std::move(checks));
    tried.set("action", function.action);
  }
}

/// All of them are called in the end.
std::vector<const model::Function*> all_functions(const model::Workspace& workspace) {
  std::vector<const model::Function*> all;
  for (const model::Function& function : workspace.functions) all.push_back(&function);
  return all;
}

Result<Value> try_functions(Session& session, LocalHost& host, const model::EnvironmentSettings& environment,
                            const deploy::DeployReport& report) {
  const auto& functions = session.workspace().functions;
  std::vector<Value> records(functions.size());
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY(tools->pool.parallel_for(
      functions.size(),
      [&](std::size_t i) -> Result<> {
        auto record = tried(session, host.access(), functions[i], environment);
        if (!record)
          return Error(std::move(record).error()).while_doing("trying function " + functions[i].name);
        add_measured(*record, report);
        records[i] = *std::move(record);
        return {};
      },
      session.stop()));
  return Value::array(std::move(records));
}

std::optional<Error> first_failure(const Value& functions) {
  for (const Value& function : *functions.as_array()) {
    if (function.boolean("passed")) continue;
    const std::string name = function.text("name");
    return Error(ErrorCode::kRefused, "function " + name + " fails through its alias")
        .because(function.text("answer"))
        .remedy("`lamella logs " + name + "` shows what it printed");
  }
  return std::nullopt;
}

}  // namespace

Result<Outcome> up(const Setting& setting, const UpOptions& options) {
  const auto start = os::system_clock().monotonic();
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto* environment, deployable(*session, "local"));
  LAMELLA_TRY(require_runtime_clients(*session, all_functions(session->workspace())));
  const build::Manifest before = build::load_manifest(session->root());
  LAMELLA_TRY_ASSIGN(
      const Built built,
      build_workspace(*session, {.names = {}, .skip_checks = options.skip_checks}, LockPolicy::kMakeAny));
  LAMELLA_TRY_ASSIGN(const auto host, LocalHost::join_or_host(*session));
  LAMELLA_TRY_ASSIGN(const auto report, deploy_to(*session, *host, *environment));

  Outcome outcome{new_record(), {}};
  outcome.record.set("build", record_of(built.report, before));
  outcome.record.set("deployment", deploy::to_value(report));
  if (report.succeeded()) {
    LAMELLA_TRY_ASSIGN(Value functions, try_functions(*session, *host, *environment, report));
    outcome.error = first_failure(functions);
    outcome.record.set("functions", std::move(functions));
  } else {
    outcome.error = failure_of(report);
  }
  outcome.record.set("url", host->hosted_here() ? Value() : Value(host->url()));
  const auto elapsed = os::system_clock().monotonic() - start;
  outcome.record.set("elapsed_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  return outcome;
}

}  // namespace lamella::commands
