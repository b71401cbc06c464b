// SPDX-License-Identifier: Apache-2.0
//
// Whose interpreter runs a build backend: the target's own, or where that is missing the nearest other one that is
// here.  That one stands in for wheels without compiled code, which are the same whoever builds them, unless a
// backend asks for its version.
//
// Threads: any.  Errors: tool-missing (there is none), about the target's own.
#pragma once

#include <filesystem>
#include <optional>

#include "base/result.h"
#include "model/target.h"
#include "package/bytecode.h"
#include "package/recipe.h"

namespace lamella::package {

struct BuildInterpreter {
  Interpreter python;
  std::optional<model::Runtime> stand_in{};  ///< whose it is, where it is another's

  void take_on(SourceBuild& source) const;
};

/// What is known of interpreters is remembered below `cache`.
Result<BuildInterpreter> find_build_interpreter(const model::Runtime& runtime,
                                                const std::filesystem::path& cache);

}  // namespace lamella::package
