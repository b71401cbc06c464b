// SPDX-License-Identifier: Apache-2.0
#include "cli/dispatch.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/units.h"
#include "cli/render.h"
#include "cli/treemap.h"
#include "commands/affected.h"
#include "commands/build.h"
#include "commands/cache.h"
#include "commands/check.h"
#include "commands/deploy.h"
#include "commands/doctor.h"
#include "commands/explain.h"
#include "commands/graph.h"
#include "commands/init.h"
#include "commands/invoke.h"
#include "commands/local.h"
#include "commands/lock.h"
#include "commands/outdated.h"
#include "commands/prune.h"
#include "commands/size.h"
#include "commands/size_diff.h"
#include "commands/status.h"
#include "commands/test.h"
#include "commands/trace.h"
#include "commands/up.h"
#include "document/json.h"
#include "os/file.h"
#include "os/named_file.h"

namespace lamella::cli {
namespace {

using commands::Outcome;
using commands::Setting;

Result<Outcome> run_doctor(const Given&, const Setting& setting) { return commands::doctor(setting); }

Result<Outcome> run_lock(const Given& given, const Setting& setting) {
  commands::LockOptions options{
      .upgrade = {}, .check = given.has("check"), .offline = given.has("offline"), .bumps = {}};
  if (options.offline && !options.check)
    return Error(ErrorCode::kUsage, "--offline is for --check: versions are chosen by asking the indexes");
  LAMELLA_TRY_ASSIGN(options.bumps, commands::parse_bumps(given.values("bump"), given.value("reason")));
  for (const std::string& package : given.values("upgrade")) {
    if (package.empty())
      options.upgrade.all = true;
    else
      options.upgrade.packages.push_back(package);
  }
  return commands::lock(setting, options);
}

build::Again again_of(const Given& given) {
  if (!given.has("force")) return build::Again::kNothing;
  const std::string step = given.value("force");
  if (step == "segments") return build::Again::kSegments;
  return step == "checks" ? build::Again::kChecks : build::Again::kAssembly;
}

Result<Outcome> run_build(const Given& given, const Setting& setting) {
  return commands::build(setting, {.names = given.arguments,
                                   .layers_only = given.has("layers-only"),
                                   .skip_checks = given.has("skip-checks"),
                                   .frozen = given.has("frozen"),
                                   .locked = given.has("locked"),
                                   .clean = given.has("clean"),
                                   .again = again_of(given),
                                   .on_failure = given.has("keep-going") ? build::OnFailure::kKeepGoing
                                                                         : build::OnFailure::kStop});
}

Result<Outcome> run_check(const Given& given, const Setting& setting) {
  return commands::check(setting, {.names = given.arguments});
}

Result<Outcome> run_test(const Given& given, const Setting& setting) {
  if (given.has("affected") && given.value("affected").empty())
    return Error(ErrorCode::kUsage, "--affected names no revision");
  return commands::test(setting, {.names = given.arguments,
                                  .affected = given.value("affected"),
                                  .force = given.has("force") ? proof::Force::kYes : proof::Force::kNo});
}

Result<Outcome> run_outdated(const Given&, const Setting& setting) { return commands::outdated(setting); }

/// One picture at a time.
Result<> one_form(const Given& given) {
  std::string_view first;
  for (const std::string_view form : {"json", "dot", "svg", "markdown"}) {
    if (!given.has(form)) continue;
    if (!first.empty())
      return Error(ErrorCode::kUsage, fmt::format("--{} and --{} exclude each other", first, form));
    first = form;
  }
  return {};
}

Result<Outcome> run_size_diff(const Given& given, const Setting& setting) {
  LAMELLA_TRY(one_form(given));
  if (given.value("diff").empty())
    return Error(ErrorCode::kUsage, "--diff names no revision and no environment");
  if (given.has("html")) return Error(ErrorCode::kUsage, "--diff and --html exclude each other");
  return commands::size_diff(setting, given.value("diff"));
}

Result<Outcome> run_size(const Given& given, const Setting& setting) {
  if (given.has("diff")) return run_size_diff(given, setting);
  if (given.has("markdown"))
    return Error(ErrorCode::kUsage, "--markdown is for a comparison")
        .remedy("for example: lamella size --diff main --markdown");
  if (given.has("html") && given.value("html").empty())
    return Error(ErrorCode::kUsage, "--html names no file");
  LAMELLA_TRY_ASSIGN(auto report, commands::size(setting));
  if (!given.has("html")) return std::move(report.outcome);
  LAMELLA_TRY(os::write_named_file(given.value("html"), treemap_page("What everything weighs", report.tree)));
  report.outcome.record.set("html", given.value("html"));
  return std::move(report.outcome);
}

Result<Outcome> run_trace(const Given& given, const Setting& setting) {
  return commands::trace(setting, given.argument(0));
}
Result<Outcome> run_cache_ls(const Given&, const Setting& setting) { return commands::cache_ls(setting); }
Result<Outcome> run_cache_verify(const Given&, const Setting& setting) {
  return commands::cache_verify(setting);
}

Result<Outcome> run_cache_prune(const Given& given, const Setting& setting) {
  if (!given.has("max-size")) {
    return Error(ErrorCode::kUsage, "cache prune needs --max-size")
        .remedy("say how much may stay: lamella cache prune --max-size \"10 GB\"");
  }
  LAMELLA_TRY_ASSIGN(const std::uint64_t most, base::parse_size(given.value("max-size")));
  return commands::cache_prune(setting, {.max_bytes = most, .dry_run = given.has("dry-run")});
}

Result<Outcome> run_affected(const Given& given, const Setting& setting) {
  LAMELLA_TRY(one_form(given));
  for (const auto* flag : {"since", "to", "merge-base"}) {
    if (given.has(flag) && given.value(flag).empty())
      return Error(ErrorCode::kUsage, fmt::format("--{} names no revision", flag));
  }
  return commands::affected(
      setting,
      {.since = given.value("since"), .merge_base = given.value("merge-base"), .to = given.value("to")});
}
Result<Outcome> run_graph(const Given& given, const Setting& setting) {
  LAMELLA_TRY(one_form(given));
  return commands::graph(
      setting, given.has("packages") ? commands::GraphDetail::kPackages : commands::GraphDetail::kArtifacts);
}
Result<Outcome> run_explain(const Given& given, const Setting& setting) {
  return commands::explain(setting, given.argument(0));
}

constexpr std::size_t kDefaultLines = 200;
constexpr std::size_t kDefaultDeployments = 20;

Result<std::size_t> number_of(const Given& given, std::string_view flag, std::size_t fallback,
                              std::size_t most) {
  if (!given.has(flag)) return fallback;
  const std::string text = given.value(flag);
  std::size_t number = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (trouble == std::errc() && end == text.data() + text.size() && number <= most) return number;
  return Error(ErrorCode::kUsage, fmt::format("--{} must be a number up to {}", flag, most));
}

/// The text of a file, of stdin for "-", or "" when no event is given.
Result<std::string> event_of(const Given& given) {
  const std::string file = given.value("event");
  if (file.empty()) return std::string();
  constexpr std::uint64_t kLargestEvent = 16'000'000;
  if (file == "-") return os::read_to_end(0, kLargestEvent);
  return os::read_file(file, kLargestEvent);
}

Result<Outcome> run_up(const Given& given, const Setting& setting) {
  return commands::up(setting, {.skip_checks = given.has("skip-checks")});
}
Result<Outcome> run_plan(const Given& given, const Setting& setting) {
  return commands::plan(setting, given.argument(0));
}
Result<Outcome> run_deploy(const Given& given, const Setting& setting) {
  return commands::deploy(setting, given.argument(0));
}
Result<Outcome> run_prune(const Given& given, const Setting& setting) {
  return commands::prune(
      setting, {.environment = given.argument(0),
                .layers = {given.arguments.begin() + 1, given.arguments.end()},
                .deletion = given.has("apply") ? commands::Deletion::kDone : commands::Deletion::kToldOnly});
}
Result<Outcome> run_status(const Given& given, const Setting& setting) {
  return commands::status(setting, given.argument(0));
}
Result<Outcome> run_history(const Given& given, const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const std::size_t limit, number_of(given, "limit", kDefaultDeployments, 1'000'000));
  return commands::history(setting, given.argument(0), limit);
}

Result<Outcome> run_invoke(const Given& given, const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const std::string event, event_of(given));
  return commands::invoke(
      setting, {.function = given.argument(0),
                .environment = given.argument(1, "local"),
                .alias = given.value("alias"),
                .version = given.value("version"),
                .event = event,
                .event_name = given.value("event") == "-" ? "stdin" : given.value("event", "event")});
}

