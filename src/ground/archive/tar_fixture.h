// SPDX-License-Identifier: Apache-2.0
//
// For tests: tar archives made block by block, and gzip around them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "archive/crc32.h"
#include "archive/deflate.h"
#include "archive/little_endian.h"
#include "base/encoding.h"

namespace lamella::archive::fixture {

struct TarEntry {
  std::string name = "top-1.0/a.txt";
  std::string content = "hello";
  char type = '0';
  std::string target{};
  unsigned mode = 0644;
  bool wrong_sum = false;
};

inline std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

inline std::string tar_entry(const TarEntry& one) {
  const bool holds = one.type != '1' && one.type != '2' && one.type != '5';
  std::string block(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
  put(0, std::string_view(one.name).substr(0, 100));
  put(100, octal(one.mode, 7));
  put(124, octal(holds ? one.content.size() : 0, 11));
  put(156, std::string(1, one.type));
  put(157, one.target);
  put(257, std::string_view("ustar\0"
                            "00",
                            8));
  put(148, "        ");
  std::uint64_t sum = one.wrong_sum ? 1 : 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put(148, octal(sum, 6) + std::string("\0 ", 2));
  if (!holds) return block;
  return block + one.content + std::string((512 - one.content.size() % 512) % 512, '\0');
}

inline std::string tar_of(const std::vector<TarEntry>& entries) {
  std::string out;
  for (const TarEntry& one : entries) out += tar_entry(one);
  return out + std::string(1024, '\0');
}

inline std::string gzip_of(std::string_view text) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  const auto packed = deflate(base::as_bytes(text));
  out += base::as_text(packed);
  const auto number = [&](std::uint32_t value) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  };
  number(crc32(base::as_bytes(text)));
  number(static_cast<std::uint32_t>(text.size()));
  return out;
}

}  // namespace lamella::archive::fixture
