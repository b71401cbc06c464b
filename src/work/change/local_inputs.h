// SPDX-License-Identifier: Apache-2.0
//
// The files of the workspace that a layer or function is made of, each with its digest, found through the
// StatIndex.  Bytecode caches, version control and editors' left-overs are no inputs.
//
// Errors: usage (a file or folder the workspace names is absent, or a link leaves the workspace), rejected
// (a FIFO, device or socket), conflict (two inputs with one name), io.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "change/stat_index.h"
#include "model/workspace.h"

namespace lamella::change {

struct InputFile {
  std::string name;  ///< within the zip: "python/mypkg/a.py", "app.py"
  std::string path;  ///< relative to the workspace
  Digest sha256;
  bool executable = false;
  bool module = false;  ///< imported, so that it may get bytecode
  std::string link{};   ///< of a link that stays one, where it points; `sha256` is this text's then

  bool operator==(const InputFile&) const = default;
};

/// Sorted by name, without the folders under `packages` that are projects to be built.  A link in a layer's `path` that leads to something in that folder stays a link; anywhere
/// else it is the file that it leads to.
Result<std::vector<InputFile>> inputs_of(const std::filesystem::path& root, const model::Layer& layer,
                                         const model::Runtime& runtime, StatIndex& index);
Result<std::vector<InputFile>> inputs_of(const std::filesystem::path& root, const model::Function& function,
                                         StatIndex& index);

/// The files of a project that is to be built, by their paths below its folder; what earlier builds left there is
/// none.
Result<std::vector<InputFile>> project_files(const std::filesystem::path& root,
                                             const model::PlacedText& folder, StatIndex& index);

/// What a command sees of the workspace, by paths there.  Errors: usage, too, for a pattern that finds nothing.
Result<std::vector<InputFile>> command_inputs(const std::filesystem::path& root,
                                              const model::Command& command, StatIndex& index);

/// Everything an artifact's checks read from the workspace (event files, scripts): part of proofs, not of
/// bytes.
Result<std::vector<InputFile>> check_inputs(const std::vector<model::Check>& checks, StatIndex& index);

/// Everything the tests of an artifact can see of the workspace: the files and folders that the command and
/// `test_files` name, each under its own path, and the companions of each (model::companions_of).
/// Errors: usage, too, when they name nothing that is there.
Result<std::vector<InputFile>> test_inputs(const std::filesystem::path& root, const model::Tests& tests,
                                           StatIndex& index);

}  // namespace lamella::change
