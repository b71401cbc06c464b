// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <optional>

#include "cli/dispatch.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/progress.h"
#include "cli/recording.h"
#include "commands/session.h"
#include "document/json.h"
#include "os/fd.h"
#include "os/process.h"
#include "os/signals.h"

namespace lamella::cli {
namespace {

constexpr int kStdout = 1;
constexpr int kStderr = 2;

int exit_code(ErrorCode code) { return static_cast<int>(code); }

void say(const std::string& text) { [[maybe_unused]] const auto ignored = os::write_all(kStderr, text); }

/// Writes a result; `code` unless it cannot be written.
int print(const std::string& text, int code) {
  const auto written = os::write_all(kStdout, text);
  if (written || written.error().fact("errno") == "EPIPE") return code;
  say(written.error().to_string() + "\n");
  return code == 0 ? exit_code(ErrorCode::kIo) : code;
}

/// What leaves the program, without the texts that were hidden while it ran.
using Cleaner = std::function<std::string(std::string)>;
std::string as_it_is(std::string text) { return text; }

std::string painted(const Error& error, const Cleaner& cleaned) {
  const Style style = style_of(kStderr);
  const std::string text = cleaned(error.to_string());
  constexpr std::string_view kWord = "error:";
  return style.paint(kWord, Colour::kRed) + text.substr(kWord.size()) + "\n";
}

int fail(const Error& error, bool json, const Cleaner& cleaned = as_it_is) {
  if (!json) {
    say(painted(error, cleaned));
    return exit_code(error.code());
  }
  document::Value record = commands::new_record();
  record.set("error", commands::to_value(error));
  return print(cleaned(document::render_json(record, 2)) + "\n", exit_code(error.code()));
}

Chatter chatter_of(const Given& given) {
  if (given.has("quiet")) return Chatter::kQuiet;
  return given.has("verbose") ? Chatter::kVerbose : Chatter::kNormal;
}

Result<std::map<std::string, std::string>> params_of(const Given& given) {
  std::map<std::string, std::string> params;
  for (const std::string& text : given.values("param")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(ErrorCode::kUsage, "--param needs NAME=VALUE").remedy("for example: --param model=forest");
    }
    if (!params.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return Error(ErrorCode::kUsage, fmt::format("--param {} is given twice", text.substr(0, equals)));
    }
  }
  return params;
}

Result<unsigned> jobs_of(const Given& given) {
  constexpr unsigned kMostJobs = 1024;
  if (!given.has("jobs")) return 0U;
  const std::string text = given.value("jobs");
  unsigned jobs = 0;
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), jobs);
  if (trouble == std::errc() && end == text.data() + text.size() && jobs >= 1 && jobs <= kMostJobs)
    return jobs;
  return Error(ErrorCode::kUsage, fmt::format("--jobs must be a number from 1 to {}", kMostJobs))
      .remedy("leave it out to use every processor");
}

int show(const Handler& handler, const Given& given, commands::Outcome outcome, const Cleaner& cleaned) {
  const int code = outcome.error ? exit_code(outcome.error->code()) : 0;
  if (outcome.record.is_null()) return code;
  if (given.has("json")) {
    if (outcome.error) outcome.record.set("error", commands::to_value(*outcome.error));
    return print(cleaned(document::render_json(outcome.record, 2)) + "\n", code);
  }
  const Text text = handler.render(outcome.record, given, style_of(kStdout));
  const int printed = print(cleaned(text.out), code);
  say(cleaned(text.err));
  for (const Error& other : outcome.others) say(painted(other, cleaned));
  if (outcome.error) say(painted(*outcome.error, cleaned));
  return printed;
}

/// Where a log of this run is kept: verbs that only look leave nothing behind.
std::optional<RunLog> log_of(const Given& given) {
  constexpr std::array<std::string_view, 8> kLogged = {"build", "check", "deploy", "lock",
                                                       "prune", "test",  "trace",  "up"};
  if (std::find(kLogged.begin(), kLogged.end(), given.verb->name) == kLogged.end()) return std::nullopt;
  if (given.verb->name == "prune" && !given.has("apply")) return std::nullopt;
  const auto workspace = commands::find_workspace(given.value("project"));
  if (!workspace) return std::nullopt;
  return std::optional<RunLog>(std::in_place, *workspace / ".lamella" / "log", std::string(given.verb->name));
}