Result<Outcome> run_logs(const Given& given, const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const std::size_t limit, number_of(given, "limit", kDefaultLines, 1'000'000));
  return commands::logs(
      setting, {.function = given.argument(0), .environment = given.argument(1, "local"), .limit = limit});
}

Result<Outcome> run_local_serve(const Given& given, const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const std::size_t port, number_of(given, "port", 0, 65'535));
  const bool json = given.has("json");
  return commands::local_serve(
      setting, {.port = static_cast<std::uint16_t>(port), .state = given.value("state")},
      [json](const document::Value& record) {
        const std::string line =
            json ? document::render_json(record) : fmt::format("serving at {}", record.text("url"));
        [[maybe_unused]] const auto ignored = os::write_all(1, line + "\n");
      });
}
Result<Outcome> run_local_env(const Given& given, const Setting& setting) {
  return commands::local_env(setting, given.value("state"));
}

Result<Outcome> run_init(const Given& given, const Setting& setting) {
  return commands::init(setting, {.from = given.value("from")});
}

constexpr std::array kHandlers = {
    Handler{"init", run_init, render_init},
    Handler{"doctor", run_doctor, render_doctor},
    Handler{"up", run_up, render_up},
    Handler{"lock", run_lock, render_lock},
    Handler{"build", run_build, render_build},
    Handler{"check", run_check, render_check},
    Handler{"test", run_test, render_test},
    Handler{"status", run_status, render_status},
    Handler{"affected", run_affected, render_affected},
    Handler{"explain", run_explain, render_explain},
    Handler{"graph", run_graph, render_graph},
    Handler{"size", run_size, render_size},
    Handler{"outdated", run_outdated, render_outdated},
    Handler{"trace", run_trace, render_trace},
    Handler{"plan", run_plan, render_plan},
    Handler{"deploy", run_deploy, render_deploy},
    Handler{"prune", run_prune, render_prune},
    Handler{"history", run_history, render_history},
    Handler{"invoke", run_invoke, render_invoke},
    Handler{"logs", run_logs, render_logs},
    Handler{"local serve", run_local_serve, render_nothing},
    Handler{"local env", run_local_env, render_local_env},
    Handler{"cache ls", run_cache_ls, render_cache_ls},
    Handler{"cache verify", run_cache_verify, render_cache_verify},
    Handler{"cache prune", run_cache_prune, render_cache_prune},
};

}  // namespace

std::span<const Handler> handlers() { return kHandlers; }

const Handler* find_handler(std::string_view verb) {
  for (const Handler& handler : kHandlers) {
    if (handler.verb == verb) return &handler;
  }
  return nullptr;
}

}  // namespace lamella::cli
