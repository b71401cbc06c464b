// SPDX-License-Identifier: Apache-2.0
#include "build/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <set>

#include "base/units.h"
#include "build/artifact_files.h"
#include "build/budget.h"
#include "build/examine.h"
#include "build/narrow.h"
#include "build/proving.h"
#include "build/releases.h"
#include "build/rounds.h"
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

constexpr std::chrono::minutes kLongestWait{30};

/// Puts what was made in the place of what was there, keeps what the request did not touch, and forgets what
/// the workspace no longer has.  In build order.
Manifest merged(const model::Workspace& workspace, const Manifest& before, const Manifest& now) {
  const ManifestIndex old(before);
  const ManifestIndex fresh(now);
  Manifest all;
  const auto add = [&](ArtifactKind kind, const auto& owner, const model::Target& target) {
    const Made* made = fresh.find(kind, owner.name, target);
    if (made == nullptr) made = old.find(kind, owner.name, target);
    if (made == nullptr) return;
    all.made.push_back(*made);
    all.made.back().budget = owner.budget;
  };
  for (const model::Layer* layer : workspace.build_order()) {
    for (const model::Target& target : layer->targets) add(ArtifactKind::kLayer, *layer, target);
  }
  for (const model::Function& function : workspace.functions)
    add(ArtifactKind::kFunction, function, function.target);
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

/// What a narrowed build had no need to look at: it is as it was.
Manifest passed_over(const Manifest& last, const Request& request, const Request& narrow) {
  Manifest all;
  if (narrow.names == request.names) return all;
  std::copy_if(last.made.begin(), last.made.end(), std::back_inserter(all.made),
               [&](const Made& made) { return !narrow.names.contains(made.artifact.name); });
  return all;
}

/// What the workspace asks for and nothing answers to: a pattern with a slip in it saves nothing and protects
/// nothing.
void tell_idle(EventSink& events, const Manifest& manifest) {
  for (const Made& made : manifest.made) {
    if (made.artifact.action == ArtifactAction::kUnchanged) continue;
    for (const std::string& word : made.idle) {
      const auto space = word.find(' ');
      const std::string kind = word.substr(0, space);
      if (kind != "drop" && kind != "keep" && kind != "service" && kind != "extra") continue;
      events.emit({.kind = "rule.idle",
                   .subject = made.artifact.name,
                   .text = fmt::format("{} '{}' matches nothing", kind, word.substr(space + 1)),
                   .severity = base::Severity::kWarning});
    }
  }
}

/// Records what this build looked at, so that the next one can tell that nothing changed.
Result<> save_index(const Tools& tools, change::StatIndex& index, const Manifest& manifest,
                    const Manifest& now, const Request& request) {
  LAMELLA_TRY_ASSIGN(const auto program, os::executable_path());
  LAMELLA_TRY(index.watch_immutable(program.string()));
  LAMELLA_TRY(
      index.watch_immutable(manifest_path(tools.workspace).lexically_relative(tools.workspace).string()));
  for (const Made& made : manifest.made) LAMELLA_TRY(index.keep(made.artifact.path));
  for (const Made& made : now.made) LAMELLA_TRY(index.watch_immutable(made.artifact.path));
  return index.save(request.text());
}

/// True if the inputs' keys are what they were when the build began; asked when a folder's times have moved,
/// which they also do when something beside the inputs comes or goes.
Result<bool> has_same_keys(const RoundInputs& inputs, const Manifest& made) {
  LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(inputs.tools.workspace)));
  auto index = change::StatIndex::load(inputs.tools.workspace, index_path(inputs.tools.workspace));
  LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(inputs.tools, inputs.workspace, inputs.locks, rules,
                                                      inputs.request, index));
  return std::all_of(plans.begin(), plans.end(), [&](const ArtifactPlan& plan) {
    const Made* one = made.find(plan.kind, plan.name, plan.target);
    return one != nullptr && one->key == plan.key();
  });
}

/// What was made is of the inputs as they were at the first look.  If they are no longer that, it is not
/// kept.
Result<> inputs_stayed(const RoundInputs& inputs, const Manifest& made) {
  LAMELLA_TRY_ASSIGN(std::vector<std::string> moved, inputs.index.moved());
  const fs::path& root = inputs.tools.workspace;
  const auto folders = std::stable_partition(moved.begin(), moved.end(), [&](const std::string& path) {
    std::error_code ignored;
    return !fs::is_directory(root / path, ignored);
  });
  const bool folder_moved = folders != moved.end();
  const bool file_moved = folders != moved.begin();
  if (!file_moved && !folder_moved) return {};
  if (!file_moved) {
    LAMELLA_TRY_ASSIGN(const bool same, has_same_keys(inputs, made));
    if (same) return {};
  }
  return Error(ErrorCode::kConflict, "an input changed while it was being built")
      .at(moved.front())
      .because("what was made does not have the change, or only a part of it, and is not kept")
      .remedy("run the build again");
}

