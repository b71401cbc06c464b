// SPDX-License-Identifier: Apache-2.0
#include "build/impact.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "build/content_changes.h"
#include "build/setting_changes.h"
#include "build/test_changes.h"
#include "change/snapshot_inputs.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;
using Causes = std::vector<Cause>;

/// Of one changed layer, so many causes are told of everything it reaches; the rest is told of the layer
/// alone.
constexpr std::size_t kMostPassedOn = 20;

class Comparison {
 public:
  Comparison(const std::vector<model::RulePack>& packs, const Side& before, const Side& after)
      : packs_(packs), before_(before), after_(after) {
    list_pairs();
  }

  Result<Impact> run(os::ThreadPool& pool, std::stop_token stop) {
    std::vector<Causes> found(pairs_.size());
    const auto one = [&](std::size_t i) -> Result<> {
      LAMELLA_TRY_ASSIGN(found[i], rebuild_causes(pairs_[i]));
      return {};
    };
    LAMELLA_TRY(pool.parallel_for(pairs_.size(), one, stop));
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      if (!found[i].empty()) rebuilt_.emplace(pairs_[i].name, std::move(found[i]));
    }
    Impact impact;
    for (const Pair& pair : pairs_) {
      const auto rebuilt = rebuilt_.find(pair.name);
      if (rebuilt != rebuilt_.end())
        put(impact.rebuild, pair.name, rebuilt->second);
      else
        LAMELLA_TRY(put_recheck(impact.recheck, pair));
      if (pair.function != nullptr) put(impact.redeploy, pair.name, redeploy_causes(pair));
    }
    list_removed(impact.removed);
    list_warnings(impact.warnings);
    return impact;
  }

 private:
  const model::Workspace& workspace() const { return *after_.workspace; }

  void list_pairs() {
    for (const model::Layer* layer : workspace().build_order()) {
      const model::Layer* old = before_.workspace ? before_.workspace->find_layer(layer->name) : nullptr;
      for (const model::Target& target : layer->targets) {
        const bool had = old != nullptr &&
                         std::find(old->targets.begin(), old->targets.end(), target) != old->targets.end();
        pairs_.push_back({.name = {ArtifactKind::kLayer, layer->name, target},
                          .layer_before = had ? old : nullptr,
                          .layer = layer});
      }
    }
    for (const model::Function& function : workspace().functions) {
      const model::Function* old =
          before_.workspace ? before_.workspace->find_function(function.name) : nullptr;
      const bool had = old != nullptr && old->target == function.target;
      pairs_.push_back({.name = {ArtifactKind::kFunction, function.name, function.target},
                        .function_before = had ? old : nullptr,
                        .function = &function});
    }
  }

  /// One item for a name, whatever its targets.
  static void put(std::vector<Impacted>& list, const ArtifactName& name, Causes causes) {
    if (causes.empty()) return;
    if (list.empty() || list.back().kind != name.kind || list.back().name != name.name) {
      list.push_back({name.kind, name.name, {}, {}});
    }
    Impacted& item = list.back();
    item.targets.push_back(name.target);
    if (item.causes.empty()) {
      item.causes = std::move(causes);
      return;
    }
    std::set<std::pair<std::string, std::string>> known;
    for (const Cause& cause : item.causes) known.emplace(cause.reason.text, cause.path.front());
    for (Cause& cause : causes) {
      if (!known.contains({cause.reason.text, cause.path.front()})) item.causes.push_back(std::move(cause));
    }
  }

  Causes newly(const Pair& pair) const {
    const std::string node = pair.name.node();
    const bool layer = pair.name.kind == ArtifactKind::kLayer;
    const std::string target = model::short_name(pair.name.target);
    if (!before_.workspace) {
      return {{{layer ? "layer-added" : "function-added", pair.name.name, "", "",
                fmt::format("{} is new: {} has no workspace that can be read", node, before_.tree->name())},
               {node}}};
    }
    const bool known = layer ? before_.workspace->find_layer(pair.name.name) != nullptr
                             : before_.workspace->find_function(pair.name.name) != nullptr;
    if (known)
      return {{{"target-added", target, "", target, fmt::format("{} is built for {} now", node, target)},
               {node}}};
    return {
        {{layer ? "layer-added" : "function-added", pair.name.name, "", "", fmt::format("{} is new", node)},
         {node}}};
  }

  Result<Causes> rebuild_causes(const Pair& pair) const {
    if (!pair.was_there()) return newly(pair);
    LAMELLA_TRY_ASSIGN(Causes causes, wheel_changes(packs_, before_, after_, pair));
    LAMELLA_TRY_ASSIGN(const Causes archives, archive_changes(before_, after_, pair));
    causes.insert(causes.end(), archives.begin(), archives.end());
    const Causes externals = external_changes(before_, after_, pair);
    causes.insert(causes.end(), externals.begin(), externals.end());
    const Causes commands = command_changes(pair);
    causes.insert(causes.end(), commands.begin(), commands.end());
    LAMELLA_TRY_ASSIGN(Causes files, file_changes(before_, after_, pair));
    for (Cause& cause : files) {
      const bool known = std::any_of(causes.begin(), causes.end(),
                                     [&](const Cause& one) { return one.reason == cause.reason; });
      if (!known || cause.reason.kind != "setting-changed") causes.push_back(std::move(cause));
    }
    return causes;
  }

  /// What made `layer` other than it was, and on to `node`.
  void pass_on(const model::Layer& layer, const model::Target& target, const std::vector<std::string>& way,
               Causes& into) const {
    const auto found = rebuilt_.find({ArtifactKind::kLayer, layer.name, target});
    if (found == rebuilt_.end()) return;
    const Causes& causes = found->second;
    for (std::size_t i = 0; i < std::min(causes.size(), kMostPassedOn); ++i) {
      Cause cause = causes[i];
      cause.path.insert(cause.path.end(), way.begin(), way.end());
      into.push_back(std::move(cause));
    }
    if (causes.size() <= kMostPassedOn) return;
    std::vector<std::string> path{"layer " + layer.name};
    path.insert(path.end(), way.begin(), way.end());
    const std::size_t more = causes.size() - kMostPassedOn;
    into.push_back({{"more-changes", layer.name, "", "",
                     fmt::format("and {} more changes of layer {}", more, layer.name)},
                    std::move(path)});
  }

  /// The nodes from a layer below `layer` up to it, by `depends_on`; `below` itself is left out.
  bool way_up(const model::Layer& layer, const std::string& below, std::vector<std::string>& way) const {
    for (const model::PlacedText& direct : layer.depends_on) {
      const model::Layer* next = workspace().find_layer(direct.text);
      const bool reached = direct.text == below || (next != nullptr && way_up(*next, below, way));
      if (!reached) continue;
      way.push_back("layer " + layer.name);
      return true;
    }
    return false;
  }

  void from_layers(const Pair& pair, Causes& into) const {
    if (pair.layer != nullptr) {
      for (const model::Layer* below : workspace().dependencies_of(*pair.layer)) {
        if (!rebuilt_.contains({ArtifactKind::kLayer, below->name, pair.name.target})) continue;
        std::vector<std::string> way;
        way_up(*pair.layer, below->name, way);
        pass_on(*below, pair.name.target, way, into);
      }
      return;
    }
    for (const model::PlacedText& name : pair.function->layers) {
      if (const model::Layer* layer = workspace().find_layer(name.text)) {
        pass_on(*layer, pair.name.target, {pair.name.node()}, into);
      }
    }
  }

  static std::string setting_node(const Pair& pair, const std::string& setting) {
    return fmt::format("setting {}s.{}.{}", to_string(pair.name.kind), pair.name.name, setting);
  }

  static void add_settings(const Pair& pair, std::vector<Reason> reasons, Causes& into) {
    for (Reason& reason : reasons) {
      std::string node = setting_node(pair, reason.subject);
      into.push_back({std::move(reason), {std::move(node), pair.name.node()}});
    }
  }

  Result<> put_recheck(std::vector<Impacted>& list, const Pair& pair) const {
    Causes causes;
    from_layers(pair, causes);
    if (pair.layer != nullptr) {
      add_settings(pair, setting_changes(proof_settings(*pair.layer_before), proof_settings(*pair.layer)),
                   causes);
      add_settings(pair, dependency_changes(*pair.layer_before, *pair.layer), causes);
      LAMELLA_TRY(check_file_changes(pair, pair.layer->checks, causes));
    } else {
      Settings old = proof_settings(*pair.function_before);
      Settings now = proof_settings(*pair.function);
      old["layers"] = deploy_settings(*pair.function_before)["layers"];
      now["layers"] = deploy_settings(*pair.function)["layers"];
      add_settings(pair, setting_changes(old, now), causes);
      LAMELLA_TRY(check_file_changes(pair, pair.function->checks, causes));
    }
    LAMELLA_TRY_ASSIGN(const auto tests, test_changes(before_, after_, pair));
    causes.insert(causes.end(), tests.begin(), tests.end());
    put(list, pair.name, std::move(causes));
    return {};
  }

  static std::vector<Reason> dependency_changes(const model::Layer& before, const model::Layer& after) {
    const auto listed = [](const model::Layer& layer) {
      std::string text;
      for (const model::PlacedText& one : layer.depends_on) text += (text.empty() ? "" : ", ") + one.text;
      return text;
    };
    return setting_changes({{"depends_on", listed(before)}}, {{"depends_on", listed(after)}});
  }

  Result<> check_file_changes(const Pair& pair, const std::vector<model::Check>& checks, Causes& into) const {
    for (const std::string& path : check_paths(checks)) {
      LAMELLA_TRY_ASSIGN(const auto old, change::file_at(*before_.tree, path));
      LAMELLA_TRY_ASSIGN(const auto now, change::file_at(*after_.tree, path));
      if (!old && !now) continue;
      bool equal = old && now;
      if (equal) {
        LAMELLA_TRY_ASSIGN(const auto id_before, before_.tree->identify(*old));
        LAMELLA_TRY_ASSIGN(const auto id, after_.tree->identify(*now));
        equal = id == id_before;
      }
      if (equal) continue;
      const auto* kind = !old ? "file-added" : !now ? "file-removed" : "file-changed";
      const auto* what = !old ? "is new" : !now ? "is gone" : "changed";
      into.push_back({{kind, path, "", "", fmt::format("{}, which a check reads, {}", path, what)},
                      {"file " + path, pair.name.node()}});
    }
    return {};
  }

  Causes redeploy_causes(const Pair& pair) const {
    Causes causes;
    if (const auto own = rebuilt_.find(pair.name); own != rebuilt_.end()) {
      causes.assign(own->second.begin(), own->second.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                   own->second.size(), kMostPassedOn)));
      if (own->second.size() > kMostPassedOn) {
        causes.push_back({{"more-changes", pair.name.name, "", "",
                           fmt::format("and {} more changes of its own", own->second.size() - kMostPassedOn)},
                          {pair.name.node()}});
      }
    }
    from_layers(pair, causes);
    if (pair.function_before == nullptr) return causes;
    const auto base =
        setting_changes(deploy_settings(*pair.function_before), deploy_settings(*pair.function));
    add_settings(pair, base, causes);
    add_environments(pair, base, causes);
    return causes;
  }

  /// What an environment overrides, and where it is.
  void add_environments(const Pair& pair, const std::vector<Reason>& base, Causes& into) const {
    for (const model::EnvironmentSettings& environment : workspace().environments) {
      const model::EnvironmentSettings* old = before_.workspace->find_environment(environment.name);
      if (old == nullptr) continue;
      const std::string suffix = " in environment " + environment.name;
      const auto was = deploy_settings(before_.workspace->in_environment(*pair.function_before, *old));
      const auto now = deploy_settings(workspace().in_environment(*pair.function, environment));
      std::vector<Reason> reasons;
      for (Reason& reason : setting_changes(was, now, suffix)) {
        const bool told = std::any_of(base.begin(), base.end(),
                                      [&](const Reason& one) { return one.subject == reason.subject; });
        if (!told) reasons.push_back(std::move(reason));
      }
      for (Reason& reason : setting_changes(place_settings(*old), place_settings(environment), suffix)) {
        reason.kind = "environment-changed";
        reasons.push_back(std::move(reason));
      }
      for (Reason& reason : reasons) {
        std::string node = fmt::format("setting environments.{}.{}", environment.name, reason.subject);
        into.push_back({std::move(reason), {std::move(node), pair.name.node()}});
      }
    }
  }

  void list_removed(std::vector<Impacted>& list) const {
    if (!before_.workspace) return;
    const auto gone = [&](ArtifactKind kind, const std::string& name,
                          const std::vector<model::Target>& targets) {
      const std::string node = ArtifactName{kind, name, {}}.node();
      list.push_back(
          {kind, name, targets, {{{"removed", name, "", "", node + " is gone from the workspace"}, {node}}}});
    };
    for (const model::Layer& layer : before_.workspace->layers) {
      const model::Layer* now = workspace().find_layer(layer.name);
      if (now == nullptr)
        gone(ArtifactKind::kLayer, layer.name, layer.targets);
      else
        list_targets_gone(layer, *now, list);
    }
    for (const model::Function& function : before_.workspace->functions) {
      if (workspace().find_function(function.name) == nullptr)
        gone(ArtifactKind::kFunction, function.name, {function.target});
    }
  }

  static void list_targets_gone(const model::Layer& before, const model::Layer& now,
                                std::vector<Impacted>& list) {
    const std::string node = ArtifactName{ArtifactKind::kLayer, now.name, {}}.node();
    Impacted item{ArtifactKind::kLayer, now.name, {}, {}};
    for (const model::Target& target : before.targets) {
      if (std::find(now.targets.begin(), now.targets.end(), target) != now.targets.end()) continue;
      const std::string name = model::short_name(target);
      item.targets.push_back(target);
      item.causes.push_back(
          {{"target-removed", name, name, "", fmt::format("{} is no longer built for {}", node, name)},
           {node}});
    }
    if (!item.targets.empty()) list.push_back(std::move(item));
  }

  void list_warnings(std::vector<Reason>& list) const {
    list = before_.troubles;
    if (before_.workspace) {
      auto changed = setting_changes(project_settings(*before_.workspace), project_settings(workspace()),
                                     ", which all layers and functions together are held against");
      list.insert(list.end(), changed.begin(), changed.end());
    }
    for (const SideGroup& group : after_.groups) {
      const std::string& path = group.file;
      if (!group.lock) {
        list.push_back(
            {"lock-missing", path, "", "",
             path + " is not there: what is required was compared as it is written; run `lamella lock`"});
      } else if (!group.stale.empty()) {
        list.push_back(
            {"lock-stale", path, "", "",
             fmt::format("{} is not up to date ({}): run `lamella lock`", path, group.stale.front().text)});
      }
    }
  }

  const std::vector<model::RulePack>& packs_;
  const Side& before_;
  const Side& after_;
  std::vector<Pair> pairs_;  ///< of the later side, layers in build order, then functions
  std::map<ArtifactName, Causes> rebuilt_;
};

}  // namespace

Result<Impact> impact_of(const std::vector<model::RulePack>& packs, const Side& before, const Side& after,
                         os::ThreadPool& pool, std::stop_token stop) {
  return Comparison(packs, before, after).run(pool, stop);
}

}  // namespace lamella::build
