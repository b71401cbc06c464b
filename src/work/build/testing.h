// SPDX-License-Identifier: Apache-2.0
//
// The declared tests of what was built: each command in the sandbox its artifact is proved in, with what the
// tests' lock brings merged below the layers, less what the artifact or its layers ship themselves.
//
// What the tests see of the workspace is change::test_inputs(), and nothing else; so that a passed result
// for the same artifacts, tools and files is the answer, and is not run again.
//
// Threads: one; it spreads the runs over the tools' pool.
// Errors: usage (never built, no test files, no lock), and those of making the tools and of Prover.  Tests
// that fail are Tested.
#pragma once

#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/reason.h"
#include "base/result.h"
#include "build/tools.h"
#include "model/artifact.h"
#include "proof/proof.h"

namespace lamella::build {

enum class TestOutcome {
  kPassed,
  kFailed,
  kReused,   ///< passed before
  kSkipped,  ///< cannot run on this machine
};
std::string_view to_string(TestOutcome outcome);

/// The tests of one artifact.
struct Tested {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  Digest sha256;  ///< the artifact's
  std::vector<std::string> command;
  TestOutcome outcome = TestOutcome::kPassed;
  Reason reason;  ///< of what was not run
  proof::TestRun run;
};

/// `names` are layers and functions; those that declare no tests are passed over.  `test_locks` are those of
/// resolve::test_groups().  In build order.
Result<std::vector<Tested>> test_built(const Tools& tools, const model::Workspace& workspace,
                                       const std::vector<GroupLock>& locks,
                                       const std::vector<GroupLock>& test_locks,
                                       const std::set<std::string>& names, proof::Force force,
                                       std::stop_token stop);

}  // namespace lamella::build
