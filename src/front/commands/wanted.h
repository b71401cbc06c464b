// SPDX-License-Identifier: Apache-2.0
//
// From the workspace and what was built to what an environment should hold.
//
// Errors: usage (something was never built, a variable has no value, no role, no region), refused (the environment
// requires checks that were skipped), limit (variables, a zip, or a function with its layers larger than the
// service takes).
#pragma once

#include <string>

#include "base/result.h"
#include "build/manifest.h"
#include "commands/session.h"
#include "engine/wanted.h"

namespace lamella::commands {

/// Where to: an environment in one account and region.
struct Destination {
  const model::EnvironmentSettings* environment = nullptr;
  std::string account;
  std::string region;
};

/// What a deployment calls a version of a layer that has several: "core@py311-x86_64", after the first target that the
/// version serves.
std::string layer_version_name(const std::string& layer, const model::Target& first);

Result<engine::Wanted> wanted_of(const Session& session, const build::Manifest& manifest,
                                 const Destination& to);

}  // namespace lamella::commands
