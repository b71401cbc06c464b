// SPDX-License-Identifier: Apache-2.0
//
// Whose bytes count for whether a command of the workspace is run again: the shell, the usual tools of a
// compiler that are there, the programs that its text names, and those of its `tools`.  Each by its own file's
// digest, found as the sandbox's PATH finds it; what a program reads beside it (headers, libraries, modules of its
// own) is not looked at.
//
// Errors: tool-missing (one of `tools` is not there), io.
#pragma once

#include <vector>

#include "base/result.h"
#include "change/stat_index.h"
#include "model/packaging.h"
#include "package/recipe.h"

namespace lamella::build {

Result<std::vector<package::CommandRun::Tool>> command_tools(const model::Command& command,
                                                             change::StatIndex& index);

}  // namespace lamella::build
