// SPDX-License-Identifier: Apache-2.0
#include "build/rounds.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/units.h"
#include "build/bytecode_budget.h"
#include "build/examine.h"
#include "build/placement.h"
#include "build/proving.h"
#include "build/releases.h"
#include "build/stripping.h"
#include "os/directory_tree.h"
#include "os/file.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using model::ArtifactKind;

constexpr int kMostTraced = 2;     // without traces, with traces, and once more when those moved an import
constexpr int kMostBackedOut = 8;  // rounds that found a rule to blame; one is the rule, two is bad luck

Result<> write_rules(const Tools& tools, const RulesLock& rules) {
  const fs::path path = tools.workspace / kRulesLockPath;
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  return os::write_file_atomic(path, render_rules_lock(rules));
}

/// Writes where the traces place bytecode; later builds take it from there.
Result<> save_traces(const Tools& tools, const model::Workspace& workspace, const Request& request,
                     const RulesLock& rules) {
  if (request.frozen) {
    return Error(ErrorCode::kUsage, "locks/rules.toml does not say where bytecode goes")
        .because("--frozen forbids writing it")
        .remedy("run `lamella build` without --frozen and commit the file");
  }
  LAMELLA_TRY(write_rules(tools, rules));
  tools.events.emit({.kind = "build.traced",
                     .subject = workspace.project.name,
                     .text = "the functions' imports are known now; bytecode goes there"});
  return {};
}

void tell(EventSink& events, const Culprit& culprit) {
  const std::string count =
      fmt::format("{} of its {} files ({}) {} put back", culprit.files, culprit.files + culprit.files_out,
                  base::format_size(culprit.bytes), culprit.files == 1 ? "is" : "are") +
      (culprit.smallest ? "" : "; not the smallest part: fewer may do");
  events.emit({.kind = "rule.backed-out",
               .subject = culprit.rule.artifact,
               .text = fmt::format("'{}' breaks it: {}; {}", culprit.rule.rule, culprit.rule.why, count),
               .severity = base::Severity::kWarning});
}

/// The release that what was made has, or would get.
Result<> put_releases(const RoundInputs& inputs, const Releases& recorded,
                      const std::vector<ArtifactPlan>& plans, Manifest& manifest) {
  if (recorded.empty() && !inputs.request.locked) return {};
  for (const auto& [layer, content] : contents_of(inputs.workspace, plans)) {
    const auto known = recorded.find(layer);
    const LayerRelease* before = known == recorded.end() ? nullptr : &known->second;
    const LayerRelease now = next_release(before, content);
    if (inputs.request.locked && (before == nullptr || now != *before))
      return not_recorded(layer, before, now);
    for (Made& made : manifest.made) {
      if (before != nullptr && made.artifact.kind == ArtifactKind::kLayer && made.artifact.name == layer)
        made.artifact.release = to_string(now.release);
    }
  }
  return {};
}

/// Rounds until nothing broke by a rule, bytecode fits, and the traces stay as they are.
class Rounds {
 public:
  Rounds(const RoundInputs& inputs, Report& report, Manifest before)
      : in_(inputs), report_(report), manifest_(std::move(before)) {}

  /// What the last round made.
  Result<Manifest> run() {
    LAMELLA_TRY(in_.index.watch(std::string(kRulesLockPath)));
    LAMELLA_TRY_ASSIGN(rules_, load_rules_lock(os::DirectoryTree(in_.tools.workspace)));
    recorded_ = rules_;
    LAMELLA_TRY(forget_stale_placements());
    LAMELLA_TRY(in_.index.watch(std::string(kReleasesLockPath)));
    LAMELLA_TRY_ASSIGN(const Releases releases, load_releases(os::DirectoryTree(in_.tools.workspace)));
    auto number = Round::Number::kFirst;
    for (;;) {
      Round round(in_, rules_, std::move(manifest_), number, measured_);
      number = Round::Number::kLater;
      LAMELLA_TRY(round.run());
      manifest_ = round.manifest();
      report_.proofs = round.proofs();
      report_.unmade.clear();
      LAMELLA_TRY_ASSIGN(const bool done, is_done(round));
      if (!done) continue;
      LAMELLA_TRY(put_releases(in_, releases, round.plans(), manifest_));
      return std::move(manifest_);
    }
  }

