// SPDX-License-Identifier: Apache-2.0
#include "build/test_changes.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <utility>

#include "resolve/closure.h"
#include "resolve/test_group.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;
using Tools = std::map<std::string, std::pair<std::string, Digest>>;  ///< name to version and wheel

const model::Tests& tests_of(const Pair& pair) {
  return pair.layer != nullptr ? pair.layer->tests : pair.function->tests;
}

/// The files at the places that the tests name, and beside them, with what is in each.
Result<std::map<std::string, change::ContentId>> files_on(const Side& side, const model::Tests& tests) {
  std::vector<std::string> places = possible_paths(tests);
  for (const model::PlacedText& file : tests.files) places.push_back(file.text);
  std::set<std::string> all(places.begin(), places.end());
  for (const std::string& place : places) {
    for (std::string& beside : model::companions_of(place)) all.insert(std::move(beside));
  }
  std::map<std::string, change::ContentId> found;
  for (const std::string& place : all) {
    LAMELLA_TRY_ASSIGN(const auto files, side.tree->files(place));
    for (const change::SnapshotFile& file : files) {
      if (file.kind != base::FileKind::kFile) continue;
      LAMELLA_TRY_ASSIGN(found[file.path], side.tree->identify(file));
    }
  }
  return found;
}

/// A lock that is absent or damaged brings nothing.
Tools tools_on(const Side& side, const ArtifactName& artifact) {
  Tools tools;
  const bool layer = artifact.kind == ArtifactKind::kLayer;
  for (const resolve::TestGroup& one : resolve::test_groups(*side.workspace)) {
    const bool member = layer ? one.group.has_layer(artifact.name) : one.group.has_function(artifact.name);
    if (one.group.target != artifact.target || !member) continue;
    const auto lock = resolve::load_lock(*side.tree, one.group);
    if (!lock || !*lock) return tools;
    const auto kind = layer ? resolve::RootKind::kLayer : resolve::RootKind::kFunction;
    const auto closure = resolve::closure_of(**lock, kind, artifact.name);
    if (!closure) return tools;
    for (const resolve::LockedPackage* package : *closure)
      tools[package->name] = {package->version, package->wheel.sha256};
  }
  return tools;
}

void compare_files(const std::map<std::string, change::ContentId>& old,
                   const std::map<std::string, change::ContentId>& now, const Pair& pair,
                   std::vector<Cause>& causes) {
  std::set<std::string> paths;
  for (const auto& [path, id] : old) paths.insert(path);
  for (const auto& [path, id] : now) paths.insert(path);
  for (const std::string& path : paths) {
    const auto a = old.find(path);
    const auto b = now.find(path);
    if (a != old.end() && b != now.end() && a->second == b->second) continue;
    const auto* kind = a == old.end() ? "file-added" : b == now.end() ? "file-removed" : "file-changed";
    const auto* what = a == old.end() ? "is new" : b == now.end() ? "is gone" : "changed";
    causes.push_back({{kind, path, "", "", fmt::format("{}, which its tests see, {}", path, what)},
                      {"file " + path, pair.name.node()}});
  }
}

void compare_tools(const Tools& old, const Tools& now, const Pair& pair, std::vector<Cause>& causes) {
  for (const auto& [name, tool] : now) {
    const auto before = old.find(name);
    if (before == old.end() || before->second == tool) continue;
    const std::string& from = before->second.first;
    causes.push_back(
        {{"package-changed", name, from, tool.first,
          from == tool.first ? fmt::format("{}, which its tests use, has another wheel", name)
                             : fmt::format("{} {} → {}, which its tests use", name, from, tool.first)},
         {"package " + name, pair.name.node()}});
  }
}

}  // namespace

Result<std::vector<Cause>> test_changes(const Side& before, const Side& after, const Pair& pair) {
  std::vector<Cause> causes;
  const model::Tests& tests = tests_of(pair);
  if (!tests.declared()) return causes;
  LAMELLA_TRY_ASSIGN(const auto old, files_on(before, tests));
  LAMELLA_TRY_ASSIGN(const auto now, files_on(after, tests));
  compare_files(old, now, pair, causes);
  compare_tools(tools_on(before, pair.name), tools_on(after, pair.name), pair, causes);
  return causes;
}

}  // namespace lamella::build
