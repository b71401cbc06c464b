// SPDX-License-Identifier: Apache-2.0
#include "model/release.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace lamella::model {
namespace {

/// Small numbers, so that equal ones and neighbours meet.
rc::Gen<Release> releases() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(0, 4), rc::gen::inRange<std::uint32_t>(0, 4),
                     rc::gen::inRange<std::uint32_t>(0, 4)),
      [](const auto& numbers) {
        return Release{std::get<0>(numbers), std::get<1>(numbers), std::get<2>(numbers)};
      });
}

bool holds(const std::string& range, const std::string& release) {
  return ReleaseRange::parse(range).value().holds(parse_release(release).value());
}

RC_GTEST_PROP(ReleaseLaws, ParseIsTheInverseOfRender, ()) {
  const Release release{*rc::gen::arbitrary<std::uint32_t>(), *rc::gen::arbitrary<std::uint32_t>(),
                        *rc::gen::arbitrary<std::uint32_t>()};
  RC_ASSERT(parse_release(to_string(release)) == release);
}

RC_GTEST_PROP(ReleaseLaws, ABumpIsGreaterAndTheLargerGivesTheGreater, ()) {
  const Release release = *releases();
  RC_ASSERT(release < bumped(release, Bump::kPatch));
  RC_ASSERT(bumped(release, Bump::kPatch) < bumped(release, Bump::kMinor));
  RC_ASSERT(bumped(release, Bump::kMinor) < bumped(release, Bump::kMajor));
  RC_ASSERT(bumped(release, Bump::kNone) == release);
}

RC_GTEST_PROP(ReleaseLaws, AComparatorSplitsAllReleasesInTwo, ()) {
  const Release at = *releases();
  const Release other = *releases();
  const std::string text = to_string(at);
  RC_ASSERT(ReleaseRange::parse(">=" + text)->holds(other) == (other >= at));
  RC_ASSERT(ReleaseRange::parse("<" + text)->holds(other) == (other < at));
  RC_ASSERT(ReleaseRange::parse(">" + text)->holds(other) == (other > at));
  RC_ASSERT(ReleaseRange::parse("<=" + text)->holds(other) == (other <= at));
  RC_ASSERT(ReleaseRange::parse(text)->holds(other) == (other == at));
}

RC_GTEST_PROP(ReleaseLaws, ACaretHoldsUntilTheFirstNumberThatIsNotZeroRises, ()) {
  const Release at = *releases();
  const Release other = *releases();
  const bool same = at.major > 0   ? other.major == at.major
                    : at.minor > 0 ? other.major == 0 && other.minor == at.minor
                                   : other == at;
  RC_ASSERT(ReleaseRange::parse("^" + to_string(at))->holds(other) == (same && other >= at));
  const bool minor = other.major == at.major && other.minor == at.minor;
  RC_ASSERT(ReleaseRange::parse("~" + to_string(at))->holds(other) == (minor && other >= at));
}

RC_GTEST_PROP(ReleaseLaws, ARangeHoldsWhatAllItsPartsHold, ()) {
  const std::string one = ">=" + to_string(*releases());
  const std::string two = "<" + to_string(*releases());
  const Release other = *releases();
  RC_ASSERT(ReleaseRange::parse(one + ", " + two)->holds(other) ==
            (ReleaseRange::parse(one)->holds(other) && ReleaseRange::parse(two)->holds(other)));
}

TEST(ReleaseRange, FewerNumbersStandForAllThatBeginSo) {
  EXPECT_TRUE(holds("^2", "2.9.1"));
  EXPECT_FALSE(holds("^2", "3.0.0"));
  EXPECT_TRUE(holds("^0", "0.9.0"));
  EXPECT_FALSE(holds("^0.2", "0.3.0"));
  EXPECT_TRUE(holds("^0.0", "0.0.7"));
  EXPECT_TRUE(holds("~2", "2.9.0"));
  EXPECT_FALSE(holds("~2.1", "2.2.0"));
  EXPECT_TRUE(holds("2.1", "2.1.9"));
  EXPECT_FALSE(holds(">2", "2.9.9"));
  EXPECT_TRUE(holds("<=2", "2.9.9"));
  EXPECT_TRUE(holds("*", "0.0.1"));
}

TEST(ReleaseRange, WhatIsNoRangeIsRefused) {
  for (const auto* text :
       {"", "^", "latest", "1.2.3.4", "^1.x", "^01", ">=1,", "1 2", "-1", "^99999999999"}) {
    EXPECT_FALSE(ReleaseRange::parse(text).has_value()) << text;
  }
  for (const auto* text : {"1.2", "1.2.3-rc1", "v1.2.3", "01.2.3", "1.2.3 "})
    EXPECT_FALSE(parse_release(text).has_value()) << text;
}

TEST(ReleaseRange, TheLargestNumbersHaveAnEnd) {
  EXPECT_TRUE(holds("^4294967295", "4294967295.4294967295.4294967295"));
  EXPECT_FALSE(holds(">4294967295", "4294967295.4294967295.4294967295"));
  EXPECT_TRUE(holds("=1.4294967295.4294967295", "1.4294967295.4294967295"));
  EXPECT_FALSE(holds("=1.4294967295.4294967295", "2.0.0"));
}

}  // namespace
}  // namespace lamella::model
