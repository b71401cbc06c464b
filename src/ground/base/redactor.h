// SPDX-License-Identifier: Apache-2.0
//
// The second line against secrets in what is printed, logged or written down: texts that were named to it are
// replaced wherever they stand.  The first line is not to put them there (secret.h).
//
// Invariants (redactor_test.cc)
//   R1 a named text is found as it is, escaped as in JSON, percent-encoded, and inside base64 (both alphabets,
//      whatever stands before and after it there).
//   R2 texts shorter than four bytes are not taken: they are no secrets, and would hide half of everything.
//   R3 what holds no named text stays byte for byte.
//
// Threads: none of its own; whoever shares one locks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lamella::base {

inline constexpr std::string_view kHidden = "[hidden]";

class Redactor {
 public:
  void hide(std::string_view text);
  std::string cleaned(std::string text) const;
  bool empty() const { return forms_.empty(); }

 private:
  std::vector<std::string> forms_;  ///< longest first: a longer one may hold a shorter one
};

}  // namespace lamella::base

namespace lamella {
using base::Redactor;
}
