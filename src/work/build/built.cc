// SPDX-License-Identifier: Apache-2.0
// What can be said of an earlier build without building: whether it still proves, whether it is stale.
#include <fmt/format.h>

#include "build/builder.h"
#include "build/combination.h"
#include "build/proving.h"
#include "build/stale.h"
#include "change/stat_index.h"
#include "os/directory_tree.h"

namespace lamella::build {
namespace {

Error not_provable(const ArtifactPlan& plan, const std::vector<std::string>& why) {
  return Error(ErrorCode::kToolMissing,
               fmt::format("{} {} for {} cannot be proved on this machine", to_string(plan.kind), plan.name,
                           model::short_name(plan.target)))
      .because(fmt::format("{}", fmt::join(why, "; ")))
      .remedy(runs_here(plan.target)
                  ? plan.no_interpreter->remedy()
                  : fmt::format("check it on a machine of {}", to_string(plan.target.architecture)));
}

}  // namespace

Result<std::map<std::string, proof::Proof>> prove_built(const Tools& tools, const model::Workspace& workspace,
                                                        const std::vector<GroupLock>& locks,
                                                        const Request& request, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(tools.workspace)));
  auto index = change::StatIndex::load(tools.workspace, index_path(tools.workspace));
  LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(tools, workspace, locks, rules, request, index));
  const Manifest manifest = load_manifest(tools.workspace);
  proof::Prover prover(tools.workspace, tools.cache, tools.actions, tools.pool, tools.events);
  const auto force = request.again == Again::kChecks ? proof::Force::kYes : proof::Force::kNo;
  std::map<std::string, proof::Proof> proofs;
  std::optional<Error> skipped;
  for (const ArtifactPlan& plan : plans) {
    if (!request.wants(plan.name)) continue;
    const Made* made = manifest.find(plan.kind, plan.name, plan.target);
    if (made == nullptr) {
      return Error(ErrorCode::kUsage,
                   fmt::format("{} {} was never built here", to_string(plan.kind), plan.name))
          .remedy("run `lamella build` first");
    }
    if (const auto unproved = unprovable_here(plan); !unproved.empty()) {
      if (!skipped) skipped = not_provable(plan, unproved);
      tools.events.emit({.kind = "proof.impossible",
                         .subject = plan.name,
                         .text = fmt::format("not proved for {}: {}", model::short_name(plan.target),
                                             fmt::join(unproved, "; ")),
                         .severity = base::Severity::kWarning});
      continue;
    }
    LAMELLA_TRY_ASSIGN(const auto subject, subject_of(tools, workspace, manifest, *made, plan, index));
    LAMELLA_TRY_ASSIGN(auto proof, prover.prove(subject, force, stop));
    if (!proof.passed()) return refusal(subject, proof);
    proofs.emplace(plan.name, std::move(proof));
  }
  if (proofs.empty() && skipped) return *std::move(skipped);
  return proofs;
}

Result<std::vector<Staleness>> staleness(const Tools& tools, const model::Workspace& workspace,
                                         const std::vector<GroupLock>& locks) {
  LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(tools.workspace)));
  auto index = change::StatIndex::load(tools.workspace, index_path(tools.workspace));
  LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(tools, workspace, locks, rules, {}, index));
  const Manifest manifest = load_manifest(tools.workspace);
  const ManifestIndex known(manifest);
  const auto wrong = wrong_combinations(workspace, plans);
  std::vector<Staleness> found;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const ArtifactPlan& plan = plans[i];
    const Made* made = known.find(plan.kind, plan.name, plan.target);
    std::vector<Reason> reasons = why_stale(tools.workspace, plan, made, Zips::kVerified);
    const bool stale = !is_up_to_date(reasons);
    found.push_back({plan.kind, plan.name, plan.target, stale, std::move(reasons)});
    if (const auto one = wrong.find(i); one != wrong.end()) found.back().refused = one->second;
  }
  return found;
}

}  // namespace lamella::build
