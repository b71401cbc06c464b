// SPDX-License-Identifier: Apache-2.0
#include "build/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <set>

#include "base/suggest.h"
#include "build/command_tools.h"
#include "build/external_lock.h"
#include "build/fates.h"
#include "build/recipes.h"
#include "build/source_wheel.h"
#include "crypto/key_builder.h"
#include "model/arn.h"
#include "os/directory_tree.h"
#include "os/environment.h"
#include "package/build_interpreter.h"
#include "package/source_build.h"
#include "resolve/closure.h"
#include "resolve/projects.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;
using model::BytecodeMode;

/// The rules that `prune.extra` names; every one is a rule that a pack has for being named.
Result<std::vector<std::string>> extras_of(const std::vector<model::RulePack>& packs,
                                           const model::Prune& prune, const std::string& place) {
  std::vector<std::string> extras;
  std::vector<std::string> known;
  for (const model::RulePack& pack : packs) {
    for (const model::PruneRule& rule : pack.rules) {
      if (rule.by_name) known.push_back(pack.pack + "/" + rule.id);
    }
  }
  for (const model::PlacedText& extra : prune.extra) {
    extras.push_back(extra.text);
    if (std::find(known.begin(), known.end(), extra.text) != known.end()) continue;
    const auto near = base::nearest(extra.text, known);
    return Error(ErrorCode::kUsage, fmt::format("no rule pack has an extra rule '{}'", extra.text))
        .at(extra.position)
        .because(fmt::format("{}.prune.extra names rules that are in no profile", place))
        .remedy(near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("it may name {}", fmt::join(known, ", ")));
  }
  return extras;
}

class Planner {
 public:
  Planner(const Tools& tools, const model::Workspace& workspace, const std::vector<GroupLock>& locks,
          const RulesLock& rules, const Request& request, change::StatIndex& index)
      : tools_(tools),
        workspace_(workspace),
        locks_(locks),
        rules_(rules),
        request_(request),
        index_(index) {}

  Result<ArtifactPlan> plan_layer(const model::Layer& layer, const model::Target& target) {
    ArtifactPlan plan{.kind = ArtifactKind::kLayer,
                      .name = layer.name,
                      .target = target,
                      .layout = package::Layout::layer(layer.module_root(target.runtime))};
    LAMELLA_TRY_ASSIGN(plan.extra, extras_of(tools_.packs, layer.prune, "layers." + layer.name));
    if (const resolve::LockFile* lock = lock_of_layer(layer.name, target)) {
      LAMELLA_TRY_ASSIGN(const auto closure,
                         resolve::closure_of(*lock, resolve::RootKind::kLayer, layer.name));
      LAMELLA_TRY_ASSIGN(const auto shipped, resolve::shipped_by_layer(workspace_, *lock, layer.name));
      LAMELLA_TRY(add_direct(plan, *lock, resolve::RootKind::kLayer));
      LAMELLA_TRY(add_wheels(plan, layer, shipped, closure));
    }
    LAMELLA_TRY(add_projects(plan, layer));
    if (layer.archive) LAMELLA_TRY(add_archive(plan, *layer.archive));
    if (layer.arn) LAMELLA_TRY(add_external(plan, layer));
    if (layer.command) LAMELLA_TRY(add_command(plan, layer));
    LAMELLA_TRY_ASSIGN(auto files, change::inputs_of(tools_.workspace, layer, target.runtime, index_));
    LAMELLA_TRY(add_local(plan, layer, std::move(files)));
    if (layer.tree && plan.local) plan.local->binaries_for = target;
    LAMELLA_TRY(note_interpreter(plan));
    return plan;
  }

  Result<ArtifactPlan> plan_function(const model::Function& function) {
    ArtifactPlan plan{.kind = ArtifactKind::kFunction,
                      .name = function.name,
                      .target = function.target,
                      .layout = package::Layout::function()};
    LAMELLA_TRY_ASSIGN(plan.extra, extras_of(tools_.packs, function.prune, "functions." + function.name));
    if (const resolve::LockFile* lock = lock_of_function(function.name)) {
      LAMELLA_TRY_ASSIGN(const auto closure,
                         resolve::closure_of(*lock, resolve::RootKind::kFunction, function.name));
      LAMELLA_TRY_ASSIGN(const auto shipped, resolve::shipped_by_function(workspace_, *lock, function.name));
      LAMELLA_TRY(add_direct(plan, *lock, resolve::RootKind::kFunction));
      LAMELLA_TRY(add_wheels(plan, function, shipped, closure));
    }
    LAMELLA_TRY(add_projects(plan, function));
    LAMELLA_TRY_ASSIGN(auto files, change::inputs_of(tools_.workspace, function, index_));
    LAMELLA_TRY(add_local(plan, function, std::move(files)));
    LAMELLA_TRY(note_interpreter(plan));
    return plan;
  }

