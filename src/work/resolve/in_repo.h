// SPDX-License-Identifier: Apache-2.0
//
// What files of requirements say beyond names and versions, held against the workspace: folders that packages come
// from, indexes, and interpreters.  To read over one of them would ship another package, none, or one that does
// not run.
//
// Threads: pure but for reading `tree`.  Errors: usage, at the place that says it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "config/requirements_file.h"
#include "model/workspace.h"

namespace lamella::resolve {

/// Of what a layer or a function requires: a package of a folder must stand under its `packages`, or under those of
/// what a function has beside it; what names an index must come from the declared one of that name; and every
/// Requires-Python must allow the target.
Result<> check_sources(const base::FileTree& tree, const model::Workspace& workspace,
                       const model::Target& target, const model::Layer& layer,
                       const config::RequirementsFile& read);
Result<> check_sources(const base::FileTree& tree, const model::Workspace& workspace,
                       const model::Target& target, const model::Function& function,
                       const config::RequirementsFile& read);

/// True if some patch release of the target's Python is in `specifier`.
bool allows_python(std::string_view specifier, const model::Target& target);

}  // namespace lamella::resolve
