// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include <algorithm>
#include <cstring>

#include "base/encoding.h"

namespace lamella::base {

std::optional<Digest> Digest::from_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  std::array<std::byte, kSize> value{};
  std::copy(bytes.begin(), bytes.end(), value.begin());
  return Digest(value);
}

std::optional<Digest> Digest::from_hex(std::string_view text) {
  Digest digest;
  return base::from_hex(text, digest.bytes_) ? std::optional(digest) : std::nullopt;
}

std::optional<Digest> Digest::from_base64(std::string_view text) {
  const auto bytes = base::from_base64(text);
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

std::string Digest::hex() const { return to_hex(bytes_); }
std::string Digest::base64() const { return to_base64(bytes_); }

}  // namespace lamella::base

std::size_t std::hash<lamella::base::Digest>::operator()(const lamella::base::Digest& digest) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, digest.bytes().data(), sizeof value);
  return value;
}
