// SPDX-License-Identifier: Apache-2.0
//
// A file that somebody named to get a result in it: it may be a device, a pipe or a socket.
//
// Threads: any.  Errors: io.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace lamella::os {

/// Replaces a regular file, or one that is absent, whole; writes to whatever else is there.
Result<> write_named_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace lamella::os
