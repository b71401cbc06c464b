// SPDX-License-Identifier: Apache-2.0
//
// TOML 1.0.  A byte-order mark is accepted; other encodings, NUL bytes and duplicate keys (both lines are
// named) are usage errors with their place.  Local dates and times and offset date-times all become
// Kind::kTime.  Nesting of brackets and of dotted keys is bounded (200), as is the size.
//
// Errors carry file:line:column and the source line with a caret.  Threads: pure functions.
//
//   LAMELLA_TRY_ASSIGN(const Value workspace, parse_toml(text, "lamella.toml"));
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/value.h"

namespace lamella::document {

struct TomlLimits {
  std::size_t depth = 200;
  std::size_t bytes = std::size_t{16} << 20;
  ErrorCode code = ErrorCode::kUsage;  ///< what a malformed text is to the caller; too large is always kLimit
};

Result<Value> parse_toml(std::string_view text, std::string_view file, const TomlLimits& limits = {});

/// A document from an object, deterministic, members in their order: within a table first plain values,
/// then sub-tables, then arrays of tables.  An array whose elements are all objects is written
/// as [[name]] when it stands in a table, everything deeper inside an array is inline.  Null members are left
/// out. parse_toml(render_toml(x)) == x for every object of strings, integers, doubles, bools, times, arrays
/// and objects without nulls.  REQUIRES: document is an object.
std::string render_toml(const Value& document);

}  // namespace lamella::document
