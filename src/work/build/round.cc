// SPDX-License-Identifier: Apache-2.0
#include "build/round.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/budget.h"
#include "build/clients.h"
#include "build/combination.h"
#include "build/examine.h"
#include "build/job.h"
#include "build/made.h"
#include "build/proving.h"
#include "build/source_wheel.h"
#include "build/stale.h"

namespace lamella::build {

using model::ArtifactAction;
using model::ArtifactKind;

Result<> Round::run() {
  {
    const Job timer(in_.tools.events, "plan", "what was asked for");
    LAMELLA_TRY_ASSIGN(plans_,
                       plan_artifacts(in_.tools, in_.workspace, in_.locks, rules_, in_.request, in_.index));
  }
  fates_.emplace(in_.workspace, plans_);
  refuse_by_plan();
  if (stopped()) return {};
  if (number_ == Number::kFirst) LAMELLA_TRY(check_clients(in_.tools, in_.workspace, plans_));
  LAMELLA_TRY(choose());
  LAMELLA_TRY(make_segments());
  if (stopped()) return {};
  LAMELLA_TRY(assemble_or_heal());
  if (stopped()) return {};
  tell_same_content();
  if (number_ == Number::kFirst) LAMELLA_TRY(check_made_clients(in_.tools, in_.workspace, plans_));
  // Where bytecode is not placed yet, the sizes are not the final ones.
  if (!lacks_traces()) {
    find_crowded();
    if (!crowded_.empty()) return {};
    LAMELLA_TRY(check_sizes());
  }
  if (stopped()) return {};
  LAMELLA_TRY(examine_all());
  if (stopped()) return {};
  return prove();
}

Manifest Round::finished() const {
  Manifest manifest;
  for (const std::size_t i : finished_) {
    if (!fates_->lost(i)) manifest.made.push_back(manifest_.made[i]);
  }
  return manifest;
}

Result<> Round::for_each(const std::vector<std::size_t>& which, std::string_view activity,
                         const std::function<Result<>(std::size_t)>& work) {
  return ended(in_.tools.pool.parallel_for(
      which.size(),
      [&](std::size_t k) -> Result<> {
        const std::size_t i = which[k];
        if (fates_->lost(i)) return {};
        auto done = work(i);
        if (done) return {};
        Error error =
            activity.empty() ? std::move(done).error() : attributed(std::move(done).error(), activity, i);
        if (!is_own_fault(error.code())) return error;
        fates_->fail(i, error);
        return in_.request.on_failure == OnFailure::kKeepGoing ? Result<>() : error;
      },
      in_.stop));
}

Error Round::attributed(Error error, std::string_view activity, std::size_t i) const {
  return std::move(error).while_doing(
      fmt::format("{} {} {}", activity, to_string(plans_[i].kind), plans_[i].name));
}

/// What lies in an artifact is told by unmade().
Result<> Round::ended(Result<> phase) const {
  const bool told = !phase && fates_->any() && is_own_fault(phase.error().code());
  return told ? Result<>() : phase;
}

void Round::find_crowded() {
  if (in_.request.skip_checks) return;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const Made& made = manifest_.made[i];
    if (fates_->lost(i)) continue;
    if (made.artifact.kind != ArtifactKind::kLayer || measured_.contains(made.artifact.name)) continue;
    const auto& budget = in_.workspace.find_layer(made.artifact.name)->budget.unzipped;
    if (!budget || made.artifact.unzipped_bytes <= *budget) continue;
    std::uint64_t source_alone = made.artifact.unzipped_bytes;
    for (const Part& part : made.parts) source_alone += part.segment.source_bytes;
    for (const Part& part : made.parts) source_alone -= part.segment.bytecode_bytes;
    if (source_alone <= *budget) crowded_.push_back(&made);
  }
}

bool Round::lacks_traces() const {
  if (in_.request.skip_checks) return false;
  return std::any_of(plans_.begin(), plans_.end(), [&](const ArtifactPlan& plan) {
    if (plan.kind != ArtifactKind::kLayer || plan.wheels.empty()) return false;
    return in_.workspace.find_layer(plan.name)->bytecode.traced && !rules_.has_layer(plan.name);
  });
}

bool Round::needs_other_traces() const {
  if (in_.request.skip_checks) return false;
  if (lacks_traces()) return true;
  return std::any_of(proofs_.begin(), proofs_.end(),
                     [&](const auto& one) { return imports_untraced(one.second); });
}

