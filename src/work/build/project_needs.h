// SPDX-License-Identifier: Apache-2.0
//
// What in-repo projects need when they run, as the wheels say that they were built to.  A lock knows only what
// pyproject.toml states; what a build adds (dynamic dependencies, setup.cfg, setup.py) is held here against what is
// locked beside it, and what that does not answer is for the proof of /opt to find or to tell.
//
// Threads: any.  Errors: those of resolve::metadata_in(); usage (a requirement or marker is malformed).
#pragma once

#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "build/tools.h"
#include "model/opt_facts.h"
#include "model/workspace.h"

namespace lamella::build {

bool has_projects(const ArtifactPlan& plan);

/// What the projects of `plan` need and none of the wheels of `stack`, which has `plan` too, gives them.  Nothing for a
/// layer with `no_deps`, nor of a project whose wheel is no longer in the store.
Result<std::vector<model::OptNeed>> unmet_needs(const Tools& tools, const model::Workspace& workspace,
                                                const ArtifactPlan& plan,
                                                const std::vector<const ArtifactPlan*>& stack);

}  // namespace lamella::build
