// SPDX-License-Identifier: Apache-2.0
//
// requirements.txt as pip reads it: comments, continued lines, `-r` and `-c`, `--hash`, `--require-hashes`.  Options that
// would let a package come from anywhere but the declared index are refused (`--index-url`,
// `--extra-index-url`, `--find-links`, `--trusted-host`, `-e`, paths, version control, `file:`); as a
// mismatch where the files pin hashes.  Other kinds of files: config/project_files.h.
//
// Errors: usage, with file, line and caret; also for a nested file that is missing, leaves the
// workspace or includes itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "config/requirement.h"
#include "model/packaging.h"

namespace lamella::config {

struct RequirementLine {
  Requirement requirement;
  model::PlacedText text;           ///< the requirement alone, without hashes and comment
  std::vector<std::string> hashes;  ///< "sha256:<hex>"
  bool no_deps = false;             ///< it comes without what it needs
  std::string index{};  ///< the index that the file wants it from, by the file's name for it, or ""
};

/// What a file takes from a folder of the workspace.  It comes with `packages`, never from an index.
struct InRepoPackage {
  std::string name;    ///< normalised
  std::string folder;  ///< from the workspace's folder; "" where the file does not say it
  std::string marker;  ///< where it is wanted; "" is everywhere
  base::Position position;
};

struct RequirementsFile {
  std::vector<RequirementLine> requirements;
  std::vector<RequirementLine> constraints;          ///< from -c
  std::vector<std::string> files;                    ///< every file read, the first included, in order
  std::vector<InRepoPackage> in_repo{};              ///< whoever ships the requirements judges them
  std::vector<model::PlacedText> requires_python{};  ///< what its sources say; all must hold
};

/// Reads `path` and what it includes from `tree`.
Result<RequirementsFile> read_requirements(const base::FileTree& tree, std::string_view path);

/// The requirements of a layer or function, from any of its spellings.
Result<RequirementsFile> read_requirements(const base::FileTree& tree,
                                           const model::Requirements& requirements);

}  // namespace lamella::config
