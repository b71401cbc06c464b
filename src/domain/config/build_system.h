// SPDX-License-Identifier: Apache-2.0
//
// What a folder's pyproject.toml says of building it to a wheel (PEP 517, 518, 621).  A folder that is itself a
// package (it has an __init__.py) is taken as it is, whatever else lies in it.
//
// Errors: usage, with file, line and caret: a table that is not one, a requirement from an address, a name that
// is neither in [project] nor in setup.cfg; a folder that only setup.py or setup.cfg tells to be a project.
// Tests: config/build_system_test.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "config/requirements_file.h"

namespace lamella::config {

struct BuildSystem {
  std::string name;                             ///< normalised
  std::string version;                          ///< "" where only the build knows it
  std::string backend;                          ///< "hatchling.build", "setuptools.build_meta:__legacy__"
  std::vector<std::string> backend_path;        ///< folders of the project that hold the backend
  std::vector<RequirementLine> requirements;    ///< what the build needs
  std::vector<RequirementLine> dependencies{};  ///< what the project needs when it runs, where it is written
  std::vector<InRepoPackage> in_repo{};         ///< and what of it comes from folders of the workspace
  model::PlacedText requires_python{};          ///< "" where it is not written
};

/// nullopt for a folder without [build-system] that is no project of setuptools either, and where there is none.
Result<std::optional<BuildSystem>> read_build_system(const base::FileTree& tree, const std::string& folder);

/// Of the source distribution `name`, unpacked in `folder`: one without [build-system] is built by setuptools.  What
/// it needs when it runs is for its metadata to say.
Result<BuildSystem> read_source_build_system(const base::FileTree& tree, const std::string& folder,
                                             const std::string& name);

}  // namespace lamella::config
