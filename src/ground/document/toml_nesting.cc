// SPDX-License-Identifier: Apache-2.0
#include "document/toml_nesting.h"

#include <algorithm>

namespace lamella::document {
namespace {

/// The offset just after the string that starts at `at`; the text's end if it does not end.
std::size_t skip_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '"';
  const bool multi_line = text.substr(at, 3) == std::string_view(quote == '"' ? "\"\"\"" : "'''");
  const std::string_view end = text.substr(at, multi_line ? 3 : 1);
  for (at += end.size(); at < text.size(); ++at) {
    if (escapes && text[at] == '\\') {
      ++at;
    } else if (text[at] == '\n' && !multi_line) {
      return at;
    } else if (text.substr(at).starts_with(end)) {
      return at + end.size();
    }
  }
  return text.size();
}

}  // namespace

std::optional<std::size_t> find_deep_nesting(std::string_view text, std::size_t limit) {
  std::size_t open = 0;
  std::size_t dots = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (open > limit || dots > limit) return at;
    if (c == '"' || c == '\'') {
      at = skip_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (c == '.') ++dots;
    if (c == '\n' || c == '=' || c == ',' || c == '{') dots = 0;
    ++at;
  }
  return std::nullopt;
}

}  // namespace lamella::document
