// SPDX-License-Identifier: Apache-2.0
#include "build/tracing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "base/tool_output.h"
#include "build/proving.h"
#include "build/unused.h"
#include "os/directory_tree.h"
#include "os/file.h"
#include "package/bytecode.h"

namespace lamella::build {
namespace {

/// Of a path below `root`, the path in the wheel: bytecode in place of its source carries the source's name.
std::string path_in_wheel(std::string_view name, const std::string& root) {
  std::string path(name.substr(root.size()));
  if (path.ends_with(".pyc") && path.find("__pycache__/") == std::string::npos) path.pop_back();
  return path;
}

/// "a/__pycache__/b.cpython-311.pyc" -> "a/b.py": bytecode beside its source goes where that goes.
std::string source_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const auto cache = path.rfind("__pycache__/", slash);
  if (slash == std::string::npos || cache == std::string::npos) return path;
  const std::string name = path.substr(slash + 1);
  return path.substr(0, cache) + name.substr(0, name.find('.')) + ".py";
}

/// A source, bytecode, or an extension module.
bool is_module_file(std::string_view name) {
  return name.ends_with(".py") || name.ends_with(".pyc") ||
         (name.ends_with(".so") && name.find(".cpython-") != std::string_view::npos);
}

/// A zip as it was run: where it was mounted, and what was opened there.
struct Content {
  const Made& made;
  std::string root;   ///< below which its modules stand
  std::string mount;  ///< "/opt/", "/var/task/"
  const std::set<std::string>& opened;
};

/// What a zip ships below its root, the workspace's own files apart, which no rule drops; what its modules that ran
/// say is added to `texts`.
Result<std::vector<ShippedFile>> read_content(const std::filesystem::path& workspace, const Content& content,
                                              RanTexts& texts) {
  LAMELLA_TRY_ASSIGN(const auto file, os::MappedFile::open(workspace / content.made.artifact.path));
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(file.bytes(), profile_of(content.made)));
  std::map<std::string, ShippedFile> files;
  std::map<std::string, const archive::Entry*> ran;  // by path in the wheel; the source where it is there
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind != archive::EntryKind::kFile || !entry.name.starts_with(content.root)) continue;
    const std::string path = source_of(path_in_wheel(entry.name, content.root));
    const bool used = content.opened.contains(content.mount + entry.name);
    ShippedFile& shipped = files.try_emplace(path, ShippedFile{path, 0, false}).first->second;
    shipped.bytes += entry.size;
    shipped.used = shipped.used || used;
    if (!is_module_file(entry.name)) continue;
    const archive::Entry*& text = ran[path];
    if (text == nullptr || entry.name.ends_with(".py")) text = &entry;
  }
  std::vector<ShippedFile> out;
  for (auto& [path, shipped] : files) {
    const bool own = content.made.files.contains(content.root + path);
    const auto text = ran.find(path);
    const bool idle = !shipped.used && !own;
    if (text != ran.end() && (shipped.used || (idle && path.ends_with(".py")))) {
      LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip, *text->second, package::kLargestFile));
      const std::string_view words = base::as_text(bytes);
      auto whose = idle ? RanTexts::Whose::kIdle : RanTexts::Whose::kPackage;
      if (own) whose = RanTexts::Whose::kWorkspace;
      texts.add(path, whose, text->second->name.ends_with(".pyc") ? strings_of(words) : std::string(words));
    }
    if (!own) out.push_back(std::move(shipped));
  }
  return out;
}

/// One thing that is run: the function, another function, or a layer's own imports and checks.
struct Run {
  proof::Subject subject;
  proof::Proof proof;
};

class Tracer {
 public:
  Tracer(const Tools& tools, const model::Workspace& workspace, const model::Function& function,
         std::stop_token stop)
      : tools_(tools),
        workspace_(workspace),
        function_(function),
        stop_(std::move(stop)),
        manifest_(load_manifest(tools.workspace)),
        prover_(tools.workspace, tools.cache, tools.actions, tools.pool, tools.events) {}