 private:
  const resolve::LockFile* lock_of_layer(const std::string& name, const model::Target& target) const {
    for (const GroupLock& one : locks_) {
      if (one.group.target == target && one.group.has_layer(name)) return &one.lock;
    }
    return nullptr;
  }
  const resolve::LockFile* lock_of_function(const std::string& name) const {
    for (const GroupLock& one : locks_) {
      if (one.group.has_function(name)) return &one.lock;
    }
    return nullptr;
  }

  Result<> add_direct(ArtifactPlan& plan, const resolve::LockFile& lock, resolve::RootKind kind) {
    LAMELLA_TRY_ASSIGN(const auto direct, resolve::direct_packages(lock, kind, plan.name));
    for (const resolve::LockedPackage* package : direct) plan.direct.push_back(package->name);
    return {};
  }

  const Result<package::Interpreter>& interpreter_of(const model::Runtime& runtime) {
    const auto known = interpreters_.find(runtime);
    if (known != interpreters_.end()) return known->second;
    return interpreters_.emplace(runtime, package::find_interpreter(runtime, tools_.cache)).first->second;
  }

  Result<> use_interpreter(ArtifactPlan& plan) {
    if (plan.interpreter) return {};
    LAMELLA_TRY_ASSIGN(plan.interpreter, interpreter_of(plan.target.runtime));
    return index_.watch_immutable(plan.interpreter->program.string());
  }

  /// Who builds projects and sources.  A stand-in serves until the target's own is here, which no path tells.
  Result<package::BuildInterpreter> build_interpreter(const ArtifactPlan& plan) {
    const model::Runtime& runtime = plan.target.runtime;
    auto found = builders_.find(runtime);
    if (found == builders_.end())
      found = builders_.emplace(runtime, package::find_build_interpreter(runtime, tools_.cache)).first;
    const Result<package::BuildInterpreter>& builder = found->second;
    if (!builder) return builder.error();
    if (builder->stand_in) index_.never_current();
    LAMELLA_TRY(index_.watch_immutable(builder->python.program.string()));
    return *builder;
  }

  /// Whether modules get the bytecode they are to have.  Where there is no interpreter, that is an error only of a
  /// workspace that asks for it.
  Result<bool> compiles(ArtifactPlan& plan, const model::Bytecode& bytecode) {
    const auto used = use_interpreter(plan);
    if (used) return true;
    if (used.error().code() != ErrorCode::kToolMissing) return used.error();
    if (bytecode.asked)
      return Error(used.error()).remedy(used.error().remedy() + "; or set bytecode = \"none\"");
    plan.uncompiled = true;
    return false;
  }

  Result<> compile(ArtifactPlan& plan, const model::Bytecode& bytecode, package::Recipe& recipe) {
    if (!needs_interpreter(recipe.bytecode)) return {};
    LAMELLA_TRY_ASSIGN(const bool compiled, compiles(plan, bytecode));
    if (compiled) recipe.interpreter = plan.interpreter->version;
    if (!compiled) recipe.bytecode.settings.fallback = BytecodeMode::kNone;
    return {};
  }

  /// Proofs run on the interpreter, too.  One that is missing may be named by a variable at any time, which no path
  /// tells: the next build looks again.
  Result<> note_interpreter(ArtifactPlan& plan) {
    if (!plan.uncompiled && (request_.skip_checks || !runs_here(plan.target))) return {};
    const auto& found = interpreter_of(plan.target.runtime);
    if (found) return {};
    if (found.error().code() != ErrorCode::kToolMissing) return found.error();
    plan.no_interpreter = found.error();
    index_.never_current();
    return {};
  }

