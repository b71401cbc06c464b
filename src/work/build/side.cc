// SPDX-License-Identifier: Apache-2.0
#include "build/side.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "build/placement.h"
#include "change/snapshot_inputs.h"
#include "resolve/lock_finder.h"
#include "resolve/lock_inputs.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;

Reason trouble_of(const Error& error, const std::string& subject, const change::Snapshot& tree) {
  return {"unreadable", subject, "", "",
          fmt::format("{} of {} cannot be read: {}", subject, tree.name(), error.what())};
}

SideGroup described(const resolve::LockInputs& inputs, std::optional<resolve::FoundLock> found) {
  SideGroup side{inputs.group, {}, {}, inputs.group.lock_path(), {}};
  if (found) {
    side.lock = std::move(found->lock);
    side.stale = std::move(found->stale);
    side.file = std::move(found->file);
  }
  for (const resolve::RootInputs& root : inputs.roots) {
    const auto kind = root.kind == resolve::RootKind::kLayer ? ArtifactKind::kLayer : ArtifactKind::kFunction;
    auto& texts = side.requirements[{kind, root.name}];
    for (const auto& line : root.requirements.requirements) texts.push_back(line.text.text);
    std::sort(texts.begin(), texts.end());
  }
  return side;
}

Result<std::optional<SideGroup>> read_group(const change::Snapshot& tree, const model::Workspace& workspace,
                                            const resolve::LockGroup& group, resolve::LockFinder& locks) {
  LAMELLA_TRY_ASSIGN(auto inputs, resolve::read_lock_inputs(tree, workspace, group));
  if (inputs.empty()) return std::optional<SideGroup>();
  LAMELLA_TRY_ASSIGN(auto found, locks.find(inputs));
  return std::optional(described(inputs, std::move(found)));
}

}  // namespace

std::string ArtifactName::node() const { return fmt::format("{} {}", to_string(kind), name); }

const SideGroup* Side::group_of(const ArtifactName& artifact) const {
  const auto found = group_index.find(artifact);
  return found == group_index.end() ? nullptr : &groups[found->second];
}

Result<Side> read_side(const change::Snapshot& tree, model::Workspace workspace, Broken broken,
                       os::ThreadPool& pool) {
  Side side{.tree = &tree, .workspace = std::move(workspace)};
  const auto groups = resolve::lock_groups(*side.workspace);
  resolve::LockFinder locks(tree, *side.workspace);
  std::vector<Result<std::optional<SideGroup>>> all(groups.size(), std::optional<SideGroup>());
  LAMELLA_TRY(pool.parallel_for(groups.size(), [&](std::size_t i) -> Result<> {
    all[i] = read_group(tree, *side.workspace, groups[i], locks);
    return {};
  }));
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const resolve::LockGroup& group = groups[i];
    auto& read = all[i];
    if (!read) {
      const Error& error = read.error();
      if (broken == Broken::kRefused)
        return Error(error).while_doing("reading " + group.lock_path() + " of " + tree.name());
      side.troubles.push_back(trouble_of(error, group.lock_path(), tree));
      read = std::optional(SideGroup{group, {}, {}, group.lock_path(), {}});
    }
    if (!*read) continue;
    for (const std::string& layer : group.layers) {
      side.group_index[{ArtifactKind::kLayer, layer, group.target}] = side.groups.size();
    }
    for (const std::string& function : group.functions) {
      side.group_index[{ArtifactKind::kFunction, function, group.target}] = side.groups.size();
    }
    side.groups.push_back(**std::move(read));
  }
  auto rules = load_rules_lock(tree);
  if (!rules && broken == Broken::kRefused) return std::move(rules).error();
  if (rules)
    side.rules = *std::move(rules);
  else
    side.troubles.push_back(trouble_of(rules.error(), std::string(kRulesLockPath), tree));
  forget_stale(side.rules, *side.workspace, [&](const std::string& layer, const model::Target& target) {
    const SideGroup* group = side.group_of({ArtifactKind::kLayer, layer, target});
    return group != nullptr && group->lock ? &*group->lock : nullptr;
  });
  auto externals = load_external_lock(tree);
  if (!externals && broken == Broken::kRefused) return std::move(externals).error();
  if (externals)
    side.externals = *std::move(externals);
  else
    side.troubles.push_back(trouble_of(externals.error(), std::string(kExternalLockPath), tree));
  return side;
}

Result<> note_plain_ids(Side& side, os::ThreadPool& pool, std::stop_token stop) {
  std::set<std::string> unique;
  const auto add = [&](const auto& owner) {
    for (std::string& place : change::input_places(owner)) unique.insert(std::move(place));
  };
  for (const model::Layer& layer : side.workspace->layers) add(layer);
  for (const model::Function& function : side.workspace->functions) add(function);
  const std::vector<std::string> places(unique.begin(), unique.end());
  std::vector<std::optional<change::ContentId>> ids(places.size());
  const auto look = [&](std::size_t i) -> Result<> {
    LAMELLA_TRY_ASSIGN(ids[i], side.tree->plain_id(places[i]));
    return {};
  };
  LAMELLA_TRY(pool.parallel_for(places.size(), look, std::move(stop)));
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (ids[i]) side.plain_ids.emplace(places[i], *ids[i]);
  }
  return {};
}

}  // namespace lamella::build
