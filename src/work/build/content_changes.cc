// SPDX-License-Identifier: Apache-2.0
#include "build/content_changes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "build/recipes.h"
#include "build/setting_changes.h"
#include "change/snapshot_inputs.h"
#include "resolve/closure.h"
#include "resolve/projects.h"

namespace lamella::build {
namespace {

using change::SnapshotInput;
using model::ArtifactKind;

/// What one side ships of one artifact's wheels.
struct Shipped {
  const SideGroup* group = nullptr;
  bool locked = false;  ///< there is a lock and it answers for the artifact
  std::vector<std::string> requirements;
  std::vector<std::string> direct;
  resolve::Packages closure;
  std::vector<package::Recipe> recipes;

  const package::Recipe* find(const std::string& distribution) const {
    for (const package::Recipe& recipe : recipes) {
      if (recipe.wheel.distribution == distribution) return &recipe;
    }
    return nullptr;
  }
  bool reaches(const std::string& distribution) const {
    return std::any_of(closure.begin(), closure.end(),
                       [&](const auto* package) { return package->name == distribution; });
  }
};

resolve::RootKind root_kind(const ArtifactName& name) {
  return name.kind == ArtifactKind::kLayer ? resolve::RootKind::kLayer : resolve::RootKind::kFunction;
}

package::Layout layout_of(const Side& side, const ArtifactName& name) {
  if (name.kind == ArtifactKind::kFunction) return package::Layout::function();
  return package::Layout::layer(side.workspace->find_layer(name.name)->module_root(name.target.runtime));
}

/// What building a package from source needs, as far as it is locked.
void add_requirements(const Side& side, const resolve::LockedPackage& package, package::SourceBuild& source) {
  const auto lock = resolve::load_lock(*side.tree, resolve::source_group(package, source.target));
  if (!lock || !*lock) return;
  auto wheels = build_wheels(**lock, source.place);
  if (wheels) source.requirements = *std::move(wheels);
}

Result<> fill_from_lock(const std::vector<model::RulePack>& packs, const Side& side, const ArtifactName& name,
                        const model::Packaging& packaging, Shipped& into) {
  const resolve::LockFile& lock = *into.group->lock;
  const bool layer = name.kind == ArtifactKind::kLayer;
  LAMELLA_TRY_ASSIGN(into.closure, resolve::closure_of(lock, root_kind(name), name.name));
  LAMELLA_TRY_ASSIGN(const auto direct, resolve::direct_packages(lock, root_kind(name), name.name));
  LAMELLA_TRY_ASSIGN(const auto shipped,
                     layer ? resolve::shipped_by_layer(*side.workspace, lock, name.name)
                           : resolve::shipped_by_function(*side.workspace, lock, name.name));
  for (const resolve::LockedPackage* package : direct) into.direct.push_back(package->name);
  const auto layout = layout_of(side, name);
  into.recipes =
      recipes_of({packs, side.rules, name.name, packaging, layout, name.target}, shipped, into.closure);
  for (std::size_t i = 0; i < shipped.size(); ++i) {
    if (into.recipes[i].source) add_requirements(side, *shipped[i], *into.recipes[i].source);
  }
  into.locked = true;
  return {};
}

/// In-repo projects, but for their files, which file_changes() compares.
void add_projects(const std::vector<model::RulePack>& packs, const Side& side, const ArtifactName& name,
                  const model::Packaging& packaging, Shipped& into) {
  const auto projects = resolve::projects_of(*side.tree, packaging);
  if (!projects) return;
  for (const resolve::Project& project : *projects) {
    package::SourceBuild source{.distribution = project.system.name, .backend = project.system.backend};
    source.backend_path = project.system.backend_path;
    const auto lock = resolve::load_lock(*side.tree, resolve::build_group(project, name.target));
    if (lock && *lock) {
      auto wheels = build_wheels(**lock, project.place.text);
      if (wheels) source.requirements = *std::move(wheels);
    }
    const auto layout = layout_of(side, name);
    into.recipes.push_back(recipe_of_project({packs, side.rules, name.name, packaging, layout, name.target},
                                             project, std::move(source)));
  }
}

Shipped shipped_on(const std::vector<model::RulePack>& packs, const Side& side, const ArtifactName& name,
                   const model::Packaging& packaging) {
  Shipped shipped{.group = side.group_of(name)};
  if (shipped.group == nullptr) {  // nothing in its group requires anything
    shipped.locked = true;
    add_projects(packs, side, name, packaging, shipped);
    return shipped;
  }
  const auto asked = shipped.group->requirements.find({name.kind, name.name});
  if (asked != shipped.group->requirements.end()) shipped.requirements = asked->second;
  // A lock that does not know the artifact is one that is to be made anew.
  if (shipped.group->lock && !fill_from_lock(packs, side, name, packaging, shipped)) shipped.locked = false;
  add_projects(packs, side, name, packaging, shipped);
  return shipped;
}

/// "package numpy", "package scipy", ...: from `distribution` up to what the artifact asks for itself.
std::vector<std::string> path_of(const Shipped& shipped, const std::string& distribution) {
  const std::string first = "package " + distribution;
  if (shipped.group == nullptr || !shipped.group->lock) return {first};
  std::map<std::string, std::string> needed_by;  // the package nearer to the artifact, "" for one asked for
  std::vector<std::string> open = shipped.direct;
  for (const std::string& name : open) needed_by[name];
  for (std::size_t i = 0; i < open.size() && !needed_by.contains(distribution); ++i) {
    const auto* package = shipped.group->lock->find(open[i]);
    if (package == nullptr) continue;
    const std::string name = open[i];
    for (const auto& [extra, needs] : package->needs) {
      for (const std::string& need : needs) {
        const std::string other = need.substr(0, need.find('['));
        if (needed_by.emplace(other, name).second) open.push_back(other);
      }
    }
  }
  std::vector<std::string> path{first};
  for (auto at = needed_by.find(distribution); at != needed_by.end() && !at->second.empty();
       at = needed_by.find(at->second)) {
    path.push_back("package " + at->second);
  }
  return path;
}

class WheelComparison {
 public:
  WheelComparison(const Pair& pair, const Shipped& before, const Shipped& after)
      : pair_(pair), before_(before), after_(after) {}

