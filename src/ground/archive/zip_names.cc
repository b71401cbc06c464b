// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_names.h"

#include <algorithm>
#include <cstdint>

#include "archive/unicode_tables.h"
#include "archive/zip_format.h"

namespace lamella::archive::zip {
namespace {

constexpr char32_t kInvalid = 0xffffffff;

/// Takes one code point from the front of `rest`; kInvalid for anything but shortest-form scalar values.
char32_t next_code_point(std::string_view& rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || length > rest.size()) return kInvalid;
  char32_t value = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return kInvalid;
    value = (value << 6U) | (byte(i) & 0x3fU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return kInvalid;
  rest.remove_prefix(length);
  return value;
}

std::optional<std::string_view> unsafe_component(std::string_view part) {
  if (part.empty()) return "it has an empty path component";
  if (part == ".") return "it has a \".\" path component";
  if (part == "..") return "it climbs out with \"..\"";
  if (part.size() > kMaxComponentBytes) return "a path component is longer than 255 bytes";
  return std::nullopt;
}

char32_t folded(char32_t c) {
  const auto ranges = folds();
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const FoldRange& r) { return value < r.first; });
  if (after == ranges.begin()) return c;
  const FoldRange& range = *std::prev(after);
  if (c > range.last || (c - range.first) % range.stride != 0) return c;
  return static_cast<char32_t>(static_cast<std::int64_t>(c) + range.delta);
}

bool is_combining_mark(char32_t c) {
  return (c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x1dc0 && c <= 0x1dff) ||
         (c >= 0x20d0 && c <= 0x20ff) || (c >= 0xfe20 && c <= 0xfe2f);
}

void decompose_hangul(char32_t syllable, std::u32string& out) {
  constexpr char32_t kVowels = 21;
  constexpr char32_t kTails = 28;
  const char32_t index = syllable - 0xac00;
  out.push_back(0x1100 + index / (kVowels * kTails));
  out.push_back(0x1161 + index % (kVowels * kTails) / kTails);
  if (index % kTails != 0) out.push_back(0x11a7 + index % kTails);
}

/// Decompositions nest at most four deep, and only in their first part.
void decompose(char32_t c, std::u32string& out) {
  if (c >= 0xac00 && c <= 0xd7a3) return decompose_hangul(c, out);
  const auto table = decompositions();
  const auto row =
      std::lower_bound(table.begin(), table.end(), c,
                       [](const Decomposition& d, char32_t value) { return d.composed < value; });
  if (row == table.end() || row->composed != c) {
    out.push_back(folded(c));
    return;
  }
  decompose(row->first, out);
  if (row->second != 0) out.push_back(row->second);
}

}  // namespace

std::optional<std::string_view> unsafe_name(std::string_view name) {
  if (name.empty()) return "its name is empty";
  if (name.size() > kMaxNameBytes) return "its name is longer than 4096 bytes";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return "its name has a control character";
    if (c == '\\') return "its name has a backslash";
  }
  if (!is_valid_utf8(name)) return "its name is not UTF-8";
  if (name.front() == '/') return "its path is absolute";
  const bool letter = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
  if (letter && name.size() > 1 && name[1] == ':') return "its path names a drive";
  if (name.back() == '/') name.remove_suffix(1);
  for (std::size_t begin = 0;;) {
    const std::size_t slash = std::min(name.find('/', begin), name.size());
    if (const auto why = unsafe_component(name.substr(begin, slash - begin))) return why;
    if (slash == name.size()) return std::nullopt;
    begin = slash + 1;
  }
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    if (next_code_point(text) == kInvalid) return false;
  }
  return true;
}

std::string collision_key(std::string_view name) {
  std::string key;
  if (is_ascii(name)) {
    key.reserve(name.size());
    for (const char c : name) key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    return key;
  }
  std::u32string points;
  while (!name.empty()) decompose(next_code_point(name), points);
  for (auto mark = points.begin(); mark != points.end();) {
    const auto end = std::find_if_not(mark, points.end(), is_combining_mark);
    std::sort(mark, end);
    mark = end == points.end() ? end : end + 1;
  }
  for (const char32_t c : points) {  // compared only with other keys: any injective spelling will do
    if (c < 0x80) {
      key.push_back(static_cast<char>(c));
    } else {
      for (unsigned shift = 0; shift < 24; shift += 7) {
        key.push_back(static_cast<char>(0x80U | ((c >> shift) & 0x7fU)));
      }
    }
  }
  return key;
}

}  // namespace lamella::archive::zip
