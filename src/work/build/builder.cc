// SPDX-License-Identifier: Apache-2.0
#include "build/builder.h"

#include <algorithm>

#include "build/artifact_files.h"
#include "build/budget.h"
#include "build/narrow.h"
#include "build/proving.h"
#include "build/round.h"
#include "change/stat_index.h"
#include "os/clock.h"
#include "os/directory_tree.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/lock.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using model::ArtifactAction;
using model::ArtifactKind;

constexpr int kMostRounds = 3;  // without traces, with traces, and once more when those moved an import
constexpr std::chrono::minutes kLongestWait{30};

const model::Budget* budget_of(const model::Workspace& workspace, const model::Artifact& artifact) {
  if (artifact.kind == ArtifactKind::kLayer) {
    const model::Layer* layer = workspace.find_layer(artifact.name);
    return layer == nullptr ? nullptr : &layer->budget;
  }
  const model::Function* function = workspace.find_function(artifact.name);
  return function == nullptr ? nullptr : &function->budget;
}

/// Puts what was made in the place of what was there, keeps what the request did not touch, and forgets what
/// the workspace no longer has.  In build order.
Manifest merged(const model::Workspace& workspace, const Manifest& before, const Manifest& now) {
  const ManifestIndex old(before);
  const ManifestIndex fresh(now);
  Manifest all;
  const auto add = [&](ArtifactKind kind, const std::string& name, const model::Target& target) {
    const Made* made = fresh.find(kind, name, target);
    if (made == nullptr) made = old.find(kind, name, target);
    if (made == nullptr) return;
    all.made.push_back(*made);
    if (const auto* budget = budget_of(workspace, made->artifact)) all.made.back().budget = *budget;
  };
  for (const model::Layer* layer : workspace.build_order()) {
    for (const model::Target& target : layer->targets) add(ArtifactKind::kLayer, layer->name, target);
  }
  for (const model::Function& function : workspace.functions)
    add(ArtifactKind::kFunction, function.name, function.target);
  return all;
}

void mark_unchanged(Made& made) {
  made.artifact.action = ArtifactAction::kUnchanged;
  made.artifact.reasons = {{"up-to-date", made.artifact.name, "", "", "nothing it is made of changed"}};
}

/// What the request asked for, out of everything: as it was made now, or as it was.
std::vector<Made> asked_for(const Manifest& manifest, const Manifest& now, const Request& request) {
  const ManifestIndex fresh(now);
  std::vector<Made> asked;
  for (const Made& made : manifest.made) {
    const model::Artifact& artifact = made.artifact;
    const bool made_now = fresh.find(artifact.kind, artifact.name, artifact.target) != nullptr;
    const bool left_out = request.layers_only && artifact.kind != ArtifactKind::kLayer;
    if (!made_now && (left_out || !request.names.empty())) continue;
    asked.push_back(made);
    if (!made_now) mark_unchanged(asked.back());
  }
  return asked;
}

/// Writes where the traces place bytecode; later builds take it from there.
Result<> save_rules(const Tools& tools, const model::Workspace& workspace, const Request& request,
                    const RulesLock& rules) {
  if (request.frozen) {
    return Error(ErrorCode::kUsage, "locks/rules.toml does not say where bytecode goes")
        .because("--frozen forbids writing it")
        .remedy("run `lamella build` without --frozen and commit the file");
  }
  const fs::path path = tools.workspace / kRulesLockPath;
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, render_rules_lock(rules)));
  tools.events.emit({.kind = "build.traced",
                     .subject = workspace.project.name,
                     .text = "the functions' imports are known now; bytecode goes there"});
  return {};
}

/// Rounds until the traces stay as they are.  Returns what the last one made.
Result<Manifest> run_rounds(const RoundInputs& inputs, Report& report) {
  const Tools& tools = inputs.tools;
  LAMELLA_TRY_ASSIGN(RulesLock rules, load_rules_lock(os::DirectoryTree(tools.workspace)));
  Manifest manifest = load_manifest(tools.workspace);
  for (int number = 1;; ++number) {
    Round round(inputs, rules, std::move(manifest),
                number == 1 ? Round::Number::kFirst : Round::Number::kLater);
    LAMELLA_TRY(round.run());
    report.unmade = round.unmade();
    if (!report.unmade.empty()) return round.finished();
    manifest = round.manifest();
    report.proofs = round.proofs();
    if (number == kMostRounds || !round.needs_other_traces()) return manifest;
    TracedModules traced = traced_of(tools, inputs.workspace, manifest, report.proofs);
    if (traced == rules.traced) return manifest;
    rules.traced = std::move(traced);
    LAMELLA_TRY(save_rules(tools, inputs.workspace, inputs.request, rules));
    report.rules_changed = true;
  }
}

