// SPDX-License-Identifier: Apache-2.0
//
// Which settings of two workspaces differ, as reasons of kind "setting-changed" whose subject is the
// setting's name. Values of variables are never in a reason.
//
// Threads: pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/reason.h"
#include "model/workspace.h"
#include "package/recipe.h"

namespace lamella::build {

/// Name to canonical text.
using Settings = std::map<std::string, std::string>;

/// What a layer or function is proved with, beside what it is made of: imports, checks, budget, ...
Settings proof_settings(const model::Layer& layer);
Settings proof_settings(const model::Function& function);
/// What all layers and functions together are held against.
Settings project_settings(const model::Workspace& workspace);
/// What a deployed function is given.
Settings deploy_settings(const model::Function& function);
/// Where an environment is.
Settings place_settings(const model::EnvironmentSettings& environment);

/// One reason per setting that differs.  `suffix` is put behind each sentence.
std::vector<Reason> setting_changes(const Settings& before, const Settings& after,
                                    const std::string& suffix = {});

/// Why two recipes of one wheel are not the same.
std::vector<Reason> recipe_changes(const package::Recipe& before, const package::Recipe& after);
Settings bytecode_settings(const model::Bytecode& bytecode);

/// Files in the workspace that checks read, each once, sorted.
std::vector<std::string> check_paths(const std::vector<model::Check>& checks);

}  // namespace lamella::build