 private:
  Result<bool> is_done(const Round& round) {
    if (!round.crowded().empty()) {
      if (in_.request.frozen) return not_placed(round.crowded().front()->artifact.name);
      leave_bytecode_out(round);
      return false;
    }
    LAMELLA_TRY_ASSIGN(const bool backed_out, back_out(round));
    if (backed_out) return false;
    report_.unmade = round.unmade();
    if (!report_.unmade.empty()) {
      manifest_ = round.finished();
      return true;
    }
    LAMELLA_TRY_ASSIGN(const bool kept_whole, keep_whole(round));
    if (kept_whole) return false;
    if (!measuring_.empty()) {
      LAMELLA_TRY(choose_bytecode());
      return false;
    }
    LAMELLA_TRY_ASSIGN(const bool moved, forget_moved_placements());
    if (moved) return false;
    if (traced_rounds_ == kMostTraced || !round.needs_other_traces()) return save_if_other();
    ++traced_rounds_;
    TracedModules traced = traced_of(in_.tools, in_.workspace, manifest_, report_.proofs);
    // What a part of the workspace imports says nothing against what the rest was seen to import.
    if (!in_.request.names.empty() || in_.request.layers_only) join(traced, rules_.traced);
    if (traced == rules_.traced) return save_if_other();
    rules_.traced = std::move(traced);
    LAMELLA_TRY(save_traces(in_.tools, in_.workspace, in_.request, rules_));
    LAMELLA_TRY(rules_were_written());
    return false;
  }

  static void join(TracedModules& traced, const TracedModules& known) {
    for (const auto& [where, modules] : known) {
      std::vector<std::string> both;
      auto& mine = traced[where];
      std::set_union(mine.begin(), mine.end(), modules.begin(), modules.end(), std::back_inserter(both));
      mine = std::move(both);
    }
  }

  static Error not_placed(const std::string& layer) {
    return Error(ErrorCode::kUsage,
                 fmt::format("locks/rules.toml does not say where the bytecode of layer {} goes", layer))
        .because(
            "it was placed for another budget, other content or other imports, or never; --frozen "
            "forbids writing it")
        .remedy("run `lamella build` without --frozen and commit the file");
  }

  void tell_placed_anew(const std::string& layer, std::string_view why) {
    in_.tools.events.emit({.kind = "build.bytecode-placed-anew",
                           .subject = layer,
                           .text = fmt::format("its bytecode is placed anew: {}", why)});
  }

  /// Placements that were chosen for another budget, other packages or settings.  Without checks nothing can be
  /// measured: then what is recorded has to do.
  Result<> forget_stale_placements() {
    if (in_.request.skip_checks) return {};
    RulesLock fresh = rules_;
    const auto needed = needed_layers(in_.workspace, in_.request);
    for (const std::string& layer : forget_stale(fresh, in_.workspace, lock_of(in_.locks))) {
      if (!needed.contains(layer)) continue;
      if (in_.request.frozen) return not_placed(layer);
      rules_.forget_placement(layer);
      tell_placed_anew(layer, "its budget, packages or settings changed");
    }
    return {};
  }

