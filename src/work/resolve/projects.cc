// SPDX-License-Identifier: Apache-2.0
#include "resolve/projects.h"

#include <set>
#include <utility>

namespace lamella::resolve {

Result<std::vector<Project>> projects_of(const base::FileTree& tree, const model::Packaging& packaging) {
  std::vector<Project> projects;
  for (const model::PlacedText& place : packaging.packages) {
    auto system = config::read_build_system(tree, place.text);
    if (!system) return Error(std::move(system).error()).while_doing("reading project " + place.text);
    if (*system) projects.push_back({place, **std::move(system)});
  }
  return projects;
}

LockGroup build_group(const Project& project, const model::Target& target) {
  return {"build-" + lock_word(project.place.text), target, {}, {}};
}

LockInputs build_inputs(const model::Workspace& workspace, const Project& project,
                        const model::Target& target) {
  LockInputs inputs = without_roots(workspace, build_group(project, target));
  RootInputs root{RootKind::kBuild, project.place.text, {}};
  root.requirements.requirements = project.system.requirements;
  inputs.roots.push_back(std::move(root));
  return inputs;
}

Result<std::vector<LockInputs>> all_build_inputs(const base::FileTree& tree,
                                                 const model::Workspace& workspace) {
  std::vector<LockInputs> all;
  std::set<std::pair<std::string, model::Target>> seen;
  const auto add = [&](const model::Packaging& packaging,
                       const std::vector<model::Target>& targets) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto projects, projects_of(tree, packaging));
    for (const Project& project : projects) {
      for (const model::Target& target : targets) {
        if (seen.emplace(project.place.text, target).second)
          all.push_back(build_inputs(workspace, project, target));
      }
    }
    return {};
  };
  for (const model::Layer& layer : workspace.layers) LAMELLA_TRY(add(layer, layer.targets));
  for (const model::Function& function : workspace.functions) LAMELLA_TRY(add(function, {function.target}));
  return all;
}

}  // namespace lamella::resolve
