// SPDX-License-Identifier: Apache-2.0
#include "commands/size.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "build/contents.h"
#include "build/manifest.h"
#include "commands/budget_record.h"
#include "commands/lock.h"
#include "commands/slimming.h"
#include "model/file_type.h"
#include "model/limits.h"
#include "model/size_sums.h"
#include "resolve/closure.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;
using model::Sizes;

constexpr std::string_view kOwnFiles = "in-repo";

Value to_value(const Sizes& sizes) {
  return Value::object({{"zipped_bytes", sizes.zipped}, {"unzipped_bytes", sizes.unzipped}});
}

Error never_built() {
  return Error(ErrorCode::kUsage, "nothing was ever built here").remedy("run `lamella build` first");
}

Sizes sizes_of(const build::Made& made) { return {made.artifact.zipped_bytes, made.artifact.unzipped_bytes}; }

/// The part of an artifact that is the workspace's own files.
Sizes own_files(const build::Made& made) {
  Sizes own;
  for (const build::Part& part : made.parts) {
    if (part.segment.distribution == kOwnFiles)
      own += {part.segment.zipped_bytes, part.segment.unzipped_bytes};
  }
  return own;
}

class Weighing {
 public:
  Weighing(const model::Workspace& workspace, const build::Manifest& manifest,
           const std::vector<build::GroupLock>& locks)
      : workspace_(workspace), manifest_(manifest), locks_(locks) {
    for (const build::Made& made : manifest.made) {
      for (const build::Part& part : made.parts) {
        wheels_[part.segment.distribution] = {part.segment.wheel_zipped_bytes, part.segment.wheel_bytes};
      }
    }
  }

  /// nullptr for what was never built.
  const build::Made* made_of(ArtifactKind kind, const std::string& name, const model::Target& target) const {
    return manifest_.find(kind, name, target);
  }

  /// The function's own part, then its layers; nullopt while one of them was never built.
  std::optional<std::vector<const build::Made*>> parts_of(const model::Function& function) const {
    std::vector<const build::Made*> parts = {
        made_of(ArtifactKind::kFunction, function.name, function.target)};
    for (const auto& layer : function.layers)
      parts.push_back(made_of(ArtifactKind::kLayer, layer.text, function.target));
    if (std::find(parts.begin(), parts.end(), nullptr) != parts.end()) return std::nullopt;
    return parts;
  }

  /// Every wheel that pip would unpack for the function, and the workspace's own files.
  Result<Sizes> self_contained(const model::Function& function,
                               const std::vector<const build::Made*>& parts) const {
    Sizes sum;
    for (const build::Made* part : parts) sum += own_files(*part);
    LAMELLA_TRY_ASSIGN(const auto names, packages_of(function));
    for (const std::string& name : names) {
      const auto wheel = wheels_.find(name);
      if (wheel != wheels_.end()) sum += wheel->second;
    }
    return sum;
  }

 private:
  /// What the function and its layers need; isolated layers have locks of their own.
  Result<std::set<std::string>> packages_of(const model::Function& function) const {
    std::set<std::string> names;
    const auto add = [&](const resolve::Packages& packages) {
      for (const resolve::LockedPackage* package : packages) names.insert(package->name);
    };
    for (const build::GroupLock& lock : locks_) {
      if (lock.group.has_function(function.name)) {
        LAMELLA_TRY_ASSIGN(const auto own, resolve::self_contained(workspace_, lock.lock, function.name));
        add(own);
      }
      for (const auto& layer : function.layers) {
        const bool apart = workspace_.find_layer(layer.text)->isolated && lock.group.has_layer(layer.text);
        if (!apart || lock.group.target != function.target) continue;
        LAMELLA_TRY_ASSIGN(const auto its,
                           resolve::closure_of(lock.lock, resolve::RootKind::kLayer, layer.text));
        add(its);
      }
    }
    return names;
  }

  const model::Workspace& workspace_;
  const build::Manifest& manifest_;
  const std::vector<build::GroupLock>& locks_;
  std::map<std::string, Sizes> wheels_;  ///< as they were fetched, by distribution
};

Value files_record(const std::vector<model::OptFile>& files) {
  Value list = Value::array();
  for (const model::OptFile& file : files) {
    list.push_back(
        Value::object({{"path", file.path}, {"type", model::file_type(file.path)}, {"bytes", file.size}}));
  }
  return list;
}

/// Sums by type of file, and what the artifact is in the tree.
struct Listed {
  Value types;
  Value branch;
};

Listed listed(const build::Tools& tools, const build::Made& made) {
  const auto contents = build::contents_of(tools, made);
  const std::string name = fmt::format("{} {}", to_string(made.artifact.kind), made.artifact.name);
  Listed out{Value(), Value::object({{"name", name}, {"packages", Value::array()}})};
  if (!contents) return out;
  std::map<std::string_view, std::pair<std::uint64_t, std::uint64_t>> sums;  // files and bytes
  Value packages = Value::array();
  for (const build::PartContents& part : *contents) {
    for (const model::OptFile& file : part.files) {
      auto& [files, bytes] = sums[model::file_type(file.path)];
      ++files;
      bytes += file.size;
    }
    const std::string package =
        part.version.empty() ? part.distribution : part.distribution + " " + part.version;
    packages.push_back(Value::object(
        {{"name", package.empty() ? "all files" : package}, {"files", files_record(part.files)}}));
  }
  out.types = Value::array();
  for (const std::string_view type : model::kFileTypes) {
    const auto& [files, bytes] = sums[type];
    if (files > 0) out.types.push_back(Value::object({{"type", type}, {"files", files}, {"bytes", bytes}}));
  }
  out.branch.set("packages", std::move(packages));
  return out;
}

