// SPDX-License-Identifier: Apache-2.0
//
// A wheel whose code was compiled here, held against its target: a compiler makes code for the C library of its own
// machine, which may be newer than the target's, and no tag says so.  Internal to the room.
//
// Threads: pure.  Errors: rejected (a library asks for more than the target has, with what was seen and wanted; the
// wheel is malformed).
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "package/recipe.h"

namespace lamella::package {

Result<> check_compiled(std::span<const std::byte> bytes, const Wheel& wheel, const CompiledBy& by,
                        const SourceBuild& source);

}  // namespace lamella::package
