// SPDX-License-Identifier: Apache-2.0
//
// What lies in source folders and is never an input: bytecode caches, version control, editors' left-overs.
#pragma once

#include <string>
#include <string_view>

#include "base/file_tree.h"

namespace lamella::change {

/// The last name of a path.
std::string file_name(std::string_view path);

/// For a file or folder; with a folder, everything below is left over too.
bool is_leftover(std::string_view path, base::FileKind kind);

/// True for what builds leave in a project: "build", "dist" at its top, and "*.egg-info".
bool is_build_leftover(std::string_view path);

}  // namespace lamella::change
