// SPDX-License-Identifier: Apache-2.0
#include "commands/build.h"

#include <map>

#include "commands/budget_record.h"

namespace lamella::commands {
namespace {

using document::Value;

build::Request request_of(const BuildOptions& options) {
  return {.names = {options.names.begin(), options.names.end()},
          .layers_only = options.layers_only,
          .skip_checks = options.skip_checks,
          .frozen = options.frozen,
          .again = options.again};
}

/// What left the artifact on the way from its wheels, by cause, in bytes.
Value dropped_of(const build::Made& made) {
  std::map<std::string, std::uint64_t> by_rule;
  std::uint64_t stripped = 0;
  std::uint64_t bytecode = 0;
  std::uint64_t wheels = 0;
  for (const build::Part& part : made.parts) {
    wheels += part.segment.wheel_bytes;
    stripped += part.segment.stripped_bytes;
    bytecode += part.segment.bytecode_bytes;
    for (const auto& [rule, dropped] : part.segment.dropped) by_rule[rule] += dropped.bytes;
  }
  Value rules = Value::object();
  for (const auto& [rule, bytes] : by_rule) rules.set(rule, bytes);
  return Value::object({{"wheel_bytes", wheels},
                        {"stripped_bytes", stripped},
                        {"bytecode_bytes", bytecode},
                        {"rules", std::move(rules)}});
}

const model::Budget* budget_of(const model::Workspace& workspace, const model::Artifact& artifact) {
  if (artifact.kind == model::ArtifactKind::kLayer) {
    const auto* layer = workspace.find_layer(artifact.name);
    return layer == nullptr ? nullptr : &layer->budget;
  }
  const auto* function = workspace.find_function(artifact.name);
  return function == nullptr ? nullptr : &function->budget;
}

Value sizes_before(const build::Manifest& before, const model::Artifact& artifact) {
  const build::Made* old = before.find(artifact.kind, artifact.name, artifact.target);
  if (old == nullptr) return {};
  return Value::object(
      {{"zipped_bytes", old->artifact.zipped_bytes}, {"unzipped_bytes", old->artifact.unzipped_bytes}});
}

/// The last build, if this one would look at the same things and find them unchanged.  Parameters reach
/// functions while they are proved, and are in no index: with any, nothing is taken as unchanged.
Result<std::optional<build::Report>> unchanged_build(const std::filesystem::path& root,
                                                     const Setting& setting, const BuildOptions& options) {
  if (!setting.params.empty()) return std::optional<build::Report>();
  return build::unchanged_since(root, request_of(options));
}

}  // namespace

Value record_of(const model::Workspace& workspace, const build::Report& report,
                const build::Manifest& before) {
  Value record = new_record();
  Value& artifacts = record.set("artifacts", Value::array());
  for (const build::Made& made : report.made) {
    Value& one = artifacts.push_back(model::to_value(made.artifact));
    one.set("before", sizes_before(before, made.artifact));
    const model::Budget* budget = budget_of(workspace, made.artifact);
    one.set("budget", budget == nullptr ? Value() : budget_record(*budget));
    one.set("dropped", dropped_of(made));
  }
  record.set("rules_changed", report.rules_changed);
  record.set("elapsed_ms", report.elapsed.count());
  return record;
}

Result<Built> build_workspace(Session& session, const BuildOptions& options, LockPolicy policy) {
  LAMELLA_TRY_ASSIGN(auto unchanged, unchanged_build(session.root(), session.setting(), options));
  if (unchanged) return Built{*std::move(unchanged)};
  LAMELLA_TRY(session.require_names(options.names));
  LAMELLA_TRY_ASSIGN(auto locks, ready_locks(session, options.frozen ? LockPolicy::kFrozen : policy));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(auto report, build::build(*tools, session.workspace(), locks, request_of(options),
                                               session.consulted(), session.stop()));
  return Built{std::move(report)};
}

Result<Outcome> build(const Setting& setting, const BuildOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto root, find_workspace(setting.project));
  LAMELLA_TRY_ASSIGN(const auto unchanged, unchanged_build(root, setting, options));
  if (unchanged) return Outcome{record_of({}, *unchanged, {}), {}};
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  const build::Manifest before = build::load_manifest(session->root());
  LAMELLA_TRY_ASSIGN(const Built built, build_workspace(*session, options, LockPolicy::kMakeMissing));
  return Outcome{record_of(session->workspace(), built.report, before), {}};
}

}  // namespace lamella::commands
