// SPDX-License-Identifier: Apache-2.0
//
// Which names of files a zip can have so that whatever unpacks it gives them the same ones.
//
// Threads: pure.
#pragma once

#include <optional>
#include <string_view>

namespace lamella::model {

/// What is wrong with a path in a zip, after "its" or "a file's": "name is not UTF-8", "name has a control
/// character or a backslash"; nullopt of a fit one.
std::optional<std::string_view> unfit_name(std::string_view path);

}  // namespace lamella::model
