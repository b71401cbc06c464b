// SPDX-License-Identifier: Apache-2.0
#include "wire/xml_text.h"

#include <array>
#include <utility>

namespace lamella::wire {
namespace {

constexpr std::array<std::pair<char, std::string_view>, 5> kEntities = {
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};

std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '<') return std::nullopt;
    bool entity = false;
    for (const auto& [character, name] : kEntities) {
      if (!text.starts_with(name)) continue;
      out += character;
      text.remove_prefix(name.size());
      entity = true;
      break;
    }
    if (entity) continue;
    out += text[0];
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    bool done = false;
    for (const auto& [character, name] : kEntities) {
      if (c != character) continue;
      out += name;
      done = true;
    }
    if (!done) out += c;
  }
  return out;
}

std::optional<std::string> xml_element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name);
  const std::string close = "</" + std::string(name) + ">";
  for (auto at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at + 1)) {
    const std::string_view after = xml.substr(at + open.size());
    if (after.empty() || (after[0] != '>' && after[0] != ' ')) continue;
    const auto start = after.find('>');
    const auto end = after.find(close);
    if (start == std::string_view::npos || end == std::string_view::npos || start > end) return std::nullopt;
    return unescape(after.substr(start + 1, end - start - 1));
  }
  return std::nullopt;
}

}  // namespace lamella::wire