  /// In-repo projects: their wheels stand among the others, known by what they are built from.
  Result<> add_projects(ArtifactPlan& plan, const model::Packaging& packaging) {
    LAMELLA_TRY_ASSIGN(const auto projects,
                       resolve::projects_of(os::DirectoryTree(tools_.workspace), packaging));
    for (const resolve::Project& project : projects) {
      LAMELLA_TRY_ASSIGN(package::SourceBuild source, source_of(plan, project));
      package::Recipe recipe = recipe_of_project(
          {tools_.packs, rules_, plan.name, packaging, plan.layout, plan.target}, project, std::move(source));
      LAMELLA_TRY(note_built(tools_, index_, recipe));
      LAMELLA_TRY(compile(plan, packaging.bytecode, recipe));
      const auto& name = recipe.wheel.distribution;
      const auto after = std::find_if(plan.wheels.begin(), plan.wheels.end(),
                                      [&](const auto& one) { return one.wheel.distribution >= name; });
      if (after != plan.wheels.end() && after->wheel.distribution == name) return twice(project, name);
      plan.direct.push_back(name);
      plan.wheels.insert(after, std::move(recipe));
    }
    return {};
  }

  static Error twice(const resolve::Project& project, const std::string& name) {
    return Error(ErrorCode::kUsage, fmt::format("{} comes from two places", name))
        .at(project.place.position)
        .because(fmt::format("the project {} and another package have that name", project.place.text))
        .remedy("take one of the two out");
  }

  Result<package::SourceBuild> source_of(ArtifactPlan& plan, const resolve::Project& project) {
    LAMELLA_TRY_ASSIGN(const auto interpreter, build_interpreter(plan));
    package::SourceBuild source;
    source.place = project.place.text;
    source.distribution = project.system.name;
    source.backend = project.system.backend;
    source.backend_path = project.system.backend_path;
    source.version = project.system.version;
    source.target = plan.target;
    interpreter.take_on(source);
    LAMELLA_TRY_ASSIGN(auto files, change::project_files(tools_.workspace, project.place, index_));
    for (change::InputFile& file : files) {
      source.files.push_back(
          {std::move(file.name), tools_.workspace / file.path, file.sha256, file.executable, false, {}});
    }
    if (project.system.requirements.empty()) return source;
    LAMELLA_TRY(add_build_requirements(locks_, resolve::build_group(project, plan.target), source));
    return source;
  }

  /// What recipes_of() leaves open of a package that is built from source.
  Result<> complete_source(ArtifactPlan& plan, const resolve::LockedPackage& locked,
                           package::Recipe& recipe) {
    LAMELLA_TRY_ASSIGN(const auto interpreter, build_interpreter(plan));
    LAMELLA_TRY(build::complete_source(locks_, locked, interpreter, *recipe.source));
    return note_built(tools_, index_, recipe);
  }

  /// One in the workspace is known by its content now, one elsewhere by what the workspace says of it.
  Result<> add_archive(ArtifactPlan& plan, const model::Archive& archive) {
    const std::string& place = archive.place.text;
    const std::string path = archive.remote ? place.substr(0, place.find_first_of("?#")) : place;
    package::ArchiveRecipe recipe{.name = path.substr(path.rfind('/') + 1), .target = plan.target};
    if (archive.remote) {
      recipe.sha256 = *archive.sha256;
      recipe.url = place;
    } else {
      LAMELLA_TRY_ASSIGN(recipe.sha256, digest_of(archive));
      recipe.path = tools_.workspace / place;
    }
    plan.as_it_is = !archive.merged;
    plan.archive = std::move(recipe);
    return {};
  }

  /// A published version is an archive that is known by its lock.
  Result<> add_external(ArtifactPlan& plan, const model::Layer& layer) {
    const std::string path(kExternalLockPath);
    LAMELLA_TRY(index_.watch(path));
    LAMELLA_TRY_ASSIGN(const auto lock, load_external_lock(os::DirectoryTree(tools_.workspace)));
    LAMELLA_TRY_ASSIGN(const ExternalLayer* known, external_of(lock, layer));
    LAMELLA_TRY_ASSIGN(const auto arn, model::parse_layer_version_arn(known->arn));
    plan.archive = package::ArchiveRecipe{.name = fmt::format("{}-{}.zip", arn.layer.name, arn.version),
                                          .sha256 = known->sha256,
                                          .target = plan.target,
                                          .path = {},
                                          .url = known->arn};
    plan.as_it_is = true;
    return {};
  }

