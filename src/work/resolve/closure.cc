// SPDX-License-Identifier: Apache-2.0
#include "resolve/closure.h"

#include <set>
#include <string>
#include <utility>

#include "config/requirement.h"
#include "resolve/asked.h"

namespace lamella::resolve {
namespace {

using Names = std::set<std::string, std::less<>>;

/// Walks needs from package to package, each package once per extra; not on from those taken alone.
class Walk {
 public:
  Walk(const LockFile& lock, const Names& alone) : lock_(lock), alone_(alone) {}

  void visit(const std::string& name, const std::vector<std::string>& extras) {
    follow(name, "");
    for (const std::string& extra : extras) follow(name, config::normalised_name(extra));
    while (!open_.empty()) {
      const auto [package, extra] = std::move(open_.back());
      open_.pop_back();
      const auto needs = package->needs.find(extra);
      if (needs == package->needs.end()) continue;
      for (const std::string& need : needs->second) follow_text(need);
    }
  }
  Names names() const {
    Names out;
    for (const auto& [package, extra] : seen_) out.insert(package->name);
    return out;
  }
  /// The first package that is needed and not in the lock, or "".
  const std::string& missing() const { return missing_; }

 private:
  /// "urllib3[socks,brotli]"
  void follow_text(std::string_view need) {
    const auto bracket = need.find('[');
    const std::string name(need.substr(0, bracket));
    follow(name, "");
    if (bracket == std::string_view::npos) return;
    std::string_view extras = need.substr(bracket + 1);
    extras.remove_suffix(1);
    while (!extras.empty()) {
      const auto comma = extras.find(',');
      follow(name, std::string(extras.substr(0, comma)));
      if (comma == std::string_view::npos) return;
      extras.remove_prefix(comma + 1);
    }
  }
  void follow(std::string_view name, const std::string& extra) {
    const LockedPackage* package = lock_.find(name);
    if (package == nullptr) {
      if (missing_.empty()) missing_ = name;
      return;
    }
    if (seen_.insert({package, extra}).second && !alone_.contains(name)) open_.emplace_back(package, extra);
  }

  const LockFile& lock_;
  const Names& alone_;
  std::set<std::pair<const LockedPackage*, std::string>> seen_;
  std::vector<std::pair<const LockedPackage*, std::string>> open_;
  std::string missing_;
};

Result<Asked> asked_for(const LockFile& lock, RootKind kind, std::string_view name) {
  const LockedRoot* root = lock.find_root(kind, name);
  if (root != nullptr) return asked_by(*root, lock.target);
  return Error(ErrorCode::kUsage,
               "the lock does not know " + std::string(to_string(kind)) + " " + std::string(name))
      .remedy("run `lamella lock`");
}

Result<Names> reached(const LockFile& lock, RootKind kind, std::string_view name) {
  LAMELLA_TRY_ASSIGN(const Asked asked, asked_for(lock, kind, name));
  Walk walk(lock, asked.alone);
  for (const auto& requirement : asked.requirements) walk.visit(requirement.normalised(), requirement.extras);
  if (!walk.missing().empty()) {
    return Error(ErrorCode::kUsage, "the lock has no " + walk.missing() + ", which " +
                                        std::string(to_string(kind)) + " " + std::string(name) + " needs")
        .because("it was changed by hand, or merged from two sides")
        .remedy("run `lamella lock`");
  }
  return walk.names();
}

Packages packages_of(const LockFile& lock, const Names& names) {
  Packages packages;
  for (const std::string& name : names) packages.push_back(lock.find(name));
  return packages;
}

/// Adds what `layer` and the layers it depends on reach.
Result<> add_layer(const model::Workspace& workspace, const LockFile& lock, const model::Layer& layer,
                   Names& into) {
  LAMELLA_TRY_ASSIGN(Names own, reached(lock, RootKind::kLayer, layer.name));
  into.merge(std::move(own));
  for (const model::Layer* below : workspace.dependencies_of(layer)) {
    LAMELLA_TRY_ASSIGN(Names theirs, reached(lock, RootKind::kLayer, below->name));
    into.merge(std::move(theirs));
  }
  return {};
}

Error unknown(std::string_view kind, std::string_view name) {
  return Error(ErrorCode::kUsage, "the workspace has no " + std::string(kind) + " " + std::string(name));
}

Result<Names> of_all_layers(const model::Workspace& workspace, const LockFile& lock,
                            const model::Function& function) {
  Names provided;
  for (const auto& name : function.layers) {
    const model::Layer* layer = workspace.find_layer(name.text);
    if (layer == nullptr) return unknown("layer", name.text);
    if (layer->isolated) continue;  // its versions are its own: the function cannot count on them
    LAMELLA_TRY(add_layer(workspace, lock, *layer, provided));
  }
  return provided;
}

}  // namespace

Result<Packages> closure_of(const LockFile& lock, RootKind kind, std::string_view name) {
  LAMELLA_TRY_ASSIGN(const Names names, reached(lock, kind, name));
  return packages_of(lock, names);
}

Result<Packages> shipped_by_layer(const model::Workspace& workspace, const LockFile& lock,
                                  std::string_view name) {
  const model::Layer* layer = workspace.find_layer(name);
  if (layer == nullptr) return unknown("layer", name);
  LAMELLA_TRY_ASSIGN(Names names, reached(lock, RootKind::kLayer, name));
  for (const model::Layer* below : workspace.dependencies_of(*layer)) {
    LAMELLA_TRY_ASSIGN(const Names theirs, reached(lock, RootKind::kLayer, below->name));
    std::erase_if(names, [&](const std::string& one) { return theirs.contains(one); });
  }
  return packages_of(lock, names);
}

Result<Packages> shipped_by_function(const model::Workspace& workspace, const LockFile& lock,
                                     std::string_view name) {
  const model::Function* function = workspace.find_function(name);
  if (function == nullptr) return unknown("function", name);
  LAMELLA_TRY_ASSIGN(Names names, reached(lock, RootKind::kFunction, name));
  LAMELLA_TRY_ASSIGN(const Names provided, of_all_layers(workspace, lock, *function));
  std::erase_if(names, [&](const std::string& one) { return provided.contains(one); });
  return packages_of(lock, names);
}

Result<Packages> self_contained(const model::Workspace& workspace, const LockFile& lock,
                                std::string_view name) {
  const model::Function* function = workspace.find_function(name);
  if (function == nullptr) return unknown("function", name);
  LAMELLA_TRY_ASSIGN(Names names, reached(lock, RootKind::kFunction, name));
  LAMELLA_TRY_ASSIGN(Names provided, of_all_layers(workspace, lock, *function));
  names.merge(std::move(provided));
  return packages_of(lock, names);
}

Result<Packages> direct_packages(const LockFile& lock, RootKind kind, std::string_view name) {
  LAMELLA_TRY(reached(lock, kind, name));  // so that every one of them is there
  LAMELLA_TRY_ASSIGN(const Asked asked, asked_for(lock, kind, name));
  Names names;
  for (const auto& requirement : asked.requirements) names.insert(requirement.normalised());
  return packages_of(lock, names);
}

}  // namespace lamella::resolve