Value artifact_record(const build::Made& made, const model::Budget& budget, Value types) {
  const Value full = model::to_value(made.artifact);
  Value record = Value::object();
  for (const auto* key : {"kind", "name", "target", "zipped_bytes", "unzipped_bytes", "packages"}) {
    record.set(key, *full.find(key));
  }
  record.set("types", std::move(types));
  record.set("budget", budget_record(budget));
  record.set("dropped", slimming_record(made));
  return record;
}

/// Libraries that a function has more than once, as the last build found them.
Value shared_libraries(const build::Made& made) {
  Value list = Value::array();
  for (const model::Finding& finding : made.findings) {
    if (finding.kind != model::FindingKind::kDuplicateLibrary) continue;
    const Value record = model::to_value(finding);
    list.push_back(Value::object(
        {{"name", finding.subject}, {"bytes", finding.bytes}, {"copies", *record.find("origins")}}));
  }
  return list;
}

Value function_record(const model::Function& function, const std::vector<const build::Made*>& parts,
                      const Sizes& alone) {
  std::uint64_t merged = 0;  // as the service counts
  for (const build::Made* part : parts) merged += part->artifact.unzipped_bytes;
  std::vector<std::string> layers;
  for (const auto& layer : function.layers) layers.push_back(layer.text);
  return Value::object({{"name", function.name},
                        {"merged_bytes", merged},
                        {"limit_bytes", model::kMaxUnzippedBytes},
                        {"self_contained", to_value(alone)},
                        {"shared_libraries", shared_libraries(*parts.front())},
                        {"layers", Value::array_of(layers)}});
}

double saved(std::uint64_t before, std::uint64_t after) {
  return before == 0 ? 0.0 : 1.0 - static_cast<double>(after) / static_cast<double>(before);
}

Value sums_record(const model::SizeSums& sums) {
  return Value::object(
      {{"self_contained", to_value(sums.self_contained)},
       {"functions_alone", to_value(sums.functions_alone)},
       {"layers_once_and_functions", to_value(sums.layers_once_and_functions)},
       {"saved",
        Value::object(
            {{"zipped", saved(sums.self_contained.zipped, sums.layers_once_and_functions.zipped)},
             {"unzipped", saved(sums.self_contained.unzipped, sums.layers_once_and_functions.unzipped)}})}});
}

}  // namespace

Result<SizeReport> size(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  const model::Workspace& workspace = session->workspace();
  const build::Manifest manifest = build::load_manifest(session->root());
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(*session, LockPolicy::kFrozen));
  const Weighing weighing(workspace, manifest, locks);

  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
  SizeReport report{{new_record(), {}}};
  Outcome& outcome = report.outcome;
  const auto add = [&](const build::Made& made, const model::Budget& budget) {
    Listed files = listed(*tools, made);
    report.tree.push_back(std::move(files.branch));
    return artifact_record(made, budget, std::move(files.types));
  };
  Value artifacts = Value::array();
  Value functions = Value::array();
  Value unbuilt = Value::array();
  model::SizeSums sums;
  const auto weigh = [&](ArtifactKind kind, const auto& owner, const model::Target& target) -> Sizes {
    const build::Made* made = weighing.made_of(kind, owner.name, target);
    if (made == nullptr) {
      unbuilt.push_back(Value::object(
          {{"kind", to_string(kind)}, {"name", owner.name}, {"target", model::short_name(target)}}));
      return {};
    }
    artifacts.push_back(add(*made, owner.budget));
    return sizes_of(*made);
  };
  for (const model::Layer& layer : workspace.layers) {
    for (const model::Target& target : layer.targets)
      sums.layers_once_and_functions += weigh(ArtifactKind::kLayer, layer, target);
  }
  for (const model::Function& function : workspace.functions) {
    const Sizes own = weigh(ArtifactKind::kFunction, function, function.target);
    sums.functions_alone += own;
    sums.layers_once_and_functions += own;
    const auto parts = weighing.parts_of(function);
    if (!parts) continue;
    LAMELLA_TRY_ASSIGN(const Sizes alone, weighing.self_contained(function, *parts));
    sums.self_contained += alone;
    functions.push_back(function_record(function, *parts, alone));
  }
  const bool complete = unbuilt.as_array()->empty();
  if (artifacts.as_array()->empty() && !complete) return never_built();
  outcome.record.set("artifacts", std::move(artifacts));
  outcome.record.set("functions", std::move(functions));
  outcome.record.set("unbuilt", std::move(unbuilt));
  Value total = to_value(sums.layers_once_and_functions);
  total.set("budget", budget_record(workspace.project.budget));
  outcome.record.set("total", std::move(total));
  outcome.record.set("sums", complete ? sums_record(sums) : Value());
  return report;
}

}  // namespace lamella::commands
