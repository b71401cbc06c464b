// SPDX-License-Identifier: Apache-2.0
//
// Semantic versions of a layer's content (semver.org 2.0.0, the three numbers alone) and the ranges in which
// functions say what they fit.
//
// Invariants (release_test.cc)
//   R1 parse(render(x)) == x; the order is that of the three numbers.
//   R2 a bump is greater than what it started from, and the larger bump gives the greater release.
//   R3 "^a" holds from a up to the next major (where the major is 0, the next minor; where that is 0 too, the
//      next patch); "~a" up to the next minor; a comparator alone splits all releases in two.
//
// Threads: pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::model {

struct Release {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;

  auto operator<=>(const Release&) const = default;
};

/// "1.2.3"; nullopt for anything else, leading zeros included.
std::optional<Release> parse_release(std::string_view text);
std::string to_string(const Release& release);

enum class Bump { kNone, kPatch, kMinor, kMajor };
/// "none", "patch", "minor", "major".
std::string_view to_string(Bump bump);
std::optional<Bump> parse_bump(std::string_view text);

Release bumped(const Release& release, Bump bump);

/// What a function accepts: "^2", "^2.1", "~2.1.3", "2.1.0", ">=1.4", "<3", or several with ',' between them,
/// all of which must hold.  "*" is everything.
class ReleaseRange {
 public:
  /// Errors: usage.
  static Result<ReleaseRange> parse(std::string_view text);

  bool holds(const Release& release) const;
  const std::string& text() const { return text_; }

 private:
  /// From `least` on, and before `end` where it is set.
  struct Span {
    Release least;
    std::optional<Release> end;
  };
  static std::optional<Span> span_of(std::string_view part);

  std::string text_;
  std::vector<Span> spans_;
};

}  // namespace lamella::model
