// SPDX-License-Identifier: Apache-2.0
//
// Which names may stand in an archive, and which of them collide somewhere.  Internal to the room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lamella::archive::zip {

inline constexpr std::size_t kMaxNameBytes = 4096;      ///< PATH_MAX
inline constexpr std::size_t kMaxComponentBytes = 255;  ///< NAME_MAX

/// Why `name` is refused, as a sentence, or nullopt.  One trailing '/' is allowed.
std::optional<std::string_view> unsafe_name(std::string_view name);

bool is_valid_utf8(std::string_view text);

/// Names with the same key are the same file on some file system: letter case folded (Unicode simple
/// folding), canonically equivalent spellings made one.  REQUIRES: valid UTF-8.
std::string collision_key(std::string_view name);

}  // namespace lamella::archive::zip