  Result<Digest> digest_of(const model::Archive& archive) {
    const std::string& place = archive.place.text;
    const auto digest = index_.digest_of(place);
    if (!digest) {
      return Error(digest.error().code(), fmt::format("the archive '{}' cannot be read", place))
          .at(archive.place.position)
          .because(digest.error().what())
          .remedy("create it, or mend the path");
    }
    if (!archive.sha256 || *archive.sha256 == *digest) return *digest;
    return Error(ErrorCode::kMismatch, place + " is not the archive that lamella.toml names")
        .at(archive.place.position)
        .because(fmt::format("wanted sha256 {}, got {}", archive.sha256->hex(), digest->hex()))
        .remedy("put the right file there, or write its digest if the change is wanted")
        .with("file", place)
        .with("wanted", archive.sha256->hex())
        .with("got", digest->hex());
  }

  Result<> add_command(ArtifactPlan& plan, const model::Layer& layer) {
    const model::Command& command = *layer.command;
    package::CommandRecipe recipe{.mount = plan.layout.mount, .bytecode = layer.bytecode.fallback};
    recipe.command.run = command.run;
    recipe.command.output = command.output.text;
    recipe.command.target = plan.target;
    recipe.command.network = command.network;
    recipe.command.timeout = command.timeout;
    LAMELLA_TRY_ASSIGN(auto files, change::command_inputs(tools_.workspace, command, index_));
    for (change::InputFile& file : files) {
      recipe.command.files.push_back(
          {std::move(file.name), tools_.workspace / file.path, file.sha256, file.executable, false, {}});
    }
    LAMELLA_TRY_ASSIGN(recipe.command.tools, command_tools(command, index_));
    // Whether it leaves modules is not known before it has run.
    if (recipe.bytecode != BytecodeMode::kNone) {
      LAMELLA_TRY_ASSIGN(const bool compiled, compiles(plan, layer.bytecode));
      if (compiled) recipe.interpreter = plan.interpreter->version;
      if (!compiled) recipe.bytecode = BytecodeMode::kNone;
    }
    plan.command = std::move(recipe);
    return {};
  }

  Result<> add_wheels(ArtifactPlan& plan, const model::Packaging& packaging, const resolve::Packages& shipped,
                      const resolve::Packages& closure) {
    plan.wheels =
        recipes_of({tools_.packs, rules_, plan.name, packaging, plan.layout, plan.target}, shipped, closure);
    for (std::size_t i = 0; i < plan.wheels.size(); ++i) {
      package::Recipe& recipe = plan.wheels[i];
      if (recipe.source) LAMELLA_TRY(complete_source(plan, *shipped[i], recipe));
      LAMELLA_TRY(compile(plan, packaging.bytecode, recipe));
    }
    return {};
  }

  Result<> add_local(ArtifactPlan& plan, const model::Packaging& packaging,
                     std::vector<change::InputFile> files) {
    if (files.empty()) return {};
    package::LocalRecipe recipe{
        .name = "in-repo", .mount = plan.layout.mount, .runtime = plan.target.runtime};
    bool modules = false;
    for (change::InputFile& file : files) {
      modules = modules || file.module;
      recipe.files.push_back({std::move(file.name), tools_.workspace / file.path, file.sha256,
                              file.executable, file.module, std::move(file.link)});
    }
    recipe.bytecode = packaging.bytecode.fallback;
    if (modules && recipe.bytecode != BytecodeMode::kNone) {
      LAMELLA_TRY_ASSIGN(const bool compiled, compiles(plan, packaging.bytecode));
      if (compiled) recipe.interpreter = plan.interpreter->version;
    }
    if (plan.uncompiled) recipe.bytecode = BytecodeMode::kNone;
    plan.local = std::move(recipe);
    return {};
  }

  const Tools& tools_;
  const model::Workspace& workspace_;
  const std::vector<GroupLock>& locks_;
  const RulesLock& rules_;
  const Request& request_;
  change::StatIndex& index_;
  std::map<model::Runtime, Result<package::Interpreter>> interpreters_;
  std::map<model::Runtime, Result<package::BuildInterpreter>> builders_;
};

/// True for what an artifact lacks or has wrong, so that others may be planned all the same.
bool concerns_one(ErrorCode code) { return is_own_fault(code) || code == ErrorCode::kToolMissing; }

