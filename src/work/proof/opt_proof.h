// SPDX-License-Identifier: Apache-2.0
//
// The static proof: what model/opt_findings.h says of built artifacts, before any of them is imported or run.
// It needs neither interpreter nor sandbox, so it also holds for architectures that this machine does not run.
//
// Facts are remembered by the digest of a segment (ActionCache kind "opt-facts"), findings by all that goes
// into them ("opt-findings"): of what was looked at before, nothing is opened.  A segment that is no longer in
// the store is read from the artifact's zip, whose files are then of no distribution.
//
// Threads: prove_opt() one call at a time; it spreads its own work over the pool.
// Errors: corrupt, rejected, io.  What is found is no error here: model::error_of() makes it one.
//
//   LAMELLA_TRY_ASSIGN(const auto found, prove_opt({store, actions, pool}, {subject}, stop));
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "model/artifact.h"
#include "model/finding.h"
#include "model/opt_facts.h"
#include "os/thread_pool.h"
#include "proof/binary_facts.h"
#include "store/action_cache.h"
#include "store/content_store.h"

namespace lamella::proof {

/// Raised when the same artifacts give other findings.
inline constexpr int kOptFindingsEpoch = 1;

struct OptArtifact {
  struct Part {
    Digest blob;  ///< a segment
    std::string distribution;
    std::string version;
  };
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  Digest sha256;
  std::filesystem::path zip;
  std::vector<Part> parts;
  bool as_it_is = false;  ///< its zip was made elsewhere
  std::vector<model::OptNeed> needs{};
};

/// A function with its layers, or a layer with those it depends on.
struct OptSubject {
  model::Target target;
  std::vector<OptArtifact> layers;  ///< merge order
  std::optional<OptArtifact> function;
};

struct OptTools {
  store::ContentStore& store;
  store::ActionCache& actions;
  os::ThreadPool& pool;
};

/// Facts of a segment just made, remembered for prove_opt() from what was noted meanwhile.  Callable from
/// several threads at once.
Result<> remember_opt_facts(store::ContentStore& store, store::ActionCache& actions, const Digest& segment,
                            const BinaryFacts& noted);

/// The findings of each subject, in their order.
Result<std::vector<std::vector<model::Finding>>> prove_opt(const OptTools& tools,
                                                           const std::vector<OptSubject>& subjects,
                                                           std::stop_token stop);

}  // namespace lamella::proof
