// SPDX-License-Identifier: Apache-2.0
//
// Strict UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::base {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  ///< bytes taken; 0: the text does not begin with valid UTF-8
};

/// The first code point of `text`.  REQUIRES: text is not empty.
CodePoint decode_utf8(std::string_view text);

/// Appends one code point.  REQUIRES: value is a Unicode scalar value.
void append_utf8(std::string& text, std::uint32_t value);

/// The offset of the first byte that is not valid UTF-8, or nullopt.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);

}  // namespace lamella::base
