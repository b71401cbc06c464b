// SPDX-License-Identifier: Apache-2.0
//
// What an artifact is by its plan and its segments, before there is a zip.
//
// Threads: pure.  Errors: none.
#pragma once

#include <vector>

#include "build/manifest.h"
#include "build/plan.h"
#include "build/rules_lock.h"
#include "build/segments.h"

namespace lamella::build {

/// All but what the zip tells.  REQUIRES: `segments` has every key of the plan.
Made made_of(const ArtifactPlan& plan, const Segments& segments);

/// What rules limit the bytecode of this artifact to.
std::vector<Bought> bought_of(const ArtifactPlan& plan, const RulesLock& rules);

}  // namespace lamella::build
