// SPDX-License-Identifier: Apache-2.0
//
// A text without the blanks at its ends.  The result is a view into the text and lives as long as it does.
#pragma once

#include <string_view>

namespace lamella::base {

inline std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r") {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return text.substr(text.size());
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace lamella::base