/// As it is, or what a request that keeps going has in its place.
Result<ArtifactPlan> planned(Result<ArtifactPlan> plan, ArtifactPlan otherwise, const Request& request) {
  if (plan) return plan;
  Error error = Error(std::move(plan).error())
                    .while_doing(fmt::format("planning {} {}", to_string(otherwise.kind), otherwise.name));
  if (request.on_failure == OnFailure::kStop || !concerns_one(error.code())) return error;
  otherwise.refused = std::move(error);
  return otherwise;
}

Result<std::vector<ArtifactPlan>> noted(const Tools& tools, std::vector<ArtifactPlan> plans) {
  LAMELLA_TRY(tools.pool.parallel_for(plans.size(), [&](std::size_t i) -> Result<> {
    plans[i].note_keys();
    return {};
  }));
  return plans;
}

}  // namespace

std::string Request::text() const {
  std::string out = fmt::format("layers-only={} skip-checks={}", layers_only, skip_checks);
  if (locked) out += " locked";
  for (const std::string& name : names) out += " " + name;
  return out;
}

void ArtifactPlan::note_keys() {
  noted_keys.clear();
  for (const package::Recipe& recipe : wheels) noted_keys.push_back(recipe.key());
  if (archive) noted_keys.push_back(archive->key());
  if (command) noted_keys.push_back(command->key());
  if (local) noted_keys.push_back(local->key());
}

const std::vector<Digest>& ArtifactPlan::segment_keys() const {
  [[maybe_unused]] const int others = archive.has_value() + command.has_value() + local.has_value();
  assert(noted_keys.size() == wheels.size() + static_cast<std::size_t>(others));
  return noted_keys;
}

std::vector<Digest> ArtifactPlan::content() const {
  std::vector<Digest> content = segment_keys();
  if (as_it_is) content.push_back(archive->sha256);
  return content;
}

Digest ArtifactPlan::key() const {
  crypto::KeyBuilder key("artifact");
  key.add("kind", to_string(kind)).add("name", name).add("target", short_name(target));
  for (const Digest& segment : content()) key.add("segment", segment);
  return key.finish();
}

bool runs_here(const model::Target& target) {
  return model::machine_name(target.architecture) == os::host_machine();
}

std::string artifact_stem(ArtifactKind kind, const std::string& name, const model::Target& target) {
  return fmt::format("{}-{}-{}", to_string(kind), name, short_name(target));
}

std::set<std::string> needed_layers(const model::Workspace& workspace, const Request& request) {
  std::set<std::string> needed;
  const auto need = [&](const model::Layer& layer) {
    needed.insert(layer.name);
    for (const model::Layer* below : workspace.dependencies_of(layer)) needed.insert(below->name);
  };
  for (const model::Layer& layer : workspace.layers) {
    if (request.wants(layer.name)) need(layer);
  }
  for (const model::Function& function : workspace.functions) {
    if (!request.wants(function.name)) continue;
    for (const auto& name : function.layers) {
      if (const model::Layer* layer = workspace.find_layer(name.text)) need(*layer);
    }
  }
  return needed;
}

Result<std::vector<ArtifactPlan>> plan_artifacts(const Tools& tools, const model::Workspace& workspace,
                                                 const std::vector<GroupLock>& locks, const RulesLock& rules,
                                                 const Request& request, change::StatIndex& index) {
  Planner planner(tools, workspace, locks, rules, request, index);
  const std::set<std::string> layers = needed_layers(workspace, request);
  std::vector<ArtifactPlan> plans;
  for (const model::Layer* layer : workspace.build_order()) {
    if (!layers.contains(layer->name)) continue;
    for (const model::Target& target : layer->targets) {
      LAMELLA_TRY_ASSIGN(
          auto plan, planned(planner.plan_layer(*layer, target),
                             {.kind = ArtifactKind::kLayer, .name = layer->name, .target = target}, request));
      plans.push_back(std::move(plan));
    }
  }
  if (request.layers_only) return noted(tools, std::move(plans));
  for (const model::Function& function : workspace.functions) {
    if (!request.wants(function.name)) continue;
    LAMELLA_TRY_ASSIGN(
        auto plan,
        planned(planner.plan_function(function),
                {.kind = ArtifactKind::kFunction, .name = function.name, .target = function.target},
                request));
    plans.push_back(std::move(plan));
  }
  return noted(tools, std::move(plans));
}

}  // namespace lamella::build
