// SPDX-License-Identifier: Apache-2.0
//
// Where the local environment keeps what is its own, below a workspace.
#pragma once

#include <filesystem>

#include "build/tools.h"

namespace lamella::commands {

/// The endpoint's state: lock, serve.json, databases, blobs.
inline std::filesystem::path endpoint_folder(const std::filesystem::path& workspace) {
  return build::state_folder(workspace) / "endpoint";
}
/// The key pair that the endpoint takes.
inline std::filesystem::path local_folder(const std::filesystem::path& workspace) {
  return build::state_folder(workspace) / "local";
}

}  // namespace lamella::commands
