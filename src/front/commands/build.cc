// SPDX-License-Identifier: Apache-2.0
#include "commands/build.h"

#include <fmt/format.h>

#include "commands/budget_record.h"
#include "commands/externals.h"
#include "commands/slimming.h"
#include "commands/sweep.h"

namespace lamella::commands {
namespace {

using document::Value;

build::Request request_of(const BuildOptions& options) {
  return {.names = {options.names.begin(), options.names.end()},
          .layers_only = options.layers_only,
          .skip_checks = options.skip_checks,
          .frozen = options.frozen,
          .locked = options.locked,
          .clean = options.clean,
          .again = options.again,
          .on_failure = options.on_failure};
}

Value sizes_before(const build::ManifestIndex& before, const model::Artifact& artifact) {
  const build::Made* old = before.find(artifact.kind, artifact.name, artifact.target);
  if (old == nullptr) return {};
  return Value::object(
      {{"zipped_bytes", old->artifact.zipped_bytes}, {"unzipped_bytes", old->artifact.unzipped_bytes}});
}

/// A look at what the last build looked at; its report and the record of that are ready, should nothing have changed.
struct Looked {
  std::optional<build::Look> seen;
  build::Report report;
  Value record;
  bool unchanged = false;
};

/// Parameters reach functions while they are proved, and are in no index: with any, there is nothing to compare with.
Result<Looked> look(const std::filesystem::path& root, const Setting& setting, const BuildOptions& options) {
  Looked looked;
  if (!setting.params.empty()) return looked;
  const build::Request request = request_of(options);
  LAMELLA_TRY_ASSIGN(looked.seen, build::look(root, request, [&](const build::Manifest& last) {
                       looked.report = build::unchanged_report(request, last);
                       looked.record = record_of(looked.report, {});
                     }));
  looked.unchanged = looked.seen->answers(request);
  looked.report.elapsed = looked.seen->elapsed;
  looked.record.set("elapsed_ms", looked.seen->elapsed.count());
  return looked;
}

Value failure_record(const build::Unmade& unmade) {
  return Value::object({{"kind", to_string(unmade.kind)},
                        {"name", unmade.name},
                        {"target", model::short_name(unmade.target)},
                        {"outcome", unmade.skipped() ? "skipped" : "failed"},
                        {"because", unmade.skipped() ? Value(unmade.because) : Value()},
                        {"error", unmade.skipped() ? Value() : to_value(*unmade.error)}});
}

/// Loud, because what follows may be a deployment.
void warn_unproved(EventSink& events, const build::Report& report) {
  std::size_t unproved = 0;
  for (const build::Made& made : report.made) unproved += made.artifact.proved ? 0 : 1;
  if (unproved == 0) return;
  events.emit({.kind = "build.unproved",
               .text = fmt::format(
                   "--skip-checks: {} of {} artifacts not proved; nothing of them was imported or run",
                   unproved, report.made.size()),
               .severity = base::Severity::kWarning});
}

/// What is to be done about a look that saw changes.
Result<build::Report> run_build(Session& session, const BuildOptions& options, LockPolicy policy,
                                std::optional<build::Look> seen) {
  LAMELLA_TRY(session.require_names(options.names));
  LAMELLA_TRY_ASSIGN(auto locks, ready_locks(session, options.frozen ? LockPolicy::kFrozen : policy));
  LAMELLA_TRY(bring_externals(session));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  return build::build(*tools, session.workspace(), locks, request_of(options), session.consulted(),
                      session.stop(), std::move(seen));
}

/// The root causes, in the order of the build; then what --strict does not let pass.
std::vector<Error> errors_of(const build::Report& report, const Setting& setting) {
  std::vector<Error> errors;
  for (const build::Unmade& unmade : report.unmade) {
    if (unmade.error) errors.push_back(*unmade.error);
  }
  if (!setting.strict) return errors;
  for (const build::Made& made : report.made) {
    const std::string subject = fmt::format("{} {}", to_string(made.artifact.kind), made.artifact.name);
    if (auto error = model::strict_error_of(made.findings, subject)) errors.push_back(*std::move(error));
  }
  return errors;
}

}  // namespace

Value record_of(const build::Report& report, const build::Manifest& before) {
  const build::ManifestIndex old(before);
  Value record = new_record();
  Value& artifacts = record.set("artifacts", Value::array());
  for (const build::Made& made : report.made) {
    Value& one = artifacts.push_back(model::to_value(made.artifact));
    one.set("before", sizes_before(old, made.artifact));
    one.set("budget", budget_record(made.budget));
    one.set("dropped", slimming_record(made));
    one.set("findings", model::to_value(made.findings));
  }
  Value& failures = record.set("failures", Value::array());
  for (const build::Unmade& unmade : report.unmade) failures.push_back(failure_record(unmade));
  Value& backed_out = record.set("backed_out", Value::array());
  for (const build::Culprit& culprit : report.backed_out) backed_out.push_back(to_value(culprit));
  record.set("rules_changed", report.rules_changed);
  record.set("elapsed_ms", report.elapsed.count());
  return record;
}

Result<Built> build_workspace(Session& session, const BuildOptions& options, LockPolicy policy) {
  LAMELLA_TRY_ASSIGN(Looked looked, look(session.root(), session.setting(), options));
  build::Report& report = looked.report;
  if (!looked.unchanged) {
    LAMELLA_TRY_ASSIGN(report, run_build(session, options, policy, std::move(looked.seen)));
  }
  const auto errors = errors_of(report, session.setting());
  if (!errors.empty()) return errors.front();
  if (options.skip_checks) warn_unproved(session.events(), report);
  return Built{std::move(report)};
}

Result<Outcome> build(const Setting& setting, const BuildOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto root, find_workspace(setting.project));
  if (setting.strict) LAMELLA_TRY(Session::open(setting));  // a look alone does not read the workspace
  LAMELLA_TRY_ASSIGN(Looked looked, look(root, setting, options));
  if (looked.unchanged) {
    if (options.skip_checks) warn_unproved(*setting.events, looked.report);
    Outcome outcome{std::move(looked.record), {}};
    outcome.fail(errors_of(looked.report, setting));
    return outcome;
  }
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  const build::Manifest before = looked.seen ? looked.seen->manifest : build::load_manifest(session->root());
  LAMELLA_TRY_ASSIGN(const auto report,
                     run_build(*session, options, LockPolicy::kMakeMissing, std::move(looked.seen)));
  if (options.skip_checks && report.unmade.empty()) warn_unproved(session->events(), report);
  if (report.unmade.empty()) sweep_old_zips(*session);
  Outcome outcome{record_of(report, before), {}};
  outcome.fail(errors_of(report, setting));
  return outcome;
}

}  // namespace lamella::commands
