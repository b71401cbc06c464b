// SPDX-License-Identifier: Apache-2.0
//
// Whether a wheel's libraries are where its file name lets them be.  Internal to the room.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "package/recipe.h"

namespace lamella::package {

/// "py3-none-any"
bool is_for_any_platform(const Wheel& wheel);

/// Why the file cannot be what its name promises, or "".  Extension modules ("x.cpython-311-...so",
/// "x.abi3.so") and the libraries that a repaired wheel carries ("numpy.libs/x.so") must be well-formed ELF, and
/// the former have no place in a wheel for any platform.
std::string misplaced_library(std::string_view path, std::span<const std::byte> content, const Wheel& wheel);

}  // namespace lamella::package