  std::vector<Cause> run() {
    for (const package::Recipe& recipe : after_.recipes) compare(recipe);
    for (const package::Recipe& old : before_.recipes) {
      if (after_.find(old.wheel.distribution) == nullptr) removed(old.wheel);
    }
    return std::move(causes_);
  }

 private:
  void add(Reason reason, std::vector<std::string> path) {
    const bool known = std::any_of(causes_.begin(), causes_.end(),
                                   [&](const Cause& cause) { return cause.reason == reason; });
    if (known) return;
    path.push_back(pair_.name.node());
    causes_.push_back({std::move(reason), std::move(path)});
  }

  void compare(const package::Recipe& recipe) {
    const package::Wheel& wheel = recipe.wheel;
    const std::string& name = wheel.distribution;
    const package::Recipe* old = before_.find(name);
    if (old == nullptr) {
      const auto* what =
          before_.reaches(name) ? "{} {} is shipped here now, not by a layer below" : "{} {} is new";
      add({"package-added", name, "", wheel.version, fmt::format(fmt::runtime(what), name, wheel.version)},
          path_of(after_, name));
    } else if (old->wheel.version != wheel.version) {
      add({"package-changed", name, old->wheel.version, wheel.version,
           fmt::format("{} {} → {}", name, old->wheel.version, wheel.version)},
          path_of(after_, name));
    } else if (old->wheel.sha256 != wheel.sha256) {
      add({"wheel-changed", name, old->wheel.filename, wheel.filename,
           fmt::format("{} {} {}", name, wheel.version,
                       recipe.source ? "is built from another source" : "comes in another wheel")},
          path_of(after_, name));
    } else if (old->key() != recipe.key()) {
      for (Reason& reason : recipe_changes(*old, recipe)) {
        const std::string setting =
            fmt::format("setting {}s.{}.{}", to_string(pair_.name.kind), pair_.name.name, reason.subject);
        add(std::move(reason), {setting});
      }
    }
  }

  void removed(const package::Wheel& wheel) {
    const std::string& name = wheel.distribution;
    const auto* what = after_.reaches(name) ? "{} {} comes from a layer below now" : "{} {} is gone";
    add({"package-removed", name, wheel.version, "", fmt::format(fmt::runtime(what), name, wheel.version)},
        path_of(before_, name));
  }

