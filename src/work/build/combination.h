// SPDX-License-Identifier: Apache-2.0
//
// Isolated layers are resolved alone, so they may hold other versions than what they meet.  A function that
// would load two versions of one distribution is refused before anything is made.
//
// Threads: pure.  Errors: refused (15), naming the function, the distribution, both versions and both
// origins. Tests: build/combination_test.cc.
#pragma once

#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "model/workspace.h"

namespace lamella::build {

/// `plans` holds those of every layer that a planned function lists.
Result<> check_combinations(const model::Workspace& workspace, const std::vector<ArtifactPlan>& plans);

}  // namespace lamella::build
