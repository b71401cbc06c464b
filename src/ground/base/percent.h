// SPDX-License-Identifier: Apache-2.0
//
// Percent-coding of RFC 3986.  Encoding leaves the unreserved characters (letters, digits, "-._~")
// and those of `keep` as they are and writes the rest as %XX with upper-case digits, which is also
// the coding that AWS signatures want.  percent_decode(percent_encode(x)) == x for every x.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lamella::base {

/// For a path pass keep = "/"; for a query name or value pass none.
std::string percent_encode(std::string_view text, std::string_view keep = {});

/// nullopt when a '%' is not followed by two hexadecimal digits.  '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace lamella::base
