// SPDX-License-Identifier: Apache-2.0
//
// A look over a TOML text before it is parsed.  The library bounds brackets but not dotted keys, and
// frees nested tables recursively: a key of 100,000 parts would use the stack up.  Its test for white
// space is undefined for most characters from U+00A1 to U+0499.  Private to this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lamella::document {

/// The offset where brackets are open, or parts of one dotted name joined, more than `limit` deep.
std::optional<std::size_t> find_deep_nesting(std::string_view text, std::size_t limit);

/// The offset of a byte that is not ASCII outside of strings and comments, where TOML 1.0 has none.
std::optional<std::size_t> find_bare_non_ascii(std::string_view text);

}  // namespace lamella::document
