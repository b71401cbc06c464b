// SPDX-License-Identifier: Apache-2.0
//
// Fills an empty directory with the tree that runtime_root.h describes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/runtime_root.h"

namespace lamella::sandbox {

/// Below the root: the sonames that Lambda has and this machine has not, one a line.
inline constexpr const char* kMissingFile = "var/lang/missing-sonames";

struct RootRecipe {
  std::string runtime;
  Interpreter interpreter;
  std::filesystem::path client;  ///< "" for none
  std::string_view bootstrap;
  std::vector<std::string> sonames;
  std::vector<std::string> programs;
  std::string release;
  std::string release_version;
};

Result<void> build_root(const std::filesystem::path& root, const RootRecipe& recipe);

}  // namespace lamella::sandbox
