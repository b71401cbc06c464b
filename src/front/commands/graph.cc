// SPDX-License-Identifier: Apache-2.0
#include "commands/graph.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "build/side.h"
#include "model/artifact.h"
#include "resolve/closure.h"
#include "resolve/lock_finder.h"
#include "resolve/lock_group.h"
#include "resolve/lock_inputs.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;

class Drawing {
 public:
  Drawing(const Session& session, GraphDetail detail) : session_(session), detail_(detail) {}

  Result<Outcome> run() {
    for (const model::Layer* layer : workspace().build_order()) {
      LAMELLA_TRY(add(ArtifactKind::kLayer, layer->name, layer->targets));
      for (const auto& below : layer->depends_on)
        edge("layer " + layer->name, "layer " + below.text, "depends-on");
    }
    for (const model::Function& function : workspace().functions) {
      LAMELLA_TRY(add(ArtifactKind::kFunction, function.name, {function.target}));
      for (const auto& layer : function.layers)
        edge("function " + function.name, "layer " + layer.text, "uses");
    }
    for (const auto& [name, version] : packages_) {
      nodes_.push_back(Value::object(
          {{"id", "package " + name}, {"kind", "package"}, {"name", name}, {"version", version}}));
    }
    Outcome outcome{new_record(), {}};
    outcome.record.set("nodes", std::move(nodes_));
    outcome.record.set("edges", std::move(edges_));
    outcome.record.set("warnings", std::move(warnings_));
    return outcome;
  }

 private:
  const model::Workspace& workspace() const { return session_.workspace(); }

  void edge(const std::string& from, const std::string& to, std::string_view kind) {
    if (drawn_.insert({from, to}).second)
      edges_.push_back(Value::object({{"from", from}, {"to", to}, {"kind", kind}}));
  }

  Result<> add(ArtifactKind kind, const std::string& name, const std::vector<model::Target>& targets) {
    Value names = Value::array();
    std::map<std::string, std::string> shipped;
    for (const model::Target& target : targets) {
      names.push_back(model::short_name(target));
      LAMELLA_TRY(add_packages(kind, name, target, shipped));
    }
    Value packages = Value::array();
    for (const auto& [package, version] : shipped)
      packages.push_back(Value::object({{"name", package}, {"version", version}}));
    nodes_.push_back(Value::object({{"id", fmt::format("{} {}", to_string(kind), name)},
                                    {"kind", to_string(kind)},
                                    {"name", name},
                                    {"targets", std::move(names)},
                                    {"packages", std::move(packages)}}));
    return {};
  }

  Result<const resolve::LockFile*> lock_of(const resolve::LockGroup& group) {
    const std::string path = group.lock_path();
    auto known = locks_.find(path);
    if (known == locks_.end()) {
      LAMELLA_TRY_ASSIGN(const auto inputs, resolve::read_lock_inputs(session_.tree(), workspace(), group));
      std::optional<resolve::FoundLock> found;
      if (!inputs.empty()) {
        LAMELLA_TRY_ASSIGN(found, finder_.find(inputs));
        if (!found)
          warn("lock-missing", path, path + " is not there: packages are not known; run `lamella lock`");
        else if (!found->stale.empty())
          warn("lock-stale", found->file, found->file + " is not up to date: run `lamella lock`");
      }
      std::optional<resolve::LockFile> lock;
      if (found) lock = std::move(found->lock);
      known = locks_.emplace(path, std::move(lock)).first;
    }
    return known->second ? &*known->second : nullptr;
  }

  void warn(std::string kind, const std::string& path, std::string text) {
    warnings_.push_back(model::to_value({std::move(kind), path, "", "", std::move(text)}));
  }

  Result<> add_packages(ArtifactKind kind, const std::string& name, const model::Target& target,
                        std::map<std::string, std::string>& shipped) {
    const bool layer = kind == ArtifactKind::kLayer;
    const auto* group =
        layer ? resolve::group_of_layer(groups_, name, target) : resolve::group_of_function(groups_, name);
    if (group == nullptr) return {};
    LAMELLA_TRY_ASSIGN(const resolve::LockFile* lock, lock_of(*group));
    if (lock == nullptr) return {};
    const auto root = layer ? resolve::RootKind::kLayer : resolve::RootKind::kFunction;
    const auto found = layer ? resolve::shipped_by_layer(workspace(), *lock, name)
                             : resolve::shipped_by_function(workspace(), *lock, name);
    if (!found) return {};  // the lock does not know it yet; the warning has said so
    const std::string node = fmt::format("{} {}", to_string(kind), name);
    for (const resolve::LockedPackage* package : *found) {
      shipped.emplace(package->name, package->version);
      if (detail_ == GraphDetail::kPackages) add_needs(*package);
    }
    if (detail_ != GraphDetail::kPackages) return {};
    for (const resolve::LockedPackage* package : *found) edge(node, "package " + package->name, "ships");
    LAMELLA_TRY_ASSIGN(const auto direct, resolve::direct_packages(*lock, root, name));
    for (const resolve::LockedPackage* package : direct) edge(node, "package " + package->name, "requires");
    return {};
  }

  void add_needs(const resolve::LockedPackage& package) {
    packages_.emplace(package.name, package.version);
    for (const auto& [extra, needs] : package.needs) {
      for (const std::string& need : needs) {
        edge("package " + package.name, "package " + need.substr(0, need.find('[')), "requires");
      }
    }
  }

  const Session& session_;
  GraphDetail detail_;
  std::vector<resolve::LockGroup> groups_ = resolve::lock_groups(session_.workspace());
  resolve::LockFinder finder_{session_.tree(), session_.workspace()};
  std::map<std::string, std::optional<resolve::LockFile>> locks_;  ///< by path
  std::map<std::string, std::string> packages_;
  std::set<std::pair<std::string, std::string>> drawn_;
  Value nodes_ = Value::array();
  Value edges_ = Value::array();
  Value warnings_ = Value::array();
};

}  // namespace

Result<Outcome> graph(const Setting& setting, GraphDetail detail) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  return Drawing(*session, detail).run();
}

}  // namespace lamella::commands
