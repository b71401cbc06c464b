// SPDX-License-Identifier: Apache-2.0
//
// Whether a folder of the workspace is empty because a submodule is not checked out.  Asked only where nothing was
// found, so that no other build reads .gitmodules.
//
// Threads: any.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lamella::change {

/// The working tree around `folder`, by what lies there; "" outside of any.
std::filesystem::path working_tree_of(std::filesystem::path folder);

/// A submodule that is not checked out, with `path` in it or it in `path`; both relative to the workspace `root`.
/// nullopt, too, where .gitmodules cannot be read.
std::optional<std::string> missing_submodule(const std::filesystem::path& root, const std::string& path);

}  // namespace lamella::change
