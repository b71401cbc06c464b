// SPDX-License-Identifier: Apache-2.0
//
// One round of a build: plan, choose what is to be made, make it, prove it.  build() goes round again when
// the proofs show that bytecode belongs elsewhere or that a prune rule broke something; a later round starts
// from what the earlier one made, so that an artifact keeps the action and the reasons it got first.
//
// A phase that fails for some artifact ends there, or goes on without it and what needs it (OnFailure).
//
// Threads: one; it spreads its own work over the tools' pool.
// Errors: those of planning, and trouble that every artifact would meet; what lies in an artifact is
// unmade().
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/fates.h"
#include "build/manifest.h"
#include "build/plan.h"
#include "build/rules_lock.h"
#include "build/segments.h"
#include "build/tools.h"
#include "change/stat_index.h"
#include "package/assemble.h"
#include "proof/proof.h"

namespace lamella::build {

/// What every round of one build works on.  All references outlive it.
struct RoundInputs {
  const Tools& tools;
  const model::Workspace& workspace;
  const std::vector<GroupLock>& locks;
  const Request& request;
  change::StatIndex& index;
  proof::Prover& prover;
  std::stop_token stop;
};

/// A proof that did not pass.
struct Failure {
  std::size_t plan = 0;
  proof::Subject subject;
  proof::Proof proof;
};

class Round {
 public:
  /// `before` is what there is: the last build's manifest for a first round, else what the round before made.
  enum class Number { kFirst, kLater };
  Round(const RoundInputs& inputs, const RulesLock& rules, Manifest before, Number number,
        const std::set<std::string>& measured)
      : in_(inputs), rules_(rules), before_(std::move(before)), number_(number), measured_(measured) {}

  Result<> run();

  /// One per plan, in the plans' order.  REQUIRES: unmade() is empty.
  const Manifest& manifest() const { return manifest_; }
  /// What failed or was skipped, in the plans' order, and what came to its end all the same.
  std::vector<Unmade> unmade() const { return fates_->unmade(); }
  Manifest finished() const;
  /// By ArtifactPlan::stem().
  const std::map<std::string, proof::Proof>& proofs() const { return proofs_; }
  const std::vector<ArtifactPlan>& plans() const { return plans_; }

  /// Layers that only their bytecode brings over their budget; run() then proved nothing.  Never one of
  /// `measured`.
  const std::vector<const Made*>& crowded() const { return crowded_; }

  /// Artifacts whose proof passed and found libraries that do not load; in the plans' order.
  const std::vector<Failure>& unloadable() const { return unloadable_; }

  /// Libraries that are not where the loader looks, each once for the plan with this number; run() then proved
  /// nothing of it.
  const std::vector<std::pair<std::size_t, model::Finding>>& missing() const { return missing_; }

  /// In the plans' order; none of an artifact that needs a failed one.
  const std::vector<Failure>& failures() const { return failures_; }

  /// True if the traces this round saw would place bytecode elsewhere than the round did.
  bool needs_other_traces() const;

 private:
  void refuse_by_plan();
  Result<> choose();
  Result<> make_segments();
  Result<> assemble_or_heal();
  Result<> note_built_wheels();
  Result<> assemble();
  void tell_same_content();
  Result<> check_sizes();
  Result<> examine_all();
  Result<> assemble_one(std::size_t i);
  std::optional<package::Assembled> zip_of_twin(std::size_t i, model::Artifact& artifact);
  Result<package::Assembled> archive_of(const ArtifactPlan& plan, model::Artifact& artifact);
  Result<package::Assembled> zip_of(const ArtifactPlan& plan, const std::vector<Digest>& blobs,
                                    model::Artifact& artifact);

  /// An artifact whose proof ran, or what of it was not to be shown.
  struct Tried {
    proof::Subject subject;
    std::optional<proof::Proof> proof;
    std::vector<std::string> unproved;
    std::optional<Error> error;
  };
  Result<> prove();
  Tried try_proof(std::size_t i, std::stop_token stop);
  Result<> run_proof(std::size_t i, std::stop_token stop, Tried& one);
  void judge(std::size_t i, Tried one);
  void note_proof(std::size_t i, proof::Subject subject, proof::Proof proof);
  void note_unproved(std::size_t i, std::vector<std::string> why);

  /// work(i) for those of `which` that are not lost, in parallel, begun in this order.  Errors say "while
  /// ACTIVITY layer NAME" unless `activity` is empty.
  Result<> for_each(const std::vector<std::size_t>& which, std::string_view activity,
                    const std::function<Result<>(std::size_t)>& work);
  Error attributed(Error error, std::string_view activity, std::size_t i) const;
  Result<> ended(Result<> phase) const;
  bool stopped() const { return fates_->any() && in_.request.on_failure == OnFailure::kStop; }

  Again again() const { return number_ == Number::kFirst ? in_.request.again : Again::kNothing; }
  bool lacks_traces() const;
  void find_crowded();
  bool imports_untraced(const proof::Proof& proof) const;
  std::uint64_t weight(std::size_t i) const;

  const RoundInputs& in_;
  const RulesLock& rules_;
  Manifest before_;
  Number number_;
  const std::set<std::string>& measured_;  ///< layers whose bytecode was chosen in this build, or is being
  std::vector<ArtifactPlan> plans_;
  Manifest manifest_;                           ///< parallel to plans_
  std::optional<Fates> fates_;                  ///< of plans_
  std::set<std::size_t> finished_;              ///< of plans_; guarded by mutex_
  std::vector<std::size_t> to_make_;            ///< of plans_
  std::map<std::size_t, std::size_t> twin_of_;  ///< to one of the same segments that is made before it
  Segments segments_;
  std::mutex mutex_;  ///< guards manifest_, proofs_, failures_, unloadable_ and the index while proofs run
  std::map<std::string, proof::Proof> proofs_;
  std::vector<Failure> failures_;
  std::vector<Failure> unloadable_;
  std::vector<std::pair<std::size_t, model::Finding>> missing_;
  std::vector<const Made*> crowded_;  ///< of manifest_
};

}  // namespace lamella::build