std::chrono::milliseconds since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(os::system_clock().monotonic() - start);
}

}  // namespace

Result<Look> look(const fs::path& workspace, const Request& request,
                  const std::function<void(const Manifest&)>& meanwhile) {
  Look seen{.index = change::StatIndex::load(workspace, index_path(workspace)),
            .started = os::system_clock().monotonic()};
  // With a thousand layers one thread reads the manifest in the time two take for a quarter of the files.  It is this
  // one, because the heap of the first thread grows in fewer and larger steps than those of others.
  auto comparing = std::async(std::launch::async, [&] { return seen.index.changes(request.text()); });
  seen.manifest = load_manifest(workspace);
  if (meanwhile) meanwhile(seen.manifest);
  LAMELLA_TRY_ASSIGN(auto changed, comparing.get());
  seen.comparable = changed.has_value();
  if (changed) seen.changed = *std::move(changed);
  seen.elapsed = since(seen.started);
  return seen;
}

bool Look::answers(const Request& request) const {
  const bool asks_again = request.again != Again::kNothing || request.clean;
  return !asks_again && comparable && changed.empty() && !manifest.made.empty();
}

Report unchanged_report(const Request& request, const Manifest& last) {
  Report report;
  for (const Made& made : last.made) {
    const bool left_out = request.layers_only && made.artifact.kind != ArtifactKind::kLayer;
    if (left_out || !request.wants(made.artifact.name)) continue;
    report.made.push_back(made);
    mark_unchanged(report.made.back());
  }
  return report;
}

Result<std::optional<Report>> unchanged_since(const fs::path& workspace, const Request& request) {
  LAMELLA_TRY_ASSIGN(const Look seen, look(workspace, request));
  if (!seen.answers(request)) return std::optional<Report>();
  Report report = unchanged_report(request, seen.manifest);
  report.elapsed = seen.elapsed;
  return std::optional(std::move(report));
}

Result<Report> build(const Tools& tools, const model::Workspace& workspace,
                     const std::vector<GroupLock>& locks, const Request& request,
                     const std::vector<change::Sighting>& consulted, std::stop_token stop,
                     std::optional<Look> seen) {
  const auto start = seen ? seen->started : os::system_clock().monotonic();
  LAMELLA_TRY(os::make_directories(state_folder(tools.workspace)));
  LAMELLA_TRY_ASSIGN(const auto lock, os::FileLock::wait(state_folder(tools.workspace) / "build.lock",
                                                         os::LockMode::kExclusive, kLongestWait, stop));
  if (request.clean) {
    LAMELLA_TRY(forget(tools.workspace, request));
    seen.reset();
  }
  LAMELLA_TRY_ASSIGN(const bool usable, seen ? seen->index.is_latest() : Result<bool>(false));
  if (!usable) {
    LAMELLA_TRY_ASSIGN(seen, look(tools.workspace, request));
  }
  const Manifest last = std::move(seen->manifest);
  Request asked = request;
  if (auto names = narrowed(workspace, last, request, seen->changed)) {
    asked.names = *std::move(names);
    seen->index.keep_known(seen->changed, artifact_folder("").string());
  }
  for (const change::Sighting& one : consulted) seen->index.watch(one);
  proof::Prover prover(tools.workspace, tools.cache, tools.actions, tools.pool, tools.events);
  Report report;
  const RoundInputs inputs{tools, workspace, locks, asked, seen->index, prover, stop};
  LAMELLA_TRY_ASSIGN(Manifest made, run_rounds(inputs, report, last));
  if (report.unmade.empty()) tell_idle(tools.events, made);
  if (report.unmade.empty()) tell_findings(tools.events, made, last);
  if (!report.unmade.empty()) {
    report.made = asked_for(merged(workspace, passed_over(last, request, asked), made), made, request);
    report.elapsed = since(start);
    return report;
  }
  const Manifest manifest = merged(workspace, last, made);
  LAMELLA_TRY(check_budgets(workspace, manifest));
  LAMELLA_TRY(inputs_stayed(inputs, made));
  tell_project_budget(tools.events, workspace, manifest, last);
  LAMELLA_TRY(save_manifest(tools.workspace, manifest));
  LAMELLA_TRY(save_index(tools, seen->index, manifest, made, request));
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
