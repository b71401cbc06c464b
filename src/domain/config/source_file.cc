// SPDX-License-Identifier: Apache-2.0
#include "config/source_file.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace lamella::config {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

}  // namespace

/// How much to underline: a quoted string with its quotes, or a bare word.
std::size_t SourceFile::length_at(const base::Position& position) const {
  std::string_view rest = text_;
  for (std::size_t line = 1; line < position.line; ++line) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return 1;
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (position.column == 0 || position.column > rest.size()) return 1;
  rest.remove_prefix(position.column - 1);
  if (rest.front() == '"' || rest.front() == '\'') {
    const auto end = rest.find(rest.front(), 1);
    return end == std::string_view::npos ? 1 : end + 1;
  }
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_word);
  return std::max<std::size_t>(1, static_cast<std::size_t>(end - rest.begin()));
}

Error SourceFile::at(Error error, const base::Position& position) const {
  base::Position place = position;
  if (place.file.empty()) place.file = file_;
  return std::move(error).at(place).showing(base::excerpt(text_, place, length_at(place)));
}

Error SourceFile::at_hiding_texts(Error error, const base::Position& position) const {
  std::string masked(text_);
  char quote = 0;
  for (char& c : masked) {
    if (c == '\n') {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (quote != 0) {
      c = '*';
    }
  }
  base::Position place = position;
  if (place.file.empty()) place.file = file_;
  return std::move(error).at(place).showing(base::excerpt(masked, place, length_at(place)));
}

Error SourceFile::usage(std::string what, const base::Position& position) const {
  return at(Error(ErrorCode::kUsage, std::move(what)), position);
}

}  // namespace lamella::config
