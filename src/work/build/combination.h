// SPDX-License-Identifier: Apache-2.0
//
// Isolated layers are resolved alone, so they may hold other versions than what they meet.  A function that
// would load two versions of one distribution is refused before anything is made; all such functions are told.
//
// Threads: pure.  Tests: build/combination_test.cc.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "model/workspace.h"

namespace lamella::build {

/// By its place in `plans`, each function that would: refused (15), naming the function, the first such distribution,
/// both versions and both origins.  `plans` holds those of every layer that a planned function lists.
std::map<std::size_t, Error> wrong_combinations(const model::Workspace& workspace,
                                                const std::vector<ArtifactPlan>& plans);

}  // namespace lamella::build
