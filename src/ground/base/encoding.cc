// SPDX-License-Identifier: Apache-2.0
#include "base/encoding.h"

#include <array>
#include <cstdint>

namespace lamella::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> hex_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kHexDigits.size(); ++i) {
    const auto digit = static_cast<unsigned char>(kHexDigits[i]);
    values[digit] = static_cast<std::int8_t>(i);
    if (i >= 10) values[digit - 'a' + 'A'] = static_cast<std::int8_t>(i);
  }
  return values;
}

int hex_value(char c) {
  static constexpr auto kValues = hex_values();
  return kValues[static_cast<unsigned char>(c)];
}

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64Digits.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    out += kHexDigits[std::to_integer<std::size_t>(b) >> 4];
    out += kHexDigits[std::to_integer<std::size_t>(b) & 15];
  }
  return out;
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> out(text.size() / 2);
  return from_hex(text, out) ? std::optional(std::move(out)) : std::nullopt;
}

bool from_hex(std::string_view text, std::span<std::byte> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

std::string to_base64(std::span<const std::byte> bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  const char* const digits = kBase64Digits.data();
  const std::byte* from = bytes.data();
  char* to = out.data();
  for (std::size_t left = bytes.size(); left > 0; to += 4) {
    const std::size_t have = left < 3 ? left : 3;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = (group << 8) | (k < have ? static_cast<unsigned char>(from[k]) : 0U);
    for (std::size_t k = 0; k <= have; ++k) to[k] = digits[(group >> (18 - 6 * k)) & 63];
    from += have;
    left -= have;
  }
  return out;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  static constexpr auto kValues = base64_values();
  if (text.size() % 4 != 0) return std::nullopt;
  const std::int8_t* const values = kValues.data();
  const std::size_t pads = !text.ends_with('=') ? 0 : !text.ends_with("==") ? 1 : 2;
  std::vector<std::byte> out(text.size() / 4 * 3 - pads);
  const char* from = text.data();
  std::byte* to = out.data();
  for (std::size_t left = out.size(); left > 0; from += 4) {
    const std::size_t have = left < 3 ? left : 3;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const int value = k > have ? 0 : values[static_cast<unsigned char>(from[k])];
      if (value < 0) return std::nullopt;
      group = (group << 6) | static_cast<std::uint32_t>(value);
    }
    if ((group & ((1U << (24 - 8 * have)) - 1)) != 0) return std::nullopt;
    for (std::size_t k = 0; k < have; ++k) to[k] = static_cast<std::byte>((group >> (16 - 8 * k)) & 255);
    to += have;
    left -= have;
  }
  return out;
}

}  // namespace lamella::base
