// SPDX-License-Identifier: Apache-2.0
#include "resolve/version.h"

#include <string>

#include "fuzz_target.h"

using namespace lamella;
using resolve::Version;

/// Versions, one after each NUL, are in one total order, and each meets the specifier that names it.
FUZZ_TARGET(version) {
  std::vector<Version> all;
  for (const auto text : fuzz::pieces_of(input)) {
    const auto version = Version::parse(text);
    if (!version || all.size() == 8) continue;
    all.push_back(*version);
    FUZZ_ASSERT(satisfies(*version, "==" + std::string(text)) && satisfies(*version, ""));
  }
  for (const Version& a : all) {
    for (const Version& b : all) {
      FUZZ_ASSERT((a == b) == (b == a) && (a < b) == (b > a) && (a == b) + (a < b) + (a > b) == 1);
      for (const Version& c : all) FUZZ_ASSERT(!(a <= b && b <= c) || a <= c);
    }
  }
}