  /// Placements whose layers' users import other modules now.  True if there is one.
  Result<bool> forget_moved_placements() {
    std::vector<std::string> moved;
    for (const auto& [name, placed] : rules_.placed) {
      const model::Layer* layer = in_.workspace.find_layer(name);
      if (layer == nullptr || measured_.contains(name) || in_.request.skip_checks) continue;
      const auto seen = imports_seen(in_.tools, in_.workspace, *layer, manifest_, report_.proofs);
      if (seen && seen->hex() != placed.imports) moved.push_back(name);
    }
    for (const std::string& layer : moved) {
      if (in_.request.frozen) return not_placed(layer);
      rules_.forget_placement(layer);
      tell_placed_anew(layer, "the functions import other modules of it");
    }
    return !moved.empty();
  }

  /// True, for is_done().
  Result<bool> save_if_other() {
    if (rules_ == recorded_) return true;
    LAMELLA_TRY(write_rules(in_.tools, rules_));
    LAMELLA_TRY(rules_were_written());
    return true;
  }

  /// The build's own writing is no change of its inputs.
  Result<> rules_were_written() {
    recorded_ = rules_;
    report_.rules_changed = true;
    return in_.index.watch_again(std::string(kRulesLockPath));
  }

  /// Finds the rules behind missing libraries and behind the proofs that failed, and takes from them what they may
  /// not drop.  True if there is one to blame; what fails without a rule's fault is looked at once.
  Result<bool> back_out(const Round& round) {
    if (round.failures().empty() && round.missing().empty()) return false;
    if (in_.request.frozen || ++backed_out_ > kMostBackedOut) return false;
    bool more = false;
    for (const auto& [plan, finding] : round.missing()) {
      const auto parts = parts_of(in_.workspace, round.plans(), round.plans().at(plan));
      auto culprits = rules_behind(in_.tools, parts, finding, in_.stop);
      if (!culprits && culprits.error().code() == ErrorCode::kInterrupted) return std::move(culprits).error();
      if (culprits) more = put_back(*culprits) || more;
    }
    for (const Failure& failure : round.failures()) {
      if (innocent_.contains(failure.subject.name)) continue;
      const CulpritInputs search{in_.tools, round.plans(), in_.prover, in_.stop};
      auto culprits = find_culprits(search, failure.subject, failure.proof);
      const auto code = culprits ? ErrorCode::kInternal : culprits.error().code();
      if (code == ErrorCode::kInterrupted || code == ErrorCode::kRefused) return std::move(culprits).error();
      // What cannot be tried (a wheel that is not to be had now) does not hide why the proof failed.
      if (!culprits || culprits->empty()) {
        innocent_.insert(failure.subject.name);
        continue;
      }
      more = put_back(*culprits) || more;
    }
    if (!more) return false;
    LAMELLA_TRY(write_rules(in_.tools, rules_));
    LAMELLA_TRY(rules_were_written());
    return true;
  }

  /// True if one of them is news.
  bool put_back(const std::vector<Culprit>& culprits) {
    bool more = false;
    for (const Culprit& culprit : culprits) {
      if (!rules_.add(culprit.rule)) continue;
      more = true;
      tell(in_.tools.events, culprit);
      report_.backed_out.push_back(culprit);
    }
    return more;
  }

  /// Libraries that stripping broke are not stripped from now on.  True if there is one that was not known.
  Result<bool> keep_whole(const Round& round) {
    bool more = false;
    if (in_.request.frozen) return more;
    for (const Failure& one : round.unloadable()) {
      const ArtifactPlan& plan = round.plans().at(one.plan);
      LAMELLA_TRY_ASSIGN(const auto found,
                         broken_by_stripping(in_.tools, plan, in_.prover, one.subject, one.proof, in_.stop));
      for (const Unstripped& row : found) {
        if (!rules_.add(row)) continue;
        more = true;
        in_.tools.events.emit(
            {.kind = "strip.undone",
             .subject = row.artifact,
             .text = fmt::format("{} of {} {} not load when stripped ({}); kept as the wheel has it",
                                 fmt::join(row.files, ", "), row.distribution,
                                 row.files.size() == 1 ? "does" : "do", row.why),
             .severity = base::Severity::kWarning});
      }
    }
    if (!more) return false;
    LAMELLA_TRY(write_rules(in_.tools, rules_));
    LAMELLA_TRY(rules_were_written());
    return true;
  }

