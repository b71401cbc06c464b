// SPDX-License-Identifier: Apache-2.0
#include "resolve/sources.h"

#include <algorithm>
#include <utility>

#include "config/build_system.h"
#include "config/requirement.h"

namespace lamella::resolve {

Result<LockedBuild> build_of(const archive::SourceArchive& source, const LockedPackage& package) {
  auto system = config::read_source_build_system(source, source.top(), package.name);
  if (!system) return Error(std::move(system).error()).while_doing("reading " + package.wheel.filename);
  LockedBuild build{.backend = system->backend, .backend_path = system->backend_path, .requirements = {}};
  for (const config::RequirementLine& line : system->requirements)
    build.requirements.push_back(config::to_string(line.requirement));
  std::sort(build.requirements.begin(), build.requirements.end());
  return build;
}

bool add_requirements(std::string_view lines, LockedBuild& build) {
  auto& requirements = build.requirements;
  bool added = false;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const auto parsed = config::parse_requirement(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (!parsed || !parsed->url.empty()) continue;
    const std::string text = config::to_string(*parsed);
    if (std::find(requirements.begin(), requirements.end(), text) != requirements.end()) continue;
    requirements.push_back(text);
    added = true;
  }
  std::sort(requirements.begin(), requirements.end());
  return added;
}

std::string source_name(const LockedPackage& package) { return package.name + " " + package.version; }

LockGroup source_group(const LockedPackage& package, const model::Target& target) {
  return {"source-" + lock_word(package.name + "-" + package.version), target, {}, {}};
}

Result<LockInputs> source_inputs(const model::Workspace& workspace, const LockedPackage& package,
                                 const model::Target& target) {
  LockInputs inputs = without_roots(workspace, source_group(package, target));
  RootInputs root{RootKind::kBuild, source_name(package), {}};
  for (const std::string& text : package.build->requirements) {
    LAMELLA_TRY_ASSIGN(auto requirement, config::parse_requirement(text));
    root.requirements.requirements.push_back({std::move(requirement), {text, {}}, {}});
  }
  inputs.roots.push_back(std::move(root));
  return inputs;
}

Result<std::vector<LockInputs>> all_source_inputs(const model::Workspace& workspace, const LockFile& lock) {
  std::vector<LockInputs> all;
  for (const LockedPackage& package : lock.packages) {
    if (!package.build) continue;
    LAMELLA_TRY_ASSIGN(auto inputs, source_inputs(workspace, package, lock.target));
    all.push_back(std::move(inputs));
  }
  return all;
}

}  // namespace lamella::resolve
