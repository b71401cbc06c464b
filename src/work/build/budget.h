// SPDX-License-Identifier: Apache-2.0
//
// Sizes against what was allowed: each artifact's own budget, the project's, and Lambda's limits for a zip sent
// in a request and for a function with its layers.  Pure.  Errors: limit, naming who is largest.  From four
// fifths of any of them on it is told, as a warning; an aim that is missed is told alike.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "model/finding.h"
#include "model/workspace.h"

namespace lamella::build {

/// Of one artifact, a function with its layers.
Result<> check_budget(const model::Workspace& workspace, const Manifest& manifest,
                      const model::Artifact& artifact);
/// Of each, and of all together.
Result<> check_budgets(const model::Workspace& workspace, const Manifest& manifest);

/// What the service takes of all that would be deployed, whatever the budgets say: each zip in a request, each
/// function with its layers.
Result<> check_service_limits(const model::Workspace& workspace, const Manifest& manifest);

/// Budgets and limits of one artifact, a function with its layers, that are used to 80 % or more, and an aim that it
/// misses.
std::vector<model::Finding> near_limits(const model::Workspace& workspace, const Manifest& manifest,
                                        const model::Artifact& artifact);
/// The same of the project's budget.
std::vector<model::Finding> near_project_budget(const model::Workspace& workspace, const Manifest& manifest);

/// "numpy 41.2 MB, pandas 33.0 MB, ...": the largest first, at most `count`.
std::string largest_packages(const model::Artifact& artifact, std::size_t count);

}  // namespace lamella::build
