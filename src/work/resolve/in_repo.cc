// SPDX-License-Identifier: Apache-2.0
#include "resolve/in_repo.h"

#include <algorithm>
#include <utility>

#include "base/diagnostic.h"
#include "base/split.h"
#include "base/trim.h"
#include "config/build_system.h"
#include "config/requirement.h"
#include "resolve/marker.h"
#include "resolve/version.h"

namespace lamella::resolve {
namespace {

/// ">=3.6.*" of old packages as ">=3.6", which they mean.
std::string lenient(std::string_view specifier) {
  std::string out;
  for (std::string_view clause : base::split(specifier, ',')) {
    clause = base::trimmed(clause, " ");
    if (clause.empty()) continue;
    const bool ordered = clause.starts_with('>') || clause.starts_with('<');
    if (ordered && clause.ends_with(".*")) clause.remove_suffix(2);
    out += std::string(clause) + ",";
  }
  return out;
}

/// More than any minor version has had.
constexpr int kMostPatches = 60;

/// A layer or function, and everything whose `packages` a function has beside its.
struct Meeting {
  std::string who;  ///< "layer core"
  std::vector<const model::Packaging*> members;
};

void add_layers(const model::Workspace& workspace, const model::Function& function, Meeting& meeting) {
  for (const auto& name : function.layers) {
    if (const model::Layer* layer = workspace.find_layer(name.text)) meeting.members.push_back(layer);
  }
}

Meeting meeting_of(const model::Workspace& workspace, const model::Layer& layer) {
  Meeting meeting{"layer " + layer.name, {&layer}};
  for (const model::Layer* below : workspace.dependencies_of(layer)) meeting.members.push_back(below);
  for (const model::Function* function : workspace.users_of(layer.name)) {
    meeting.members.push_back(function);
    add_layers(workspace, *function, meeting);
  }
  return meeting;
}

Meeting meeting_of(const model::Workspace& workspace, const model::Function& function) {
  Meeting meeting{"function " + function.name, {&function}};
  add_layers(workspace, function, meeting);
  return meeting;
}

bool is_at(const std::string& path, const std::string& folder) {
  return path == folder || path.starts_with(folder + "/");
}

/// What a folder under `packages` is called: as its project says, else as itself.
Result<std::string> name_of(const base::FileTree& tree, const std::string& folder) {
  LAMELLA_TRY_ASSIGN(const auto system, config::read_build_system(tree, folder));
  return system ? system->name : config::normalised_name(folder.substr(folder.rfind('/') + 1));
}

Result<bool> is_listed(const base::FileTree& tree, const Meeting& meeting,
                       const config::InRepoPackage& package) {
  for (const model::Packaging* member : meeting.members) {
    for (const model::PlacedText& place : member->packages) {
      if (!package.folder.empty()) {
        if (is_at(place.text, package.folder)) return true;
        continue;
      }
      LAMELLA_TRY_ASSIGN(const std::string name, name_of(tree, place.text));
      if (name == package.name) return true;
    }
  }
  return false;
}

Error outside(const std::string& name, const base::Position& position) {
  return Error(ErrorCode::kUsage, "'" + base::escaped(name) + "' comes from outside the index").at(position);
}

Result<> check_folder(const base::FileTree& tree, const model::Target& target, const Meeting& meeting,
                      const config::InRepoPackage& package) {
  LAMELLA_TRY_ASSIGN(const bool wanted, marker_holds(package.marker, marker_environment(target), ""));
  if (!wanted) return {};
  LAMELLA_TRY_ASSIGN(const bool listed, is_listed(tree, meeting, package));
  if (listed) return {};
  const std::string folder =
      package.folder.empty() ? "its folder" : "\"" + base::escaped(package.folder) + "\"";
  return outside(package.name, package.position)
      .because(package.folder.empty() ? "it is a member of the workspace of that file"
                                      : "it is the package in " + base::escaped(package.folder))
      .remedy("list " + folder + " under `packages` of " + meeting.who + ", or of a function that has it");
}

Result<> check_index(const model::Workspace& workspace, const config::RequirementLine& line) {
  if (line.index.empty()) return {};
  const std::string name = line.requirement.normalised();
  const auto& indexes = workspace.lock.indexes;
  const bool declared = std::any_of(indexes.begin(), indexes.end(), [&](const model::PackageIndex& index) {
    return index.name == line.index && index.serves(name);
  });
  if (declared) return {};
  return outside(name, line.text.position)
      .because("[tool.uv.sources] takes it from the index '" + base::escaped(line.index) +
               "', and no index of that name serves it here")
      .remedy("declare [lock.indexes." + base::escaped(line.index) + "] with `packages = [\"" + name +
              "\"]`");
}

Result<> check_python(const model::Target& target, const Meeting& meeting, const model::PlacedText& range) {
  if (range.text.empty() || allows_python(range.text, target)) return {};
  const std::string runtime = model::to_string(target.runtime);
  return Error(ErrorCode::kUsage, range.position.file + " is not for " + runtime)
      .at(range.position)
      .because("it requires Python " + base::escaped(range.text) + ", and " + meeting.who + " is for " +
               runtime)
      .remedy("let it allow that version, or give " + meeting.who + " a runtime that it allows");
}

/// Who meets whom is worked out over all functions, and most requirements do not ask.
template <class Root>
Result<> check(const base::FileTree& tree, const model::Workspace& workspace, const model::Target& target,
               const Root& root, const config::RequirementsFile& read) {
  if (!read.requires_python.empty() || !read.in_repo.empty()) {
    const Meeting meeting = meeting_of(workspace, root);
    for (const auto& range : read.requires_python) LAMELLA_TRY(check_python(target, meeting, range));
    for (const auto& package : read.in_repo) LAMELLA_TRY(check_folder(tree, target, meeting, package));
  }
  for (const auto& line : read.requirements) LAMELLA_TRY(check_index(workspace, line));
  return {};
}

}  // namespace

Result<> check_sources(const base::FileTree& tree, const model::Workspace& workspace,
                       const model::Target& target, const model::Layer& layer,
                       const config::RequirementsFile& read) {
  return check(tree, workspace, target, layer, read);
}

Result<> check_sources(const base::FileTree& tree, const model::Workspace& workspace,
                       const model::Target& target, const model::Function& function,
                       const config::RequirementsFile& read) {
  return check(tree, workspace, target, function, read);
}

bool allows_python(std::string_view specifier, const model::Target& target) {
  const std::string wanted = lenient(specifier);
  const std::string series =
      std::to_string(target.runtime.major) + "." + std::to_string(target.runtime.minor) + ".";
  for (int patch = 0; patch < kMostPatches; ++patch) {
    const auto version = Version::parse(series + std::to_string(patch));
    if (version && satisfies(*version, wanted)) return true;
  }
  return false;
}

}  // namespace lamella::resolve
