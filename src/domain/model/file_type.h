// SPDX-License-Identifier: Apache-2.0
//
// What a file of a layer or function is for, by its path: the rows of `lamella size`.
#pragma once

#include <array>
#include <string_view>

namespace lamella::model {

/// In the order in which they are shown.
inline constexpr std::array<std::string_view, 5> kFileTypes = {"library", "bytecode", "python", "metadata",
                                                               "data"};

/// One of kFileTypes: "library" for shared objects, "metadata" for what lies in a .dist-info folder, "data" for
/// all that is nothing else.
std::string_view file_type(std::string_view path);

}  // namespace lamella::model