  const Pair& pair_;
  const Shipped& before_;
  const Shipped& after_;
  std::vector<Cause> causes_;
};

/// Where a lock does not answer, what is asked for must do: it is compared as it is written.
std::vector<Cause> requirement_changes(const Pair& pair, const Shipped& before, const Shipped& after) {
  std::vector<Cause> causes;
  const std::string path = after.group == nullptr ? "" : after.group->file;
  const auto listed = [](const std::vector<std::string>& texts) {
    return fmt::format("{}", fmt::join(texts, ", "));
  };
  const auto add = [&](Reason reason) {
    causes.push_back({std::move(reason), {"requirements of " + pair.name.node(), pair.name.node()}});
  };
  const std::string& name = pair.name.name;
  if (before.requirements != after.requirements)
    add({"requirements-changed", name, listed(before.requirements), listed(after.requirements),
         fmt::format("the requirements of {} changed", name)});
  else if (before.locked && !after.locked && !after.requirements.empty())
    add({"lock-missing", name, "", "", fmt::format("{} does not answer for {}", path, name)});
  else if (!before.locked && after.locked && !after.recipes.empty())
    add({"lock-added", name, "", "", fmt::format("{} answers for {} now", path, name)});
  return causes;
}

using Inputs = std::vector<SnapshotInput>;

Result<Inputs> inputs_on(const Side& side, const ArtifactName& name, const model::Layer* layer,
                         const model::Function* function) {
  if (layer != nullptr) return change::inputs_of(*side.tree, *layer, name.target.runtime);
  return change::inputs_of(*side.tree, *function);
}

class FileComparison {
 public:
  FileComparison(const Side& before, const Side& after, const Pair& pair)
      : before_(before), after_(after), pair_(pair) {}

  Result<std::vector<Cause>> run() {
    LAMELLA_TRY_ASSIGN(const bool equal, surely_equal());
    if (equal) return std::move(causes_);
    LAMELLA_TRY_ASSIGN(const Inputs old,
                       inputs_on(before_, pair_.name, pair_.layer_before, pair_.function_before));
    LAMELLA_TRY_ASSIGN(const Inputs now, inputs_on(after_, pair_.name, pair_.layer, pair_.function));
    LAMELLA_TRY(merge(old, now));
    LAMELLA_TRY(name_renamed());
    for (const SnapshotInput* one : added_) add_new(*one);
    for (const SnapshotInput* one : removed_) {
      add({"file-removed", one->path, "", "", fmt::format("{} is gone", one->path)});
    }
    const bool both = !old.empty() && !now.empty();
    if (both && pair_.packaging_before().bytecode.fallback != pair_.packaging().bytecode.fallback) {
      for (Reason& reason : setting_changes(bytecode_settings(pair_.packaging_before().bytecode),
                                            bytecode_settings(pair_.packaging().bytecode))) {
        add_setting(std::move(reason));
      }
    }
    return std::move(causes_);
  }

 private:
  std::vector<std::string> places(const model::Layer* layer, const model::Function* function) const {
    return layer != nullptr ? change::input_places(*layer) : change::input_places(*function);
  }

  /// Folders with one id on both sides hold the same; but what a link in them leads to may lie elsewhere.
  Result<bool> surely_equal() const {
    const auto old = places(pair_.layer_before, pair_.function_before);
    const auto now = places(pair_.layer, pair_.function);
    const auto& files_before = pair_.packaging_before().files;
    const auto& files = pair_.packaging().files;
    const bool declared =
        std::equal(files_before.begin(), files_before.end(), files.begin(), files.end(),
                   [](const auto& a, const auto& b) { return a.from == b.from && a.to == b.to; });
    if (old != now || !declared || !same_sight()) return false;
    if (pair_.packaging_before().bytecode.fallback != pair_.packaging().bytecode.fallback) return now.empty();
    for (const std::string& place : now) {
      const auto id = after_.plain_ids.find(place);
      if (id == after_.plain_ids.end()) return false;
      LAMELLA_TRY_ASSIGN(const auto id_before, before_.tree->folder_id(place));
      if (id_before != id->second) return false;
    }
    return true;
  }

  /// The commands see the same of the same places.
  bool same_sight() const {
    const auto* old = pair_.layer_before == nullptr ? nullptr : &pair_.layer_before->command;
    const auto* now = pair_.layer == nullptr ? nullptr : &pair_.layer->command;
    const bool before = old != nullptr && old->has_value();
    const bool after = now != nullptr && now->has_value();
    if (!before || !after) return before == after;
    return (*old)->inputs == (*now)->inputs && (*old)->output == (*now)->output;
  }

  Result<> merge(const Inputs& old, const Inputs& now) {
    auto a = old.begin();
    auto b = now.begin();
    while (a != old.end() || b != now.end()) {
      if (b == now.end() || (a != old.end() && a->name < b->name))
        removed_.push_back(&*a++);
      else if (a == old.end() || b->name < a->name)
        added_.push_back(&*b++);
      else
        LAMELLA_TRY(compare(*a++, *b++));
    }
    return {};
  }

