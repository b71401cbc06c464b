// SPDX-License-Identifier: Apache-2.0
//
// Environment markers (PEP 508), evaluated for a target: `python_version < "3.9" and extra == "s3"`.
//
// Bounded: 64 KiB of text, 200 levels of brackets, time linear in the text.
// Threads: pure functions.  Errors: usage, for what is no marker.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/target.h"

namespace lamella::resolve {

/// Variables and their values, "python_version" to "3.11"; without "extra".
using MarkerEnvironment = std::map<std::string, std::string, std::less<>>;

/// REQUIRES: a Python target.  The patch level is 0, as for everyone who resolves by minor version.
MarkerEnvironment marker_environment(const model::Target& target);

/// True for "".  `extra` is the extra being asked for, or "".
Result<bool> marker_holds(std::string_view marker, const MarkerEnvironment& environment,
                          std::string_view extra);

}  // namespace lamella::resolve
