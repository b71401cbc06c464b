// SPDX-License-Identifier: Apache-2.0
#include "build/testing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/tool_output.h"
#include "base/units.h"
#include "build/job.h"
#include "build/proving.h"
#include "build/recipes.h"
#include "build/segments.h"
#include "build/source_wheel.h"
#include "os/directory.h"
#include "os/directory_tree.h"
#include "package/assemble.h"
#include "resolve/closure.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using model::ArtifactKind;

const model::Tests& tests_of(const model::Workspace& workspace, const ArtifactPlan& plan) {
  return plan.kind == ArtifactKind::kLayer ? workspace.find_layer(plan.name)->tests
                                           : workspace.find_function(plan.name)->tests;
}

/// Distributions that the subject's layers and code bring themselves.
std::set<std::string> shipped_by(const proof::Subject& subject, const Manifest& manifest) {
  std::set<std::string> names;
  const auto add = [&](const Made* made) {
    if (made == nullptr) return;
    for (const model::PackageShare& package : made->artifact.packages) names.insert(package.name);
  };
  for (const proof::Mounted& layer : subject.layers) add(manifest.find_layer(layer.name, subject.target));
  if (subject.function) add(manifest.find(ArtifactKind::kFunction, subject.name, subject.target));
  return names;
}

/// A wheel whole, as it was published or built.
Result<package::Recipe> whole(const Tools& tools, const std::vector<GroupLock>& locks,
                              const resolve::LockedPackage& locked, const model::Target& target) {
  package::Recipe recipe{.wheel = {locked.name, locked.version, locked.wheel.filename, locked.wheel.url,
                                   locked.wheel.sha256, locked.wheel.size.value_or(0)},
                         .target = target};
  recipe.bytecode.settings.fallback = model::BytecodeMode::kNone;
  recipe.strip = false;
  if (!locked.build) return recipe;
  recipe.source = source_of(locked, target);
  LAMELLA_TRY_ASSIGN(const auto interpreter, package::find_build_interpreter(target.runtime, tools.cache));
  LAMELLA_TRY(complete_source(locks, locked, interpreter, *recipe.source));
  return recipe;
}

class Testers {
 public:
  Testers(const Tools& tools, const model::Workspace& workspace, const std::vector<GroupLock>& test_locks,
          proof::Force force, std::stop_token stop)
      : tools_(tools),
        workspace_(workspace),
        test_locks_(test_locks),
        force_(force),
        stop_(std::move(stop)),
        manifest_(load_manifest(tools.workspace)),
        index_(change::StatIndex::load(tools.workspace, index_path(tools.workspace))),
        prover_(tools.workspace, tools.cache, tools.actions, tools.pool, tools.events) {}

