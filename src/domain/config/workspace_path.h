// SPDX-License-Identifier: Apache-2.0
//
// Paths as the workspace file writes them: relative to its folder, never out of it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::config {

/// "./a//b/../c/" becomes "a/c".  Errors: usage when it is empty, absolute, leaves the folder or is it,
/// or has a backslash or control character.
Result<std::string> normalised_path(std::string_view path);

/// The same for a path inside an artifact.
Result<std::string> normalised_inside(std::string_view path);

/// `path` as seen from the file `from`: "b.txt" beside "reqs/a.txt" is "reqs/b.txt".  Same errors.
Result<std::string> path_beside(std::string_view from, std::string_view path);

}  // namespace lamella::config