/// What was asked for beside the result and cannot be had does not change how the run ended.
void warn_unless(const Result<>& kept, std::string_view flag) {
  if (kept) return;
  say(fmt::format("warning: {}: {} {}: {}\n", flag, kept.error().what(), kept.error().where(),
                  kept.error().why()));
}

int run_verb(const Handler& handler, const Given& given) {
  const bool json = given.has("json");
  const os::InterruptHandler interrupts;
  ProgressLines progress(kStderr, style_of(kStderr), chatter_of(given));
  std::unique_ptr<EventFile> file;
  if (given.has("events")) {
    auto opened = EventFile::open(given.value("events"));
    if (!opened) return fail(opened.error(), json);
    file = std::move(*opened);
  }
  std::vector<EventSink*> sinks{&progress};
  if (file) sinks.push_back(file.get());
  auto log = log_of(given);
  if (log) sinks.push_back(&*log);
  std::optional<TraceFile> trace;
  if (given.has("trace")) sinks.push_back(&trace.emplace(given.value("trace")));
  EventTee tee(std::move(sinks));
  HidingSink events(tee);
  auto params = params_of(given);
  if (!params) return fail(params.error(), json);
  const auto jobs = jobs_of(given);
  if (!jobs) return fail(jobs.error(), json);
  const commands::Setting setting{.project = given.value("project"),
                                  .params = *std::move(params),
                                  .jobs = *jobs,
                                  .strict = given.has("strict"),
                                  .events = &events,
                                  .hide = [&](const std::string& text) { events.hide(text); },
                                  .stop = interrupts.token()};
  auto outcome = handler.run(given, setting);
  progress.clear();
  const Error* trouble = !outcome ? &outcome.error() : outcome->error ? &*outcome->error : nullptr;
  if (log) {
    std::vector<std::string> others;
    if (outcome) {
      for (const Error& other : outcome->others) others.push_back(events.cleaned(other.to_string()));
    }
    log->finish(trouble == nullptr ? 0 : exit_code(trouble->code()),
                trouble == nullptr ? "" : events.cleaned(trouble->to_string()), others);
  }
  if (file) warn_unless(file->finish(), "--events");
  if (trace) {
    if (const auto saved = trace->save(); !saved && trouble == nullptr) return fail(saved.error(), json);
  }
  const Cleaner cleaned = [&](std::string text) { return events.cleaned(std::move(text)); };
  if (!outcome) {
    const bool interrupted = outcome.error().code() == ErrorCode::kInterrupted;
    const int code = fail(outcome.error(), json, cleaned);
    return interrupted && interrupts.code() ? exit_code(*interrupts.code()) : code;
  }
  return show(handler, given, *std::move(outcome), cleaned);
}

int run_help(const Given& given, const Style& style) {
  if (given.arguments.empty()) return print(overview(style), 0);
  std::string name = given.arguments.front();
  for (std::size_t i = 1; i < given.arguments.size(); ++i) name += " " + given.arguments[i];
  if (const Verb* verb = find_verb(name)) return print(help_of(*verb, style), 0);
  std::string several;
  for (const Verb& verb : verbs()) {
    if (verb.name.starts_with(name + " ")) several += (several.empty() ? "" : "\n") + help_of(verb, style);
  }
  if (!several.empty()) return print(several, 0);
  const std::vector<std::string> words{name};
  return fail(parse(words).error(), given.has("json"));
}

}  // namespace

int run(std::span<const std::string> words) {
  os::ignore_sigpipe();
  const auto given = parse(words);
  if (!given) return fail(given.error(), wants_json(words));
  const Style style = style_of(kStdout);
  if (given->verb == nullptr) {
    if (given->has("version")) return print(version_line() + "\n", 0);
    if (given->has("help")) return print(overview(style), 0);
    say(overview(style_of(kStderr)));
    return exit_code(ErrorCode::kUsage);
  }
  if (given->has("help")) return print(help_of(*given->verb, style), 0);
  const Handler* handler = find_handler(given->verb->name);
  if (handler == nullptr) return run_help(*given, style);  // "help" is the one verb without a command
  return run_verb(*handler, *given);
}

int internal_failure(std::span<const std::string> words, const char* what) {
  return fail(Error(ErrorCode::kInternal, "this is a bug in lamella")
                  .because(what)
                  .remedy("please report it with the command you ran; nothing half-written is ever used"),
              wants_json(words));
}

}  // namespace lamella::cli