/// A function imported a module of a layer that was shipped as source, and the traces do not have it.
bool Round::imports_untraced(const proof::Proof& proof) const {
  const auto& layers = in_.workspace.layers;
  if (std::none_of(layers.begin(), layers.end(),
                   [](const auto& layer) { return layer.bytecode.traced.has_value(); })) {
    return false;
  }
  std::set<std::string> traced;
  for (const auto& [where, paths] : rules_.traced) {
    traced.insert(paths.begin(), paths.end());
  }
  const std::vector<std::string> compiled = without_bytecode(proof);
  return std::any_of(compiled.begin(), compiled.end(), [&](const std::string& file) {
    return file.starts_with("/opt/") && !traced.contains(module_in_opt(file));
  });
}

/// What the plans alone say cannot be.
void Round::refuse_by_plan() {
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    if (plans_[i].refused) fates_->fail(i, *plans_[i].refused);
  }
  if (in_.request.skip_checks) return;
  for (auto& [i, error] : wrong_combinations(in_.workspace, plans_)) fates_->fail(i, error);
}

/// Takes over what is as it was; the rest is to be made.
Result<> Round::choose() {
  const bool forced = again() == Again::kAssembly || again() == Again::kSegments;
  const ManifestIndex before(before_);
  for (const ArtifactPlan& plan : plans_) {
    const Made* old = before.find(plan.kind, plan.name, plan.target);
    const Zips zips = number_ == Number::kFirst ? Zips::kVerified : Zips::kTrusted;
    std::vector<Reason> reasons = why_stale(in_.tools.workspace, plan, old, zips);
    if (forced) reasons = {{"forced", plan.name, "", "", "it was asked for"}};
    Made made = old == nullptr ? Made{} : *old;
    const bool make = !is_up_to_date(reasons);
    if (make && !fates_->lost(manifest_.made.size())) to_make_.push_back(manifest_.made.size());
    if (number_ == Number::kFirst) made.artifact.action = ArtifactAction::kUnchanged;
    // A later round keeps the reasons that brought the artifact into the first.
    const bool keeps = number_ == Number::kLater && (!make || !is_up_to_date(made.artifact.reasons));
    if (!keeps) made.artifact.reasons = std::move(reasons);
    manifest_.made.push_back(std::move(made));
  }
  // Without proofs now, an earlier one counts only while nothing beside the artifact changed either.
  if (in_.request.skip_checks && !to_make_.empty()) {
    for (Made& made : manifest_.made) made.artifact.proved = false;
  }
  return {};
}

std::uint64_t Round::weight(std::size_t i) const {
  std::uint64_t bytes = 0;
  for (const Digest& key : plans_[i].segment_keys()) bytes += segments_.at(key).zipped_bytes;
  return bytes;
}

Result<> Round::make_segments() {
  std::vector<const ArtifactPlan*> wanted;
  for (const std::size_t i : to_make_) wanted.push_back(&plans_[i]);
  LAMELLA_TRY_ASSIGN(auto ensured,
                     ensure_segments(in_.tools, wanted, again(), in_.request.on_failure, in_.stop));
  segments_ = std::move(ensured.segments);
  for (const SegmentFailure& failure : ensured.failures) {
    std::vector<std::size_t> without;
    for (const std::size_t i : to_make_) {
      const auto& keys = plans_[i].segment_keys();
      if (std::find(keys.begin(), keys.end(), failure.key) != keys.end()) without.push_back(i);
    }
    // No other part than an archive tells whose it is.
    const auto owner = std::find_if(without.begin(), without.end(), [&](std::size_t i) {
      return plans_[i].archive && plans_[i].archive->key() == failure.key;
    });
    fates_->fail_together(
        without, failure.name,
        owner == without.end() ? failure.error : attributed(failure.error, "building", *owner));
  }
  return note_built_wheels();
}

/// A damaged segment is in quarantine by the time it is told, and so it is one of those to make.
Result<> Round::assemble_or_heal() {
  auto assembled = assemble();
  for (std::size_t left = segments_.size(); left > 0; --left) {
    if (assembled || assembled.error().code() != ErrorCode::kCorrupt) break;
    in_.tools.events.emit({.kind = "segment.damaged",
                           .subject = assembled.error().where(),
                           .text = "a cached segment was damaged; it is made again",
                           .severity = base::Severity::kWarning});
    LAMELLA_TRY(make_segments());
    if (stopped()) return {};
    assembled = assemble();
  }
  return assembled;
}

