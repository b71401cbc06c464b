// SPDX-License-Identifier: Apache-2.0
//
// A SHA-256 digest: the name of every immutable thing.  A plain value, ordered and hashable;
// computing one is the business of crypto.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lamella::base {

class Digest {
 public:
  static constexpr std::size_t kSize = 32;

  Digest() = default;  ///< all zero: no content has it
  explicit Digest(const std::array<std::byte, kSize>& bytes) : bytes_(bytes) {}

  /// 64 hexadecimal digits, either case.  The inverse of hex().
  static std::optional<Digest> from_hex(std::string_view text);
  /// 44 base64 characters, as the service's CodeSha256.  The inverse of base64().
  static std::optional<Digest> from_base64(std::string_view text);
  static std::optional<Digest> from_bytes(std::span<const std::byte> bytes);

  std::string hex() const;
  std::string base64() const;
  /// The first twelve hexadecimal digits, for people.
  std::string brief() const { return hex().substr(0, 12); }
  std::span<const std::byte, kSize> bytes() const { return bytes_; }
  bool is_zero() const { return *this == Digest(); }

  auto operator<=>(const Digest&) const = default;

 private:
  std::array<std::byte, kSize> bytes_{};
};

}  // namespace lamella::base

namespace lamella {
using base::Digest;
}

template <>
struct std::hash<lamella::base::Digest> {
  std::size_t operator()(const lamella::base::Digest& digest) const noexcept;
};
