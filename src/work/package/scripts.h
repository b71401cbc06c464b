// SPDX-License-Identifier: Apache-2.0
//
// The Python programs that this room carries.  Internal to the room.
#pragma once

#include <string>
#include <string_view>

namespace lamella::package {

/// REQUIRES: there is one of that file name.
std::string script_text(std::string_view name);

}  // namespace lamella::package