  Result<std::vector<Tested>> run(const std::vector<GroupLock>& locks, const std::set<std::string>& names) {
    LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(tools_.workspace)));
    Request request;
    request.names = names;
    LAMELLA_TRY_ASSIGN(auto plans, plan_artifacts(tools_, workspace_, locks, rules, request, index_));
    std::erase_if(plans, [&](const ArtifactPlan& plan) {
      return !names.contains(plan.name) || !tests_of(workspace_, plan).declared();
    });
    std::vector<Prepared> prepared;
    for (const ArtifactPlan& plan : plans) {
      auto ready = prepare(plan);
      if (!ready) return attributed(std::move(ready).error(), plan);
      prepared.push_back(*std::move(ready));
    }
    const auto work = [&](std::size_t i) -> Result<> {
      auto done = perform(prepared[i]);
      return done ? Result<>() : attributed(std::move(done).error(), plans[i]);
    };
    LAMELLA_TRY(tools_.pool.parallel_for(prepared.size(), work, stop_));
    std::vector<Tested> results;
    for (Prepared& one : prepared) results.push_back(std::move(one.tested));
    return results;
  }

 private:
  struct Prepared {
    Tested tested;
    proof::Subject subject;
    proof::Testing testing;
  };

  static Error attributed(Error error, const ArtifactPlan& plan) {
    return std::move(error).while_doing(fmt::format("testing {} {}", to_string(plan.kind), plan.name));
  }

  Result<Prepared> prepare(const ArtifactPlan& plan) {
    const Made* made = manifest_.find(plan.kind, plan.name, plan.target);
    if (made == nullptr) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{} {} was never built here", to_string(plan.kind), plan.name))
          .remedy("run `lamella build` first");
    }
    const model::Tests& tests = tests_of(workspace_, plan);
    Prepared ready;
    ready.tested.kind = plan.kind;
    ready.tested.name = plan.name;
    ready.tested.target = plan.target;
    ready.tested.sha256 = made->artifact.sha256;
    ready.tested.command = ready.testing.command = tests.command;
    if (const auto unproved = unprovable_here(plan); !unproved.empty()) {
      ready.tested.outcome = TestOutcome::kSkipped;
      ready.tested.reason = {runs_here(plan.target) ? "no-interpreter" : "foreign-architecture", plan.name,
                             "", "", unproved.front()};
      return ready;
    }
    LAMELLA_TRY_ASSIGN(ready.subject, subject_of(tools_, workspace_, manifest_, *made, plan, index_));
    LAMELLA_TRY_ASSIGN(auto files, change::test_inputs(tools_.workspace, tests, index_));
    for (change::InputFile& file : files)
      ready.testing.files.push_back({std::move(file.path), file.sha256, file.executable});
    if (!tests.requirements.empty()) {
      LAMELLA_TRY_ASSIGN(ready.testing.tools, tools_for(plan, shipped_by(ready.subject, manifest_)));
    }
    return ready;
  }

  Result<> perform(Prepared& ready) {
    Tested& tested = ready.tested;
    if (tested.outcome == TestOutcome::kSkipped) return {};
    const Job timer(tools_.events, "test", tested.name);
    LAMELLA_TRY_ASSIGN(tested.run, prover_.test(ready.subject, ready.testing, force_, stop_));
    tested.outcome = tested.run.reused     ? TestOutcome::kReused
                     : tested.run.passed() ? TestOutcome::kPassed
                                           : TestOutcome::kFailed;
    if (tested.run.reused) {
      tested.reason = {"passed-before", tested.name, "", "",
                       "they passed with the same artifacts, tools and test files"};
    }
    tell(tested);
    return {};
  }

  const GroupLock* test_lock(const ArtifactPlan& plan) const {
    const auto found = std::find_if(test_locks_.begin(), test_locks_.end(), [&](const GroupLock& one) {
      return one.group.target == plan.target &&
             (plan.kind == ArtifactKind::kLayer ? one.group.has_layer(plan.name)
                                                : one.group.has_function(plan.name));
    });
    return found == test_locks_.end() ? nullptr : &*found;
  }

  /// A zip like a layer's of what the tests need and nobody ships; nullopt if that is nothing.
  Result<std::optional<proof::Mounted>> tools_for(const ArtifactPlan& plan,
                                                  const std::set<std::string>& shipped) {
    const GroupLock* lock = test_lock(plan);
    if (lock == nullptr) return Error(ErrorCode::kInternal, "there is no lock for the tests").at(plan.name);
    const auto kind =
        plan.kind == ArtifactKind::kLayer ? resolve::RootKind::kLayer : resolve::RootKind::kFunction;
    LAMELLA_TRY_ASSIGN(const auto closure, resolve::closure_of(lock->lock, kind, plan.name));
    ArtifactPlan needed;
    needed.name = "tests of " + plan.name;
    needed.target = plan.target;
    for (const resolve::LockedPackage* package : closure) {
      if (shipped.contains(package->name)) continue;
      LAMELLA_TRY_ASSIGN(auto recipe, whole(tools_, test_locks_, *package, plan.target));
      needed.wheels.push_back(std::move(recipe));
    }
    if (needed.wheels.empty()) return std::optional<proof::Mounted>();
    needed.note_keys();
    LAMELLA_TRY_ASSIGN(const auto made,
                       ensure_segments(tools_, {&needed}, Again::kNothing, OnFailure::kStop, stop_));
    if (!made.failures.empty()) return made.failures.front().error;
    std::vector<Digest> blobs;
    for (const Digest& key : needed.segment_keys()) blobs.push_back(made.segments.at(key).blob);
    LAMELLA_TRY_ASSIGN(const auto zip, zip_of(plan.stem(), blobs));
    return std::optional(proof::Mounted{needed.name, zip.facts.sha256, zip.path});
  }

  Result<package::Assembled> zip_of(const std::string& stem, const std::vector<Digest>& blobs) {
    const fs::path folder = state_folder(tools_.workspace) / "tests";
    LAMELLA_TRY_ASSIGN(const auto known, package::known_zip(tools_.actions, blobs));
    if (known) {
      const fs::path path = package::zip_path(folder, stem, known->sha256);
      const auto info = os::file_info(path);
      if (info && *info && (*info)->size == known->zipped_bytes) return package::Assembled{*known, path};
    }
    LAMELLA_TRY(os::make_directories(folder));
    LAMELLA_TRY_ASSIGN(const auto entries, os::list_directory(folder));
    for (const os::DirectoryEntry& entry : entries) {
      if (entry.name.starts_with(stem + "-")) LAMELLA_TRY(os::remove_path(folder / entry.name));
    }
    return package::assemble(tools_.store, tools_.actions, blobs, folder, stem);
  }

  void tell(const Tested& tested) {
    base::emit_tool_output(tools_.events, tested.name, "its tests", tested.run.output);
    const bool failed = tested.outcome == TestOutcome::kFailed;
    tools_.events.emit({.kind = failed              ? "test.failed"
                                : tested.run.reused ? "test.reused"
                                                    : "test.passed",
                        .subject = tested.name,
                        .text = fmt::format("{} in {}", failed ? "failed" : "passed",
                                            base::format_duration(tested.run.duration)),
                        .severity = failed ? base::Severity::kWarning : base::Severity::kInfo});
  }

  const Tools& tools_;
  const model::Workspace& workspace_;
  const std::vector<GroupLock>& test_locks_;
  const proof::Force force_;
  std::stop_token stop_;
  const Manifest manifest_;
  change::StatIndex index_;
  proof::Prover prover_;
};

}  // namespace

std::string_view to_string(TestOutcome outcome) {
  switch (outcome) {
    case TestOutcome::kPassed: return "passed";
    case TestOutcome::kFailed: return "failed";
    case TestOutcome::kReused: return "reused";
    case TestOutcome::kSkipped: return "skipped";
  }
  return "";
}

Result<std::vector<Tested>> test_built(const Tools& tools, const model::Workspace& workspace,
                                       const std::vector<GroupLock>& locks,
                                       const std::vector<GroupLock>& test_locks,
                                       const std::set<std::string>& names, proof::Force force,
                                       std::stop_token stop) {
  return Testers(tools, workspace, test_locks, force, std::move(stop)).run(locks, names);
}

}  // namespace lamella::build
