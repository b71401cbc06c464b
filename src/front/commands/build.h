// SPDX-License-Identifier: Apache-2.0
//
// `lamella build`: locks, then the build, as one record.  When nothing changed since the last build that
// asked the same, neither the workspace file nor a lock is opened.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/builder.h"
#include "commands/lock.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct BuildOptions {
  std::vector<std::string> names;  ///< layers and functions; empty means all
  bool layers_only = false;
  bool skip_checks = false;
  bool frozen = false;
  bool locked = false;
  bool clean = false;
  build::Again again = build::Again::kNothing;
  build::OnFailure on_failure = build::OnFailure::kStop;
};

/// DESIGN section 10's record; each artifact also has "before" (sizes, or null), "budget" and "dropped"
/// (slimming.h); "backed_out" has the rules that broke a proof in this build. What
/// could not be made is in "failures":
/// {"kind","name","target","outcome":"failed"|"skipped","because","error"}.
Result<Outcome> build(const Setting& setting, const BuildOptions& options);

/// The build itself, for verbs that go on with what it made: an artifact that could not be made is an error.
struct Built {
  build::Report report;
};
Result<Built> build_workspace(Session& session, const BuildOptions& options, LockPolicy policy);

/// The record of a report; `before` is what was there.
document::Value record_of(const build::Report& report, const build::Manifest& before);

}  // namespace lamella::commands
