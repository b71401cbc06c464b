// SPDX-License-Identifier: Apache-2.0
//
// JSON (RFC 8259), strictly: one value, UTF-8, no duplicate keys, no trailing commas, no comments, no NaN,
// no lone surrogates.  Integers that fit 64 bits with sign stay integers; other numbers become doubles.
//
// Errors carry file:line:column and the source line with a caret.  Memory and stack are bounded by the
// limits.  Threads: pure functions.
//
//   LAMELLA_TRY_ASSIGN(const Value event, parse_json(text, "events/rows.json"));
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/value.h"

namespace lamella::document {

struct JsonLimits {
  std::size_t depth = 200;
  std::size_t bytes = std::size_t{64} << 20;
  ErrorCode code = ErrorCode::kUsage;  ///< what a malformed text is to the caller; too large is always kLimit
  bool places = true;  ///< false: no node knows where it stands; for texts that only programs write and read
};

Result<Value> parse_json(std::string_view text, std::string_view file, const JsonLimits& limits = {});

/// The value as JSON, members in their order; `indent` 0 is one line without spaces.  No trailing newline.
/// Invalid UTF-8 in strings becomes U+FFFD, a double that is not finite becomes null.
/// parse_json(render_json(x)) == x but for times, which come back as strings.
std::string render_json(const Value& value, int indent = 0);

/// RFC 8785: members sorted by UTF-16 code units, numbers as ECMAScript writes them.  What is signed or
/// digested is rendered by this.
std::string canonical_json(const Value& value);

}  // namespace lamella::document
