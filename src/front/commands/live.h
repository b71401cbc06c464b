// SPDX-License-Identifier: Apache-2.0
//
// What is live in an environment, by its bytes: the version behind each function's alias, and the layer
// versions which that one uses; of a layer that no live function uses, the newest published version.
//
// A zip is taken from the workspace where it has that digest, else downloaded from the service and verified.
// Functions and layers that the workspace no longer names are not looked for.  Nothing is written or run.
//
// Errors: usage (nothing of the workspace is live there), mismatch, and those of the AWS clients.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "commands/session.h"
#include "model/size_difference.h"

namespace lamella::commands {

struct Live {
  std::string environment;
  std::string region;
  std::vector<model::Weighed> artifacts;
  std::map<std::string, std::uint64_t> merged;  ///< functions with the layers they run on: unzipped bytes
};

Result<Live> weigh_live(Session& session, const std::string& environment);

}  // namespace lamella::commands
