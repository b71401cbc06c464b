// SPDX-License-Identifier: Apache-2.0
//
// The static proof of what is built: each function with its layers, and each layer that no function at hand has,
// with those it depends on.  Nothing of the artifacts is run (proof/opt_proof.h).  Beside it, of each artifact
// the budgets and limits that it comes near to.
//
// Errors: those of reading; a finding is no error here.
#pragma once

#include <cstddef>
#include <map>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "build/plan.h"
#include "build/tools.h"
#include "model/finding.h"

namespace lamella::build {

/// The plans of all that is looked at with `of`, one of `plans`: its layers, or those it depends on; itself too.
std::vector<const ArtifactPlan*> parts_of(const model::Workspace& workspace,
                                          const std::vector<ArtifactPlan>& plans, const ArtifactPlan& of);

/// Findings by number of the plan, for those of `which` that are to be looked at.  `manifest` has them and the
/// layers they need; one whose layers are not there is left out.  A library that a rule left out is told with
/// the rule's name.
Result<std::map<std::size_t, std::vector<model::Finding>>> examine(
    const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
    const std::vector<ArtifactPlan>& plans, const std::vector<std::size_t>& which, std::stop_token stop);

/// The same of what was built before, of all that `request` wants: findings by kind and name of the artifact, of all
/// its targets.  What was never built has none.
using FindingsByName = std::map<std::pair<model::ArtifactKind, std::string>, std::vector<model::Finding>>;
Result<FindingsByName> examine_built(const Tools& tools, const model::Workspace& workspace,
                                     const std::vector<GroupLock>& locks, const Request& request,
                                     std::stop_token stop);

/// A shared library that something there needs is not where the loader looks.
bool is_missing_library(const model::Finding& finding);

/// Warnings that the last build did not have, each once, with all that it is about.
void tell_findings(EventSink& events, const Manifest& now, const Manifest& last);

/// The same of the project's budget.
void tell_project_budget(EventSink& events, const model::Workspace& workspace, const Manifest& now,
                         const Manifest& last);

}  // namespace lamella::build
