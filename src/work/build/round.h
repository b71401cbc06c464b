// SPDX-License-Identifier: Apache-2.0
//
// One round of a build: plan, choose what is to be made, make it, prove it.  build() goes round again when
// the proofs show that bytecode belongs elsewhere; a later round starts from what the earlier one made, so
// that an artifact keeps the action and the reasons it got first.
//
// Threads: one; it spreads its own work over the tools' pool.
// Errors: those of its phases; the ones of making, assembling and proving say of which artifact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
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

class Round {
 public:
  /// `before` is what there is: the last build's manifest for a first round, else what the round before made.
  enum class Number { kFirst, kLater };
  Round(const RoundInputs& inputs, const RulesLock& rules, Manifest before, Number number)
      : in_(inputs), rules_(rules), before_(std::move(before)), number_(number) {}

  Result<> run();

  /// One per plan, in the plans' order.
  const Manifest& manifest() const { return manifest_; }
  const std::map<std::string, proof::Proof>& proofs() const { return proofs_; }

  /// True if the traces this round saw would place bytecode elsewhere than the round did.
  bool needs_other_traces() const;

 private:
  Result<> choose();
  Result<> assemble();
  Result<> assemble_one(std::size_t i);
  Result<package::Assembled> zip_of(const ArtifactPlan& plan, const std::vector<Digest>& blobs,
                                    model::Artifact& artifact);
  Result<> prove(model::ArtifactKind kind);
  Result<> prove_one(std::size_t i);

  Again again() const { return number_ == Number::kFirst ? in_.request.again : Again::kNothing; }
  bool lacks_traces() const;
  bool imports_untraced(const proof::Proof& proof) const;
  std::uint64_t weight(std::size_t i) const;

  const RoundInputs& in_;
  const RulesLock& rules_;
  Manifest before_;
  Number number_;
  std::vector<ArtifactPlan> plans_;
  Manifest manifest_;                 ///< parallel to plans_
  std::vector<std::size_t> to_make_;  ///< of plans_
  Segments segments_;
  std::mutex mutex_;  ///< guards manifest_, proofs_ and the index while proofs run
  std::map<std::string, proof::Proof> proofs_;
};

/// True if the manifest's zip is there and as long as it was; its content is verified where it is used.
bool zip_is_present(const std::filesystem::path& workspace, const model::Artifact& artifact);

bool is_up_to_date(const std::vector<Reason>& reasons);

}  // namespace lamella::build