  Result<FunctionTrace> run(const std::vector<GroupLock>& locks) {
    LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(tools_.workspace)));
    auto index = change::StatIndex::load(tools_.workspace, index_path(tools_.workspace));
    LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(tools_, workspace_, locks, rules, {}, index));
    for (const ArtifactPlan& plan : plans) {
      if (matters(plan)) LAMELLA_TRY(add(plan, index));
    }
    LAMELLA_TRY(observe());
    FunctionTrace trace;
    for (Run& run : runs_) {
      LAMELLA_TRY(read(run));
      if (is_asked(run.subject)) trace.proof = run.proof;
      if (is_unchecked(run)) trace.unchecked.push_back(run.subject.name);
    }
    texts_.reach();
    std::vector<std::string> left_out;
    for (const auto& layer : function_.layers) LAMELLA_TRY(weigh(layer.text, trace, left_out));
    if (!left_out.empty()) {
      LAMELLA_TRY_ASSIGN(trace.without, failing_without(left_out));
    }
    return trace;
  }

 private:
  bool is_asked(const proof::Subject& subject) const {
    return subject.kind == model::ArtifactKind::kFunction && subject.name == function_.name;
  }
  bool has_layer(const std::string& name) const {
    return std::any_of(function_.layers.begin(), function_.layers.end(),
                       [&](const auto& layer) { return layer.text == name; });
  }

  /// The function, its layers, and every function and layer that uses one of those.
  bool matters(const ArtifactPlan& plan) const {
    if (plan.target != function_.target) return false;
    if (plan.kind == model::ArtifactKind::kLayer) {
      if (has_layer(plan.name)) return true;
      const auto below = workspace_.dependencies_of(*workspace_.find_layer(plan.name));
      return std::any_of(below.begin(), below.end(),
                         [&](const model::Layer* layer) { return has_layer(layer->name); });
    }
    const auto& layers = workspace_.find_function(plan.name)->layers;
    return plan.name == function_.name || std::any_of(layers.begin(), layers.end(), [&](const auto& layer) {
             return has_layer(layer.text);
           });
  }

  Result<> add(const ArtifactPlan& plan, change::StatIndex& index) {
    const Made* made = manifest_.find(plan.kind, plan.name, plan.target);
    if (made == nullptr) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{} {} was never built here", to_string(plan.kind), plan.name))
          .remedy("run `lamella build` first");
    }
    LAMELLA_TRY_ASSIGN(auto subject, subject_of(tools_, workspace_, manifest_, *made, plan, index));
    runs_.push_back({std::move(subject), {}});
    return {};
  }

  Result<> run_all(const proof::Attempt& attempt, std::vector<proof::Proof>& proofs) {
    proofs.resize(runs_.size());
    return tools_.pool.parallel_for(
        runs_.size(),
        [&](std::size_t i) -> Result<> {
          LAMELLA_TRY_ASSIGN(proofs[i], prover_.attempt(runs_[i].subject, attempt, stop_));
          return {};
        },
        stop_);
  }

  Result<> observe() {
    std::vector<proof::Proof> proofs;
    LAMELLA_TRY(run_all({.put_back = {}, .leave_out = {}, .record_files = true}, proofs));
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      base::emit_tool_output(tools_.events, runs_[i].subject.name, "its proof", proofs[i].printed);
      if (!proofs[i].passed()) return refusal(runs_[i].subject, proofs[i]);
      opened_.insert(proofs[i].opened.begin(), proofs[i].opened.end());
      runs_[i].proof = std::move(proofs[i]);
    }
    return {};
  }

  /// No call of it was seen: what it needs then is not known.
  static bool is_unchecked(const Run& run) {
    return run.subject.kind == model::ArtifactKind::kFunction && run.proof.checks.empty();
  }

  /// What the run is made of, and what its modules say; a layer once, as all runs opened it.
  Result<> read(const Run& run) {
    for (const proof::Mounted& layer : run.subject.layers) {
      if (shipped_.contains(layer.name)) continue;
      const Made* found = manifest_.find_layer(layer.name, function_.target);
      if (found == nullptr)
        return Error(ErrorCode::kInternal, "a layer was run that was not built").at(layer.name);
      const Made made = with_files(tools_.workspace, *found);
      const std::string below = workspace_.find_layer(layer.name)->module_root(function_.target.runtime);
      LAMELLA_TRY_ASSIGN(shipped_[layer.name],
                         read_content(tools_.workspace, {made, below, "/opt/", opened_}, texts_));
    }
    if (run.subject.kind != model::ArtifactKind::kFunction) return {};
    const Made* found = manifest_.find(run.subject.kind, run.subject.name, function_.target);
    if (found == nullptr)
      return Error(ErrorCode::kInternal, "what was run was not built").at(run.subject.name);
    const Made made = with_files(tools_.workspace, *found);
    const std::set<std::string> opened(run.proof.opened.begin(), run.proof.opened.end());
    LAMELLA_TRY(read_content(tools_.workspace, {made, "", "/var/task/", opened}, texts_));
    return {};
  }

  Result<> weigh(const std::string& name, FunctionTrace& trace, std::vector<std::string>& left_out) {
    const std::string root = workspace_.find_layer(name)->module_root(function_.target.runtime);
    const std::vector<ShippedFile>& files = shipped_.at(name);
    LayerTrace layer{.layer = name};
    for (const ShippedFile& file : files) {
      ++layer.files;
      layer.bytes += file.bytes;
      if (!file.used) continue;
      ++layer.used_files;
      layer.used_bytes += file.bytes;
    }
    bool unchecked = false;
    for (const Run& run : runs_) {
      const auto& mounts = run.subject.layers;
      const bool uses =
          std::any_of(mounts.begin(), mounts.end(), [&](const auto& one) { return one.name == name; });
      if (!uses || run.subject.kind != model::ArtifactKind::kFunction) continue;
      unchecked = unchecked || is_unchecked(run);
      if (!is_asked(run.subject)) layer.users.push_back(run.subject.name);
    }
    const Seen seen = unchecked ? Seen::kImportsAlone : Seen::kCalls;
    layer.proposals = propose(files, seen, [&](const std::string& place) { return texts_.name(place); });
    for (const Proposal& proposal : layer.proposals) {
      const auto glob = model::Glob::parse(proposal.pattern);
      for (const ShippedFile& file : files) {
        if (!glob || !glob->matches(file.path)) continue;
        left_out.push_back(root + file.path);
        if (file.path.ends_with(".py")) left_out.push_back(root + file.path + "c");
      }
    }
    trace.layers.push_back(std::move(layer));
    return {};
  }

  /// Runs everything once more without what is proposed.
  Result<std::string> failing_without(const std::vector<std::string>& left_out) {
    std::vector<proof::Proof> proofs;
    LAMELLA_TRY(run_all({.put_back = {}, .leave_out = left_out, .record_files = false}, proofs));
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (proofs[i].passed()) continue;
      const Error error = refusal(runs_[i].subject, proofs[i]);
      return fmt::format("{}: {}", error.what(), error.why());
    }
    return std::string();
  }

  const Tools& tools_;
  const model::Workspace& workspace_;
  const model::Function& function_;
  std::stop_token stop_;
  Manifest manifest_;
  proof::Prover prover_;
  std::vector<Run> runs_;
  std::set<std::string> opened_;
  RanTexts texts_;                                           ///< of all that ran
  std::map<std::string, std::vector<ShippedFile>> shipped_;  ///< by layer
};

}  // namespace

std::string_view to_string(Risk risk) {
  switch (risk) {
    case Risk::kLow: return "low";
    case Risk::kMedium: return "medium";
    case Risk::kHigh: return "high";
  }
  return "high";
}

Result<FunctionTrace> trace_function(const Tools& tools, const model::Workspace& workspace,
                                     const std::vector<GroupLock>& locks, const model::Function& function,
                                     std::stop_token stop) {
  return Tracer(tools, workspace, function, std::move(stop)).run(locks);
}

}  // namespace lamella::build
