// SPDX-License-Identifier: Apache-2.0
#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/token.h"
#include "base/utf8.h"

namespace lamella::base {
namespace {

constexpr std::size_t kWidestLine = 160;

std::string_view line_of(std::string_view text, std::size_t line) {
  for (std::size_t current = 1; current < line; ++current) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool is_hidden(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
         (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF;
}

/// `line` with the "user:password" and the query of every address in it starred out, byte for byte.
std::string without_logins(std::string_view line) {
  std::string out(line);
  for (auto at = out.find("://"); at != std::string::npos; at = out.find("://", at + 3)) {
    const auto whole = std::min(out.find_first_of(" \t\"'", at + 3), out.size());
    if (const auto query = out.find('?', at + 3); query < whole)
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(query) + 1,
                out.begin() + static_cast<std::ptrdiff_t>(whole), '*');
    const auto end = std::min(out.find('/', at + 3), whole);
    const auto login = std::string_view(out).substr(0, end).rfind('@');
    if (login == std::string_view::npos || login < at) continue;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(at) + 3,
              out.begin() + static_cast<std::ptrdiff_t>(login), '*');
  }
  return out;
}

}  // namespace

std::string to_string(const Position& position) {
  if (position.line == 0) return position.file;
  if (position.column == 0) return fmt::format("{}:{}", position.file, position.line);
  return fmt::format("{}:{}:{}", position.file, position.line, position.column);
}

std::string excerpt(std::string_view text, const Position& position, std::size_t length) {
  if (position.line == 0) return {};
  const std::string line = without_tokens(without_logins(line_of(text, position.line)));
  if (line.empty()) return {};
  const std::string number = fmt::format("{}", position.line);
  const std::size_t caret = std::max<std::size_t>(position.column, 1) - 1;
  // Of one-line JSON, only what stands around the place.
  const std::size_t from = line.size() > kWidestLine && caret > kWidestLine / 2 ? caret - kWidestLine / 2 : 0;
  std::string lead;
  std::string tail;
  std::string shown;
  for (std::size_t at = 0; at < line.size() && at < from + kWidestLine;) {
    const CodePoint point = decode_utf8(std::string_view(line).substr(at));
    const std::size_t bytes = std::max<std::size_t>(point.length, 1);
    if (at < from) {
      at += bytes;
      continue;
    }
    const bool tab = line[at] == '\t';
    const bool printable = tab || (point.length > 0 && !is_hidden(point.value));
    shown += printable ? line.substr(at, bytes) : "?";
    if (at < caret) lead += tab ? '\t' : ' ';
    if (at > caret && at < caret + length) tail += '~';
    at += bytes;
  }
  return fmt::format("  {} | {}\n  {} | {}^{}", number, shown, std::string(number.size(), ' '), lead, tail);
}

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    if (point.length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
      continue;
    }
    if (point.value == '\n') {
      out += "\\n";
    } else if (point.value == '\t') {
      out += "\\t";
    } else if (is_hidden(point.value)) {
      out += point.value < 0x100 ? fmt::format("\\x{:02x}", point.value)
                                 : fmt::format("\\u{{{:x}}}", point.value);
    } else {
      out += text.substr(0, point.length);
    }
    text.remove_prefix(point.length);
  }
  return out;
}

}  // namespace lamella::base
