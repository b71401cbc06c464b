// SPDX-License-Identifier: Apache-2.0
//
// One run of a build backend: the target's interpreter in a sandbox without a network, either with nothing of this
// machine in sight or with its compiler and all that is below /usr.  Internal to the room.
//
// Threads: any; a bench serves one run.  Errors: isolation, tool-missing, io, interrupted.  That the backend failed is
// an answer.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "document/value.h"
#include "package/recipe.h"
#include "package/workbench.h"
#include "sandbox/compiler.h"
#include "sandbox/runtime_root.h"

namespace lamella::package {

/// Folders on the bench: what is built, and where the wheel is to be.
inline constexpr const char* kProjectFolder = "project";
inline constexpr const char* kWheelFolder = "out";

struct BuildPlace {
  std::filesystem::path cache;   ///< where the sandbox's helper lies
  std::filesystem::path layers;  ///< shown at /opt: the backend's wheels
  std::filesystem::path root;    ///< not there yet; for a "/" with a compiler
  const Workbench& bench;        ///< shown at /var/task
};

struct Attempt {
  std::optional<document::Value> answer;  ///< what build_wheel.py says
  std::string why;                        ///< without one: what the backend said last, or what ended it
  bool ended = true;                      ///< false: it was stopped, for its time or its memory
  std::string printed = {};               ///< all that the backend said
};

/// `compiler` may be null.
Result<Attempt> attempt_build(const SourceBuild& source, const BuildPlace& place,
                              const sandbox::RuntimeRoot& runtime, const sandbox::Compiler* compiler,
                              std::stop_token stop);

}  // namespace lamella::package
