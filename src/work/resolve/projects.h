// SPDX-License-Identifier: Apache-2.0
//
// In-repo projects: folders under `packages` that a build backend turns into a wheel first.  What the build
// itself needs is locked like anything else, in a lock of its own per project and target
// ("locks/pylock.build-libs-shop-py311-x86_64.toml"), so that the build runs without a network.  What the
// project needs when it runs joins the requirements of the layer or function that lists it.
//
// Threads: pure but for reading `tree`.  Errors: as config::read_build_system().
#pragma once

#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "config/build_system.h"
#include "model/workspace.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {

struct Project {
  model::PlacedText place;  ///< its folder
  config::BuildSystem system;
};

/// Those among `packaging`'s packages, in its order.
Result<std::vector<Project>> projects_of(const base::FileTree& tree, const model::Packaging& packaging);

/// The group of one project's build; it has neither layers nor functions.
LockGroup build_group(const Project& project, const model::Target& target);
LockInputs build_inputs(const model::Workspace& workspace, const Project& project,
                        const model::Target& target);
/// Of every project and each target it is built for, each once.
Result<std::vector<LockInputs>> all_build_inputs(const base::FileTree& tree,
                                                 const model::Workspace& workspace);

}  // namespace lamella::resolve
