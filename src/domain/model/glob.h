// SPDX-License-Identifier: Apache-2.0
//
// Path patterns of prune rules and bytecode tables.  The whole path must match.
//
//   ?     one character, not '/'
//   *     any run of characters without '/'
//   **    any run of characters, '/' included; "**/" also matches nothing, so "**/tests/**" finds
//         "tests/a.py" as well as "pkg/tests/a.py"
//   [ab]  one of these characters (ranges a-z; [!ab] any other), never '/'
//
// Time is at most pattern length times the square of the path's, and linear for what people write.
// Threads: const, use from any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::model {

class Glob {
 public:
  /// Errors: usage for an empty or absolute pattern, "..", or an unclosed '['.
  static Result<Glob> parse(std::string_view pattern);

  bool matches(std::string_view path) const;
  const std::string& text() const { return text_; }

  bool operator==(const Glob& other) const { return text_ == other.text_; }

 private:
  enum class Kind : unsigned char { kLiteral, kAny, kClass, kStar, kDeepStar, kFolders };
  struct Token {
    Kind kind = Kind::kLiteral;
    char literal = 0;
    std::string set;  ///< kClass: every character it accepts
  };
  static bool accepts(const Token& token, char c);

  std::string text_;
  std::string prefix_;  ///< the literal characters in front, compared first
  std::string suffix_;  ///< the literal characters at the end, compared next
  std::vector<Token> tokens_;
};

/// True if any of `globs` matches.
bool any_matches(const std::vector<Glob>& globs, std::string_view path);

}  // namespace lamella::model
