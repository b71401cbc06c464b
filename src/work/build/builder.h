// SPDX-License-Identifier: Apache-2.0
//
// The build: what is asked for, made, proved and written down.  Rounds of phases (round.h).
//
// Invariants (builder_test.cc; tests/e2e)
//   I1 nothing rebuilt when nothing changed: an artifact whose key and zip are as before is not touched.
//   I2 the same inputs give the same zips, on any host.
//   I3 what fails leaves the last good manifest in place; a second run continues where the first was stopped.
//      A failed artifact stops only what needs it, if the request keeps going; it is told once (fates.h).
//   I4 where a layer's `bytecode.traced` has no traces yet, or functions import what has no bytecode, the
//   build
//      goes round once more with what the proofs saw, and writes it to locks/rules.toml.
//   I5 a prune rule that breaks a proof is backed out as far as it must be (culprits.h), which is written to
//      locks/rules.toml and said; the next build starts from there.
//   I6 where a layer's bytecode does not fit its budget, it goes where it saves most at start
//      (bytecode_budget.h).
//   I7 what an input was when it was first looked at is what was built: one that changed before the end is
//      conflict, and the last good manifest stays.
//
// Threads: one build per workspace at a time (.lamella/build.lock); a second one waits.
// Errors: every phase's; an artifact's own are refused (15) when a check or an import fails, limit (5) for
// budgets.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "build/culprits.h"
#include "build/fates.h"
#include "build/manifest.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "change/stat_index.h"
#include "proof/proof.h"

namespace lamella::build {

struct Report {
  std::vector<Made> made;  ///< what the request asked for and came to its end, layers first, in build order
  std::vector<Unmade> unmade;  ///< what failed, and what was skipped for it; the last build then stays
  std::map<std::string, proof::Proof>
      proofs;                  ///< by ArtifactPlan::stem(); none when checks were skipped or nothing changed
  bool rules_changed = false;  ///< locks/rules.toml was written
  std::vector<Culprit> backed_out;  ///< rules that broke a proof in this build
  std::chrono::milliseconds elapsed{0};
};

/// What the last build looked at, held against what is there now.
struct Look {
  change::StatIndex index;
  std::chrono::steady_clock::time_point started{};
  bool comparable = false;           ///< there is an index, and of the same request
  std::vector<std::string> changed;  ///< paths; of a comparable one, empty means that nothing is to be done
  Manifest manifest;                 ///< the last build's
  std::chrono::milliseconds elapsed{0};

  /// True if the last build answers `request`: see unchanged_report().
  bool answers(const Request& request) const;
};
/// `meanwhile` is called with the manifest on this thread while files are still being looked at: for what can be made
/// ready in case that nothing changed.
Result<Look> look(const std::filesystem::path& workspace, const Request& request,
                  const std::function<void(const Manifest&)>& meanwhile = {});

/// What `last` has of what `request` asks for, all of it unchanged; `elapsed` is for the caller to set.
Report unchanged_report(const Request& request, const Manifest& last);
/// The last build's report if nothing that it looked at has changed since; opens the index and the manifest
/// only.
Result<std::optional<Report>> unchanged_since(const std::filesystem::path& workspace, const Request& request);

/// Builds.  What lies in an artifact or its content is in the report's `unmade`; other trouble is an error.
/// `locks` are up to date; `consulted` are the files the caller read to get here (lamella.toml,
/// locks, requirements), relative to the workspace, as they were then: they are part of what unchanged_since() compares.  `seen`
/// saves a second look where the caller had one for the same request.
Result<Report> build(const Tools& tools, const model::Workspace& workspace,
                     const std::vector<GroupLock>& locks, const Request& request,
                     const std::vector<change::Sighting>& consulted, std::stop_token stop,
                     std::optional<Look> seen = {});

/// Proves what was built before, without building: for `check`.  Errors: usage for what was never built; tool
/// missing where nothing asked for can run on this machine.
Result<std::map<std::string, proof::Proof>> prove_built(const Tools& tools, const model::Workspace& workspace,
                                                        const std::vector<GroupLock>& locks,
                                                        const Request& request, std::stop_token stop);

/// Per artifact, why a build would make it again ("up-to-date" alone: it would not).
struct Staleness {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  bool stale = false;
  std::vector<Reason> reasons;
  std::optional<Error> refused{};  ///< of a function that combines isolated layers wrongly: no build makes it
};
Result<std::vector<Staleness>> staleness(const Tools& tools, const model::Workspace& workspace,
                                         const std::vector<GroupLock>& locks);

document::Value to_value(const Report& report);

}  // namespace lamella::build
