// SPDX-License-Identifier: Apache-2.0
//
// The wheel of something that is built here: found as it was built before, or built now from what is fetched first.
//
// Threads: any.  Errors: those of store::Fetcher and package::build_wheel(); rejected (what came out does not run on
// the target), tool-missing (it is no pure wheel, and an interpreter stood in for the target's own).
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/tools.h"
#include "change/stat_index.h"
#include "package/build_interpreter.h"
#include "package/recipe.h"
#include "package/source_build.h"

namespace lamella::build {

Result<package::BuiltWheel> bring_built(const Tools& tools, const package::SourceBuild& source,
                                        std::stop_token stop);

/// Gives the recipe of something that is built here what is known of it, if it was built before; `index` watches
/// what that depends on.
Result<> note_built(const Tools& tools, change::StatIndex& index, package::Recipe& recipe);

/// What source_of() leaves open: who runs the build, and what it needs, by the lock of its group.
/// Errors: usage (there is no such lock), tool-missing (what it needs does not run on a stand-in).
Result<> complete_source(const std::vector<GroupLock>& locks, const resolve::LockedPackage& package,
                         const package::BuildInterpreter& interpreter, package::SourceBuild& source);
/// The second of these, for any build.
Result<> add_build_requirements(const std::vector<GroupLock>& locks, const resolve::LockGroup& group,
                                package::SourceBuild& source);

store::Download download_of(const package::Wheel& wheel);

}  // namespace lamella::build
