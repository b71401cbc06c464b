// SPDX-License-Identifier: Apache-2.0
//
// Which prune rules broke a proof, found by trying: with everything that rules left out put back, then with
// the files that run opened, then with less and less of them.
//
// Invariants (tests/cli/rule-breaks-*; tests/e2e/slimming_test.py)
//   C1 nothing is blamed unless the proof passes with what is put back and fails without it.
//   C2 what the proof passes without stays out, to the file, unless Culprit::smallest is false.
//   C3 what only the workspace can know is not put back: AWS services it did not list.
//   C4 a library that the loader would miss needs no trying: the rule that left out a file of that name is
//      to blame (tests/cli/rule-breaks-library).
//
// Threads: one; attempts run several at once on the tools' pool.
// Errors: those of Fetcher, extract_left_out() and Prover::attempt(); refused, when an attempt runs out of time
// or memory twice: that proves nothing about a rule.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "model/finding.h"
#include "proof/proof.h"

namespace lamella::build {

struct CulpritInputs {
  const Tools& tools;
  const std::vector<ArtifactPlan>& plans;  ///< of the round in which the proof failed
  proof::Prover& prover;
  std::stop_token stop;
};

/// What one rule must give back, with what that is beside all it left out.
struct Culprit {
  BackedOut rule;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t files_out = 0;  ///< that stay out
  std::uint64_t bytes_out = 0;
  bool smallest = true;  ///< false: the attempts were used up, fewer files may do
};

/// Empty when no rule is to blame: the proof fails with everything put back as well.
Result<std::vector<Culprit>> find_culprits(const CulpritInputs& inputs, const proof::Subject& subject,
                                           const proof::Proof& failed);

/// Which rules left out the library that `finding` misses; `parts` are the plans of all that is there beside
/// it.  Nothing is run.  Empty for other findings, and where no rule left out a file of that name.
Result<std::vector<Culprit>> rules_behind(const Tools& tools, const std::vector<const ArtifactPlan*>& parts,
                                          const model::Finding& finding, std::stop_token stop);

}  // namespace lamella::build
