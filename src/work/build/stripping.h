// SPDX-License-Identifier: Apache-2.0
//
// Libraries that stripping broke: those that the loader refuses in a proof and takes as the wheel brings them.
//
// What does not load either way (it wants a library that is not there) says nothing about stripping.
//
// Threads: one.  Errors: those of Fetcher, extract_files() and Prover::attempt().
#pragma once

#include <stop_token>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "proof/proof.h"

namespace lamella::build {

/// `proof` is that of `plan`'s artifact, as `subject` has it.
Result<std::vector<Unstripped>> broken_by_stripping(const Tools& tools, const ArtifactPlan& plan,
                                                    proof::Prover& prover, const proof::Subject& subject,
                                                    const proof::Proof& proof, std::stop_token stop);

}  // namespace lamella::build
