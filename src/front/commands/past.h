// SPDX-License-Identifier: Apache-2.0
//
// What a git revision builds to: its files are written out into a temporary folder and built there from the
// same stores, with today's Lamella and interpreter.  What has the same key as in the last build is not built.
//
// Nothing of the revision is run: no check, no import, no build backend, no command.  A wheel or a command's output
// that no build made before, a lock that is not up to date, or traces that were never committed are therefore errors.
//
// Errors: those of change::GitRepository and of building; usage where building would run the revision's code.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "change/git_repository.h"
#include "commands/session.h"
#include "model/size_difference.h"

namespace lamella::commands {

struct Past {
  change::Revision revision;
  std::vector<model::Weighed> artifacts;        ///< none where the revision has no workspace
  std::map<std::string, std::uint64_t> merged;  ///< functions with the layers they had: unzipped bytes
};

/// Functions with their layers, as the service counts them; without those of which a layer is not on `side`.
std::map<std::string, std::uint64_t> merged_of(const model::Workspace& workspace,
                                               const std::vector<model::Weighed>& side);

/// `now` is the last build of `session`.
Result<Past> weigh_past(Session& session, const std::string& revision, const build::Manifest& now);

}  // namespace lamella::commands
