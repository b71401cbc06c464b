// SPDX-License-Identifier: Apache-2.0
#include "build/proving.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>

#include "archive/segment.h"
#include "change/local_inputs.h"
#include "os/environment.h"

namespace lamella::build {
namespace {

constexpr std::chrono::seconds kLayerTimeout{120};  // first imports of large packages on a slow machine
constexpr std::uint64_t kLayerMemoryMb = 2048;

Result<archive::SegmentIndex> index_of(const Tools& tools, const Digest& blob) {
  LAMELLA_TRY_ASSIGN(auto reader, tools.store.open(blob));
  if (!reader) return Error(ErrorCode::kInternal, "a segment is not in the store").at(blob.hex());
  LAMELLA_TRY_ASSIGN(const auto bytes, reader->map());
  LAMELLA_TRY_ASSIGN(const archive::Segment segment, archive::open_segment(bytes));
  return segment.index;
}

/// Top-level modules and packages of one segment: "python/numpy/__init__.py" says "numpy".
std::set<std::string> top_modules(const archive::SegmentIndex& index) {
  std::set<std::string> found;
  for (const archive::Entry& entry : index.entries) {
    const auto module_name = model::module_path(entry.name);
    if (!module_name) continue;
    const std::string_view name = *module_name;
    const auto slash = name.find('/');
    const std::string_view top = name.substr(0, slash);
    const bool package = slash != std::string_view::npos && name.substr(slash + 1).starts_with("__init__.py");
    const bool module = slash == std::string_view::npos && top.ends_with(".py");
    const std::string_view stem = module ? top.substr(0, top.size() - 3) : top;
    if ((package || module) && !stem.starts_with('_')) found.emplace(stem);
  }
  return found;
}

/// The declared imports, or every top-level module of the distributions asked for by name.
Result<std::vector<std::string>> imports_of(const Tools& tools, const model::Layer& layer,
                                            const ArtifactPlan& plan, const Made& made) {
  if (!layer.imports.empty()) return layer.imports;
  std::set<std::string> names;
  for (const Part& part : made.parts) {
    const auto& name = part.segment.distribution;
    if (std::find(plan.direct.begin(), plan.direct.end(), name) == plan.direct.end()) continue;
    LAMELLA_TRY_ASSIGN(const auto index, index_of(tools, part.segment.blob));
    names.merge(top_modules(index));
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<proof::Mounted> mounted(const Tools& tools, const Manifest& manifest, std::string_view layer,
                               const model::Target& target) {
  const Made* made = manifest.find_layer(layer, target);
  if (made == nullptr)
    return Error(ErrorCode::kInternal, "a layer was not built before what needs it").at(std::string(layer));
  return proof::Mounted{std::string(layer), made->artifact.sha256, tools.workspace / made->artifact.path,
                        profile_of(*made)};
}

Result<std::vector<Digest>> check_files(const std::vector<model::Check>& checks, change::StatIndex& index) {
  LAMELLA_TRY_ASSIGN(const auto files, change::check_inputs(checks, index));
  std::vector<Digest> digests;
  for (const auto& file : files) digests.push_back(file.sha256);
  return digests;
}

Result<> fill_layer(const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
                    const Made& made, const ArtifactPlan& plan, proof::Subject& subject) {
  const model::Layer& layer = *workspace.find_layer(made.artifact.name);
  for (const model::Layer* below : workspace.dependencies_of(layer)) {
    LAMELLA_TRY_ASSIGN(auto one, mounted(tools, manifest, below->name, subject.target));
    subject.layers.push_back(std::move(one));
  }
  LAMELLA_TRY_ASSIGN(auto own, mounted(tools, manifest, layer.name, subject.target));
  subject.layers.push_back(std::move(own));
  LAMELLA_TRY_ASSIGN(subject.imports, imports_of(tools, layer, plan, made));
  subject.checks = layer.checks;
  subject.memory_mb = kLayerMemoryMb;
  subject.timeout = kLayerTimeout;
  return {};
}

Result<> fill_function(const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
                       const Made& made, proof::Subject& subject) {
  const model::Function& function = *workspace.find_function(made.artifact.name);
  for (const auto& name : function.layers) {
    LAMELLA_TRY_ASSIGN(auto one, mounted(tools, manifest, name.text, subject.target));
    subject.layers.push_back(std::move(one));
  }
  subject.function =
      proof::Mounted{function.name, made.artifact.sha256, tools.workspace / made.artifact.path};
  subject.handler = function.handler.text;
  subject.handler_position = function.handler.position;
  subject.source = function.source.text;
  subject.checks = function.checks;
  subject.memory_mb = static_cast<std::uint64_t>(function.memory);
  // Every declared event is handled in one sandbox, each within the function's own time, after Lambda's 10 s
  // for init.
  const auto events = static_cast<int>(function.checks.size()) + 1;
  subject.timeout = std::chrono::seconds(10 + function.timeout * events);
  subject.event_timeout = std::chrono::seconds(function.timeout);
  for (const auto& [name, value] : function.environment) {
    LAMELLA_TRY_ASSIGN(subject.environment[name], model::resolve(value, tools.variables));
  }
  return {};
}

std::string with_remedy(const Error& error) { return fmt::format("{}; {}", error.what(), error.remedy()); }

/// The AWS services that the botocore in reach keeps; empty where it keeps all, and where there is none.
std::vector<std::string> services_of(const model::Workspace& workspace, const Manifest& manifest,
                                     const Made& made, const proof::Subject& subject) {
  const auto ships = [](const Made* one) {
    return one != nullptr && std::any_of(one->parts.begin(), one->parts.end(), [](const Part& part) {
             return part.segment.distribution == "botocore";
           });
  };
  if (subject.function && ships(&made)) return workspace.find_function(made.artifact.name)->services;
  for (auto layer = subject.layers.rbegin(); layer != subject.layers.rend(); ++layer) {
    if (ships(manifest.find_layer(layer->name, subject.target)))
      return workspace.find_layer(layer->name)->services;
  }
  return {};
}

}  // namespace

Result<proof::Subject> subject_of(const Tools& tools, const model::Workspace& workspace,
                                  const Manifest& manifest, const Made& made, const ArtifactPlan& plan,
                                  change::StatIndex& index) {
  proof::Subject subject;
  subject.kind = made.artifact.kind;
  subject.name = made.artifact.name;
  subject.target = made.artifact.target;
  if (made.artifact.kind == model::ArtifactKind::kLayer) {
    LAMELLA_TRY(fill_layer(tools, workspace, manifest, made, plan, subject));
  } else {
    LAMELLA_TRY(fill_function(tools, workspace, manifest, made, subject));
  }
  // A layer's own check may ask for what the layer leaves out on purpose, to see that it is left out.
  if (subject.function) subject.services = services_of(workspace, manifest, made, subject);
  const std::string place = plan.layout.mount + plan.layout.prefix;
  for (const Part& part : made.parts) {
    for (const auto& [path, bytes] : part.segment.stripped) subject.libraries.push_back(place + path);
  }
  LAMELLA_TRY_ASSIGN(subject.check_files, check_files(subject.checks, index));
  return subject;
}

archive::Profile profile_of(const Made& made) {
  return made.as_it_is ? archive::Profile::kUploaded : archive::Profile::kOwn;
}

std::string module_in_opt(std::string_view file) {
  constexpr std::string_view kMount = "/opt/";
  if (!file.starts_with(kMount)) return {};
  return std::string(model::module_path(file.substr(kMount.size())).value_or(std::string_view()));
}

std::vector<std::string> unmade_here(const ArtifactPlan& plan) {
  std::vector<std::string> unmade;
  if (plan.uncompiled) {
    unmade.push_back("modules were not compiled to bytecode: " + with_remedy(*plan.no_interpreter));
  }
  for (const package::Recipe& recipe : plan.wheels) {
    if (!recipe.source || !recipe.source->stand_in) continue;
    unmade.push_back(fmt::format("{} was built on {}, which stands in for {}", recipe.source->place,
                                 to_string(recipe.source->built_on()), to_string(plan.target.runtime)));
  }
  return unmade;
}

std::vector<std::string> unprovable_here(const ArtifactPlan& plan) {
  const bool foreign = !runs_here(plan.target);
  if (!foreign && !plan.no_interpreter) return {};
  std::vector<std::string> unproved;
  const std::string why = foreign
                              ? fmt::format("{} code does not run on this {} machine",
                                            model::machine_name(plan.target.architecture), os::host_machine())
                          : plan.uncompiled ? plan.no_interpreter->what()
                                            : with_remedy(*plan.no_interpreter);
  unproved.push_back("imports and checks were not run: " + why);
  if (foreign && plan.interpreter) unproved.push_back("the bytecode was not loaded: " + why);
  for (std::string& one : unmade_here(plan)) unproved.push_back(std::move(one));
  return unproved;
}

std::map<std::string, std::string> owners_of(const Tools& tools, const Made& layer) {
  std::map<std::string, std::string> owners;
  for (const Part& part : layer.parts) {
    const auto index = index_of(tools, part.segment.blob);
    if (!index) continue;
    for (const archive::Entry& entry : index->entries) {
      const auto name = model::module_path(entry.name);
      if (!name) continue;
      std::string path(*name);
      if (path.ends_with(".pyc") && path.find("__pycache__/") == std::string::npos) path.pop_back();
      if (path.ends_with(".py")) owners[path] = part.segment.distribution;
    }
  }
  return owners;
}

TracedModules traced_of(const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
                        const std::map<std::string, proof::Proof>& proofs) {
  std::set<std::string> imported;
  for (const auto& [name, proof] : proofs) {
    for (const proof::TracedModule& module : proof.modules) imported.insert(module_in_opt(module.file));
  }
  TracedModules traced;
  for (const Made& made : manifest.made) {
    if (made.artifact.kind != model::ArtifactKind::kLayer) continue;
    const model::Layer* layer = workspace.find_layer(made.artifact.name);
    if (layer == nullptr || !layer->bytecode.traced) continue;
    for (const auto& [path, distribution] : owners_of(tools, made)) {
      if (imported.contains(path)) traced[{layer->name, distribution}].push_back(path);
    }
  }
  for (auto& [where, modules] : traced) {
    std::sort(modules.begin(), modules.end());
    modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  }
  return traced;
}

std::vector<std::string> without_bytecode(const proof::Proof& proof) {
  std::vector<std::string> found;
  for (const proof::TracedModule& module : proof.start) {
    if (!module.bytecode) found.push_back(module.file);
  }
  return found;
}

}  // namespace lamella::build
