// SPDX-License-Identifier: Apache-2.0
//
// Sizes against what was allowed: each artifact's own budget, the project's, and Lambda's limit for a
// function with its layers.  Pure.  Errors: limit, naming who is largest.
#pragma once

#include "base/result.h"
#include "build/manifest.h"
#include "model/workspace.h"

namespace lamella::build {

/// Of one artifact, a function with its layers.
Result<> check_budget(const model::Workspace& workspace, const Manifest& manifest,
                      const model::Artifact& artifact);
/// Of each, and of all together.
Result<> check_budgets(const model::Workspace& workspace, const Manifest& manifest);

/// "numpy 41.2 MB, pandas 33.0 MB, ...": the largest first, at most `count`.
std::string largest_packages(const model::Artifact& artifact, std::size_t count);

}  // namespace lamella::build
