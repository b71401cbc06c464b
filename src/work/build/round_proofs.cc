// SPDX-License-Identifier: Apache-2.0
//
// The part of a round that proves what it made.  What needs another artifact is proved beside it, since most
// proofs pass; verdicts are taken in the order of the needs, so that what needs a failed artifact is skipped,
// whatever its own proof said or would have said.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/tool_output.h"
#include "build/job.h"
#include "build/proving.h"
#include "build/round.h"

namespace lamella::build {

using model::ArtifactKind;

Result<> Round::prove() {
  const std::vector<std::size_t> order = fates_->order();
  std::vector<std::optional<Tried>> tried(order.size());
  std::vector<std::stop_source> stops(order.size());
  const std::stop_callback stop_all(in_.stop, [&] {
    for (std::stop_source& one : stops) one.request_stop();
  });
  std::size_t judged = 0;  // of order, as tried guarded by mutex_
  const auto judge_in_order = [&] {
    bool failed = false;
    for (; judged < order.size() && (tried[judged] || fates_->lost(order[judged])); ++judged) {
      if (fates_->lost(order[judged])) continue;
      failed = tried[judged]->error || failed;
      judge(order[judged], *std::move(tried[judged]));
    }
    for (std::size_t k = 0; failed && k < order.size(); ++k) {
      if (fates_->lost(order[k])) stops[k].request_stop();
    }
  };
  const auto try_one = [&](std::size_t k) -> Result<> {
    if (fates_->lost(order[k])) return {};
    Tried one = try_proof(order[k], stops[k].get_token());
    if (fates_->lost(order[k])) return {};
    const std::optional<Error> error = one.error;
    if (error && !is_own_fault(error->code())) return *error;
    const std::lock_guard lock(mutex_);
    tried[k] = std::move(one);
    judge_in_order();
    return error && in_.request.on_failure == OnFailure::kStop ? Result<>(*error) : Result<>();
  };
  LAMELLA_TRY(ended(in_.tools.pool.parallel_for(order.size(), try_one, in_.stop)));
  const auto by_plan = [](const Failure& a, const Failure& b) { return a.plan < b.plan; };
  std::sort(failures_.begin(), failures_.end(), by_plan);
  std::sort(unloadable_.begin(), unloadable_.end(), by_plan);
  return {};
}

Round::Tried Round::try_proof(std::size_t i, std::stop_token stop) {
  if (in_.request.skip_checks) return {.unproved = unmade_here(plans_[i])};
  Tried one{.unproved = unprovable_here(plans_[i])};
  if (!one.unproved.empty()) return one;
  auto passed = run_proof(i, std::move(stop), one);
  if (!passed) one.error = attributed(std::move(passed).error(), "proving", i);
  return one;
}

Result<> Round::run_proof(std::size_t i, std::stop_token stop, Tried& one) {
  const Job timer(in_.tools.events, "prove", plans_[i].name);
  std::unique_lock lock(mutex_);
  LAMELLA_TRY_ASSIGN(
      one.subject, subject_of(in_.tools, in_.workspace, manifest_, manifest_.made[i], plans_[i], in_.index));
  lock.unlock();
  const auto force = again() == Again::kChecks ? proof::Force::kYes : proof::Force::kNo;
  LAMELLA_TRY_ASSIGN(one.proof, in_.prover.prove(one.subject, force, std::move(stop)));
  return one.proof->passed() ? Result<>() : refusal(one.subject, *one.proof);
}

/// REQUIRES: mutex_ is held, and all that it needs has passed.
void Round::judge(std::size_t i, Tried one) {
  if (one.proof) {
    base::emit_tool_output(in_.tools.events, plans_[i].name, "its proof", std::move(one.proof->printed));
  }
  if (one.error) {
    if (one.proof) failures_.push_back({i, std::move(one.subject), *std::move(one.proof)});
    fates_->fail(i, *std::move(one.error));
    return;
  }
  finished_.insert(i);
  if (one.proof) {
    note_proof(i, std::move(one.subject), *std::move(one.proof));
  } else {
    note_unproved(i, std::move(one.unproved));
  }
}

void Round::note_proof(std::size_t i, proof::Subject subject, proof::Proof proof) {
  Made& made = manifest_.made[i];
  in_.tools.events.emit(
      {.kind = proof.reused ? "proof.reused" : "proof.passed",
       .subject = made.artifact.name,
       .text = fmt::format("{} imports, {} checks", proof.imports.size(), proof.checks.size())});
  made.artifact.proved = true;
  made.artifact.unproved.clear();
  made.without_bytecode = without_bytecode(proof);
  if (!proof.unloadable.empty()) unloadable_.push_back({i, std::move(subject), proof});
  for (const auto& import : proof.imports) made.import_ms[import.name] = import.duration_ms;
  proofs_.insert_or_assign(plans_[i].stem(), std::move(proof));
}

void Round::note_unproved(std::size_t i, std::vector<std::string> why) {
  if (why.empty()) return;
  const model::Layer* layer =
      plans_[i].kind == ArtifactKind::kLayer ? in_.workspace.find_layer(plans_[i].name) : nullptr;
  const bool several = layer != nullptr && layer->targets.size() > 1;
  model::Artifact& artifact = manifest_.made[i].artifact;
  in_.tools.events.emit(
      {.kind = "proof.impossible",
       .subject = artifact.name,
       .text = fmt::format("not proved{}: {}", several ? " for " + model::short_name(plans_[i].target) : "",
                           fmt::join(why, "; ")),
       .severity = base::Severity::kWarning});
  artifact.unproved = std::move(why);
  if (!in_.request.skip_checks) artifact.proved = false;
}

}  // namespace lamella::build
