// SPDX-License-Identifier: Apache-2.0
//
// `lamella test`: builds what is asked for where it is stale, and runs its declared tests in sandboxes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"
#include "proof/proof.h"

namespace lamella::commands {

/// `names` or `affected`, not both; neither means everything.
struct TestOptions {
  std::vector<std::string> names;  ///< layers and functions
  std::string affected;            ///< a revision: what it would rebuild or recheck
  proof::Force force = proof::Force::kNo;
};

/// {"tests":[{"kind","name","target","sha256","command":[...],"outcome":"passed"|"failed"|"reused"|"skipped",
/// "reasons":[...],"exit_code","duration_ms","output"}],"without":[{"kind","name"}],"elapsed_ms"}; "without"
/// is what was asked for and declares none.  "output" is null but of a failed run.
///
/// Errors: refused (15) when some failed; tool missing when none could run here; those of lock and build.
Result<Outcome> test(const Setting& setting, const TestOptions& options);

}  // namespace lamella::commands
