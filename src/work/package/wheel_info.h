// SPDX-License-Identifier: Apache-2.0
//
// The texts in a wheel's dist-info folder, as far as a layer depends on them.  Internal to the room.
//
// Errors: rejected, with the wheel's file name and the reason.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "package/recipe.h"

namespace lamella::package {

/// The error of a wheel that says two things.
Error contradiction(const Wheel& wheel, std::string what);

/// "Foo_Bar" and "foo.bar" are one distribution (PEP 503).
bool same_distribution(std::string_view a, std::string_view b);

/// As file name, folder and lock may each write a version: "1.0-2" is "1.0_2", "2018.01" is "2018.1", "1.0.0"
/// is "1".
bool same_version(std::string_view a, std::string_view b);

/// METADATA has one Name and one Version, and they are the wheel's.  Versions with letters have more
/// spellings than are compared here.
Result<> check_metadata(std::string_view text, const Wheel& wheel);

/// WHEEL has one Wheel-Version, and its major number is 1: what a later one means, nobody knows.
Result<> check_wheel_version(std::string_view text, const Wheel& wheel);

/// No script of entry_points.txt has a name that would be made outside bin/.
Result<> check_entry_points(std::string_view text, const Wheel& wheel);

}  // namespace lamella::package
