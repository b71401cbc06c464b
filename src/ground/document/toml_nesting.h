// SPDX-License-Identifier: Apache-2.0
//
// A look over a TOML text before it is parsed.  The library bounds brackets but not dotted keys, and
// frees nested tables recursively: a key of 100,000 parts would use the stack up.  Private to this room.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace lamella::document {

/// The offset where brackets are open, or parts of one dotted name joined, more than `limit` deep.
std::optional<std::size_t> find_deep_nesting(std::string_view text, std::size_t limit);

}  // namespace lamella::document