/// What was built here is a wheel like any other to what comes after.  What compiled it is known now, and part of
/// its segment's key.
Result<> Round::note_built_wheels() {
  Segments renamed;
  for (const std::size_t i : to_make_) {
    bool noted = false;
    for (package::Recipe& recipe : plans_[i].wheels) {
      if (!recipe.source) continue;
      noted = true;
      const auto segment = segments_.find(recipe.key());
      LAMELLA_TRY(note_built(in_.tools, in_.index, recipe));
      if (segment != segments_.end()) renamed.emplace(recipe.key(), segment->second);
    }
    if (noted) plans_[i].note_keys();
  }
  segments_.merge(renamed);
  return {};
}

Result<> Round::assemble() {
  std::map<std::vector<Digest>, std::size_t> first_of;
  std::vector<std::size_t> twins;
  std::vector<std::pair<std::uint64_t, std::size_t>> heaviest;
  for (const std::size_t i : to_make_) {
    if (fates_->lost(i)) continue;
    const auto [first, is_first] = first_of.emplace(plans_[i].content(), i);
    if (is_first) {
      heaviest.emplace_back(weight(i), i);
    } else {
      twin_of_.emplace(i, first->second);
      twins.push_back(i);
    }
  }
  std::stable_sort(heaviest.begin(), heaviest.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::size_t> order;
  for (const auto& [bytes, i] : heaviest) order.push_back(i);
  const auto one = [&](std::size_t i) { return assemble_one(i); };
  LAMELLA_TRY(for_each(order, "building", one));
  return stopped() ? Result<>() : for_each(twins, "building", one);
}

/// Layers that were made in different ways and came out the same; those of the same segments know already.
void Round::tell_same_content() {
  std::map<Digest, const model::Artifact*> first_of;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const model::Artifact& artifact = manifest_.made[i].artifact;
    if (plans_[i].kind == ArtifactKind::kLayer && !fates_->lost(i))
      first_of.emplace(artifact.sha256, &artifact);
  }
  for (const std::size_t i : to_make_) {
    model::Artifact& artifact = manifest_.made[i].artifact;
    const auto first = first_of.find(artifact.sha256);
    if (first == first_of.end() || first->second->name == artifact.name) continue;
    const bool told = std::any_of(artifact.reasons.begin(), artifact.reasons.end(),
                                  [](const Reason& reason) { return reason.kind == "same-content"; });
    if (told) continue;
    const std::string& other = first->second->name;
    artifact.reasons.push_back(
        {"same-content", other, "", "", fmt::format("layer {} has the same content", other)});
  }
}

/// The budget of each artifact is its own; that of the project is checked when all are there.
Result<> Round::check_sizes() {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < plans_.size(); ++i) all.push_back(i);
  const auto one = [&](std::size_t i) {
    return check_budget(in_.workspace, manifest_, manifest_.made[i].artifact);
  };
  LAMELLA_TRY(for_each(all, "", one));
  return fates_->any() ? Result<>() : check_budgets(in_.workspace, manifest_);
}

/// What can be told without running anything.  Where checks are skipped it is told and refuses nothing.
Result<> Round::examine_all() {
  const Job timer(in_.tools.events, "examine", "what meets at /opt");
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    manifest_.made[i].findings.clear();
    if (!fates_->lost(i)) which.push_back(i);
  }
  LAMELLA_TRY_ASSIGN(auto found, examine(in_.tools, in_.workspace, manifest_, plans_, which, in_.stop));
  for (auto& [i, findings] : found) manifest_.made[i].findings = std::move(findings);
  if (in_.request.skip_checks) return {};
  for (const std::size_t i : which) {
    std::set<std::string> libraries;
    for (const model::Finding& finding : manifest_.made[i].findings) {
      if (is_missing_library(finding) && libraries.insert(finding.subject).second)
        missing_.emplace_back(i, finding);
    }
  }
  return for_each(which, "", [&](std::size_t i) -> Result<> {
    const std::string subject = fmt::format("{} {}", to_string(plans_[i].kind), plans_[i].name);
    if (auto error = model::error_of(manifest_.made[i].findings, subject)) return *std::move(error);
    return {};
  });
}

}  // namespace lamella::build
