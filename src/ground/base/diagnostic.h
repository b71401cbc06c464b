// SPDX-License-Identifier: Apache-2.0
//
// Where in a text something is, and how to point at it.  Lines and columns count from 1; a column
// counts bytes.  line == 0 means "the file as a whole".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lamella::base {

struct Position {
  std::string file;
  std::size_t line = 0;
  std::size_t column = 0;

  bool operator==(const Position&) const = default;
};

/// "file:line:column", without the parts that are unknown.
std::string to_string(const Position& position);

/// The source line of `text` at `position` with a caret under the column, two lines, or "" where
/// the text has no such line.  What cannot be seen becomes '?', logins and queries of addresses and tokens become stars:
///
///     4 | protune = { profile = "safe" }
///       | ^~~~~~~
std::string excerpt(std::string_view text, const Position& position, std::size_t length = 1);

/// `text` safe to print: control characters, bidirectional overrides and invalid UTF-8 as \xNN or \u{...}.
std::string escaped(std::string_view text);

}  // namespace lamella::base
