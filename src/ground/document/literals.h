// SPDX-License-Identifier: Apache-2.0
//
// How both writers spell strings and doubles.  Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace lamella::document {

enum class EscapeDelete { kNo, kYes };  ///< U+007F: bare in JSON, forbidden in TOML

/// Appends `text` in double quotes with the escapes that JSON and TOML share; invalid UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text, EscapeDelete escape_delete = EscapeDelete::kNo);

/// ECMAScript's Number::toString: the shortest digits that read back, an exponent from 1e21 up and below
/// 1e-6; "null" if not finite.
std::string ecmascript_number(double value);

/// The same, with ".0" where it would read back as an integer.
std::string plain_double(double value);

}  // namespace lamella::document
