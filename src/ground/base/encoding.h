// SPDX-License-Identifier: Apache-2.0
//
// Hexadecimal and base64 (RFC 4648, with padding).  parse is the inverse of render; anything that
// render would not have written is refused (odd lengths, foreign characters, non-zero spare bits).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::base {

std::string to_hex(std::span<const std::byte> bytes);
std::optional<std::vector<std::byte>> from_hex(std::string_view text);
/// from_hex() of a known length: false, and `out` undefined, if `text` is not that many bytes in hexadecimal.
bool from_hex(std::string_view text, std::span<std::byte> out);

std::string to_base64(std::span<const std::byte> bytes);
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

/// The bytes of a string, without copying.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
/// The characters of a byte range, without copying.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace lamella::base
