// SPDX-License-Identifier: Apache-2.0
//
// An errno as an Error people can act on.  Code kIo, fact "errno" (its name, e.g. "ENOSPC"), and a remedy
// for the usual ones: full, read-only, forbidden, too many open files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::os {

/// `what` begins with a verb phrase: "cannot write".
Error system_error(int errno_value, std::string what, const std::filesystem::path& where);

/// "ENOENT", or the number as text.
std::string errno_name(int errno_value);

}  // namespace lamella::os