/// Records what this build looked at, so that the next one can tell that nothing changed.
Result<> save_index(const Tools& tools, change::StatIndex& index, const std::vector<std::string>& consulted,
                    const Manifest& manifest, const Request& request) {
  for (const std::string& path : consulted) LAMELLA_TRY(index.watch(path));
  LAMELLA_TRY(index.watch(std::string(kRulesLockPath)));
  LAMELLA_TRY_ASSIGN(const auto program, os::executable_path());
  LAMELLA_TRY(index.watch_immutable(program.string()));
  LAMELLA_TRY(
      index.watch_immutable(manifest_path(tools.workspace).lexically_relative(tools.workspace).string()));
  for (const Made& made : manifest.made) LAMELLA_TRY(index.watch_immutable(made.artifact.path));
  return index.save(request.text());
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(os::system_clock().monotonic() - start);
}

}  // namespace

Result<Look> look(const fs::path& workspace, const Request& request) {
  const auto start = os::system_clock().monotonic();
  Look seen{change::StatIndex::load(workspace, index_path(workspace)), start, false, {}};
  LAMELLA_TRY_ASSIGN(auto changed, seen.index.changes(request.text()));
  seen.comparable = changed.has_value();
  if (changed) seen.changed = *std::move(changed);
  return seen;
}

Result<std::optional<Report>> unchanged_report(const fs::path& workspace, const Request& request,
                                               const Look& look) {
  const bool asks_again = request.again != Again::kNothing || request.clean;
  if (asks_again || !look.comparable || !look.changed.empty()) return std::optional<Report>();
  Report report;
  report.made = load_manifest(workspace).made;
  if (report.made.empty()) return std::optional<Report>();
  std::erase_if(report.made, [&](const Made& made) {
    return !request.wants(made.artifact.name) ||
           (request.layers_only && made.artifact.kind != ArtifactKind::kLayer);
  });
  for (Made& made : report.made) mark_unchanged(made);
  report.elapsed = since(look.started);
  return std::optional(std::move(report));
}

Result<std::optional<Report>> unchanged_since(const fs::path& workspace, const Request& request) {
  LAMELLA_TRY_ASSIGN(const Look seen, look(workspace, request));
  return unchanged_report(workspace, request, seen);
}

Result<Report> build(const Tools& tools, const model::Workspace& workspace,
                     const std::vector<GroupLock>& locks, const Request& request,
                     const std::vector<std::string>& consulted, std::stop_token stop,
                     std::optional<Look> seen) {
  const auto start = seen ? seen->started : os::system_clock().monotonic();
  LAMELLA_TRY(os::make_directories(state_folder(tools.workspace)));
  LAMELLA_TRY_ASSIGN(const auto lock, os::FileLock::wait(state_folder(tools.workspace) / "build.lock",
                                                         os::LockMode::kExclusive, kLongestWait, stop));
  if (request.clean) LAMELLA_TRY(forget(tools.workspace, request));
  LAMELLA_TRY_ASSIGN(const bool usable, seen ? seen->index.is_latest() : Result<bool>(false));
  if (!usable) {
    LAMELLA_TRY_ASSIGN(seen, look(tools.workspace, request));
  }
  const Manifest last = load_manifest(tools.workspace);
  Request asked = request;
  if (auto names = narrowed(workspace, last, request, seen->changed)) {
    asked.names = *std::move(names);
    seen->index.keep_known(seen->changed, artifact_folder("").string());
  }
  proof::Prover prover(tools.workspace, tools.cache, tools.actions, tools.pool);
  Report report;
  const RoundInputs inputs{tools, workspace, locks, asked, seen->index, prover, stop};
  LAMELLA_TRY_ASSIGN(Manifest made, run_rounds(inputs, report));
  if (!report.unmade.empty()) {
    report.made = std::move(made.made);
    for (Made& one : report.made) {
      if (const auto* budget = budget_of(workspace, one.artifact)) one.budget = *budget;
    }
    report.elapsed = since(start);
    return report;
  }
  const Manifest manifest = merged(workspace, last, made);
  LAMELLA_TRY(check_budgets(workspace, manifest));
  LAMELLA_TRY(save_manifest(tools.workspace, manifest));
  LAMELLA_TRY(save_index(tools, seen->index, consulted, manifest, request));
  report.made = asked_for(manifest, made, request);
  report.elapsed = since(start);
  return report;
}

document::Value to_value(const Report& report) {
  document::Value artifacts = document::Value::array();
  for (const Made& made : report.made) artifacts.push_back(to_value(made.artifact));
  return document::Value::object({{"schema", 1},
                                  {"artifacts", std::move(artifacts)},
                                  {"rules_changed", report.rules_changed},
                                  {"elapsed_ms", report.elapsed.count()}});
}

}  // namespace lamella::build
