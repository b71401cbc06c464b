// SPDX-License-Identifier: Apache-2.0
//
// What changed for the tests of an artifact: the files they see and the packages their lock brings.  Either
// calls for them again, though the artifact is as it was.
//
// Threads: pure but for reading the snapshots; from several threads at once.
#pragma once

#include <vector>

#include "base/result.h"
#include "build/content_changes.h"
#include "build/impact.h"
#include "build/side.h"

namespace lamella::build {

/// Empty where no tests are declared.  REQUIRES: pair.was_there().
Result<std::vector<Cause>> test_changes(const Side& before, const Side& after, const Pair& pair);

}  // namespace lamella::build