  Result<> compare(const SnapshotInput& old, const SnapshotInput& now) {
    LAMELLA_TRY_ASSIGN(const auto id_before, before_.tree->identify(old.file));
    LAMELLA_TRY_ASSIGN(const auto id, after_.tree->identify(now.file));
    if (id != id_before || old.file.kind != now.file.kind) {
      const std::string through =
          now.file.path == now.path ? "" : fmt::format(" (a link to {})", now.file.path);
      add({"file-changed", now.path, "", "", fmt::format("{}{} changed", now.path, through)});
    } else if (old.executable != now.executable) {
      add({"mode-changed", now.path, old.executable ? "0755" : "0644", now.executable ? "0755" : "0644",
           fmt::format("{} is {} executable", now.path, now.executable ? "now" : "no longer")});
    }
    return {};
  }

  /// Pairs what went with what came, where the content is the same.
  Result<> name_renamed() {
    if (removed_.empty() || added_.empty()) return {};
    std::map<change::ContentId, std::vector<const SnapshotInput*>> gone;
    for (const SnapshotInput* one : removed_) {
      LAMELLA_TRY_ASSIGN(const auto id, before_.tree->identify(one->file));
      gone[id].push_back(one);
    }
    std::vector<const SnapshotInput*> left;
    std::set<const SnapshotInput*> moved;
    for (const SnapshotInput* one : added_) {
      LAMELLA_TRY_ASSIGN(const auto id, after_.tree->identify(one->file));
      const auto found = gone.find(id);
      if (found == gone.end() || found->second.empty()) {
        left.push_back(one);
        continue;
      }
      const SnapshotInput* old = found->second.front();
      found->second.erase(found->second.begin());
      moved.insert(old);
      if (old->path == one->path) {
        add({"file-moved", one->path, old->name, one->name,
             fmt::format("{} lies at {} in the zip now", one->path, one->name)});
        continue;
      }
      add({"file-renamed", one->path, old->path, one->path,
           fmt::format("{} is called {} now", old->path, one->path)});
    }
    added_ = std::move(left);
    std::erase_if(removed_, [&](const SnapshotInput* one) { return moved.contains(one); });
    return {};
  }

  void add_new(const SnapshotInput& one) {
    if (one.file.tracked) return add({"file-added", one.path, "", "", fmt::format("{} is new", one.path)});
    add({"file-untracked", one.path, "", "",
         fmt::format("{} is not in git, so {} lacks it", one.path, before_.tree->name())});
  }

  void add(Reason reason) {
    std::vector<std::string> path{"file " + reason.subject, pair_.name.node()};
    causes_.push_back({std::move(reason), std::move(path)});
  }
  void add_setting(Reason reason) {
    std::vector<std::string> path{
        fmt::format("setting {}s.{}.{}", to_string(pair_.name.kind), pair_.name.name, reason.subject),
        pair_.name.node()};
    causes_.push_back({std::move(reason), std::move(path)});
  }

  const Side& before_;
  const Side& after_;
  const Pair& pair_;
  std::vector<const SnapshotInput*> added_;
  std::vector<const SnapshotInput*> removed_;
  std::vector<Cause> causes_;
};

}  // namespace

const model::Packaging& Pair::packaging() const {
  return layer != nullptr ? static_cast<const model::Packaging&>(*layer) : *function;
}
const model::Packaging& Pair::packaging_before() const {
  return layer_before != nullptr ? static_cast<const model::Packaging&>(*layer_before) : *function_before;
}

Result<std::vector<Cause>> wheel_changes(const std::vector<model::RulePack>& packs, const Side& before,
                                         const Side& after, const Pair& pair) {
  const Shipped old = shipped_on(packs, before, pair.name, pair.packaging_before());
  const Shipped now = shipped_on(packs, after, pair.name, pair.packaging());
  if (!old.locked || !now.locked) return requirement_changes(pair, old, now);
  auto causes = WheelComparison(pair, old, now).run();
  // A stale lock cannot tell what a changed requirement will bring.
  const bool stale = now.group != nullptr && !now.group->stale.empty();
  if (stale && causes.empty() && old.requirements != now.requirements)
    return requirement_changes(pair, old, now);
  return causes;
}

Result<std::vector<Cause>> file_changes(const Side& before, const Side& after, const Pair& pair) {
  return FileComparison(before, after, pair).run();
}

}  // namespace lamella::build