  /// The next round measures what compiling costs in the layers that are over their budget.
  void leave_bytecode_out(const Round& round) {
    for (const Made* layer : round.crowded()) {
      const std::string& name = layer->artifact.name;
      // Of the modules that an earlier build left out there is nothing to weigh here: all come back first.
      if (!measured_.contains(name) && rules_.find_placement(name) != nullptr) {
        rules_.forget_placement(name);
        continue;
      }
      std::vector<BytecodeLimit> rows;
      for (const Part& part : layer->parts) {
        BytecodeLimit row;
        row.layer = name;
        row.distribution = part.segment.distribution;
        row.version = part.segment.version;
        if (part.segment.bytecode_bytes > 0) rows.push_back(std::move(row));
      }
      rules_.set_limits(name, rows);
      measured_.insert(name);
      measuring_.push_back(*layer);
    }
  }

  /// What the rows of a layer were chosen for.
  void note_placement(const model::Layer& layer) {
    const auto seen = imports_seen(in_.tools, in_.workspace, layer, manifest_, report_.proofs);
    rules_.placed[layer.name] = {placement_inputs(in_.workspace, layer, lock_of(in_.locks)).hex(),
                                 seen ? seen->hex() : ""};
    if (seen) return;
    std::vector<std::string> unknown = users_of(in_.workspace, layer);
    std::erase_if(unknown, [&](const std::string& user) { return report_.proofs.contains(user); });
    in_.tools.events.emit(
        {.kind = "build.bytecode-placed-in-part",
         .subject = layer.name,
         .text =
             fmt::format("its bytecode is placed by what was proved now; what {} import of it is not known, "
                         "`lamella build` of everything places it anew",
                         fmt::join(unknown, ", ")),
         .severity = base::Severity::kWarning});
  }

  Result<> choose_bytecode() {
    for (const Made& with : measuring_) {
      const std::string& name = with.artifact.name;
      const Made* without = manifest_.find_layer(name, with.artifact.target);
      if (without == nullptr)
        return Error(ErrorCode::kInternal, "a layer is gone that was just made").at(name);
      LAMELLA_TRY_ASSIGN(const auto sizes, bytecode_sizes(in_.tools, with, *without));
      const auto costs = module_costs(sizes, report_.proofs);
      const auto room = static_cast<std::int64_t>(*in_.workspace.find_layer(name)->budget.unzipped) -
                        static_cast<std::int64_t>(without->artifact.unzipped_bytes);
      const auto chosen = choose_modules(costs, room);
      rules_.set_limits(name, limits_of(with, costs, chosen));
      note_placement(*in_.workspace.find_layer(name));
      in_.tools.events.emit(
          {.kind = "build.bytecode-limited",
           .subject = name,
           .text = fmt::format("its budget has room for the bytecode of {} of {} modules: those that "
                               "save most at start per byte",
                               chosen.size(), costs.size())});
    }
    measuring_.clear();
    LAMELLA_TRY(write_rules(in_.tools, rules_));
    return rules_were_written();
  }

  const RoundInputs& in_;
  Report& report_;
  RulesLock rules_;
  RulesLock recorded_;  ///< rules_ as they are on disk
  Manifest manifest_;
  std::set<std::string> measured_;  ///< layers, this build
  std::vector<Made> measuring_;     ///< as they were with all their bytecode
  std::set<std::string> innocent_;  ///< artifacts whose proof fails through no rule's fault
  int traced_rounds_ = 0;
  int backed_out_ = 0;
};

}  // namespace

Result<Manifest> run_rounds(const RoundInputs& inputs, Report& report, Manifest before) {
  return Rounds(inputs, report, std::move(before)).run();
}

}  // namespace lamella::build
