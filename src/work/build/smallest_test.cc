// SPDX-License-Identifier: Apache-2.0
#include "build/smallest.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <set>

namespace lamella::build {
namespace {

/// Passes if every clause has one of its units: what is needed, with stand-ins.
using Clauses = std::vector<std::set<std::size_t>>;

bool holds(const Clauses& clauses, const std::vector<std::size_t>& units) {
  return std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) {
    return std::any_of(units.begin(), units.end(), [&](std::size_t unit) { return clause.contains(unit); });
  });
}

RC_GTEST_PROP(SmallestEnough, PassesAndNothingOfItCanBeSpared, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 12);
  const auto number = rc::gen::inRange<std::size_t>(0, count);
  const auto clause =
      rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(number)),
                   [](const auto& units) { return std::set<std::size_t>(units.begin(), units.end()); });
  const auto clauses = *rc::gen::nonEmpty(rc::gen::container<Clauses>(clause));
  os::ThreadPool pool(2);
  std::atomic<std::size_t> tests = 0;
  const auto found = smallest_enough(count,
                                     [&](const auto& units) -> Result<bool> {
                                       ++tests;
                                       return holds(clauses, units);
                                     },
                                     pool, {});
  RC_ASSERT(found.has_value());
  RC_ASSERT(holds(clauses, *found));
  RC_ASSERT(tests <= 2 * count + 1);
  if (found->size() < 2) return;
  for (const std::size_t unit : *found) {
    auto rest = *found;
    std::erase(rest, unit);
    RC_ASSERT(!holds(clauses, rest));
  }
}

RC_GTEST_PROP(HalvedEnough, PassesAndIsSmallestUnlessItSaysSo, ()) {
  const auto count = *rc::gen::inRange<std::size_t>(1, 40);
  const auto number = rc::gen::inRange<std::size_t>(0, count);
  const auto clause =
      rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::vector<std::size_t>>(number)),
                   [](const auto& units) { return std::set<std::size_t>(units.begin(), units.end()); });
  const auto clauses = *rc::gen::nonEmpty(rc::gen::container<Clauses>(clause));
  const auto most = *rc::gen::inRange<std::size_t>(0, 100);
  os::ThreadPool pool(2);
  std::atomic<std::size_t> tests = 0;
  const auto found = halved_enough(count,
                                   [&](const auto& units) -> Result<bool> {
                                     ++tests;
                                     return holds(clauses, units);
                                   },
                                   most, pool, {});
  RC_ASSERT(found.has_value());
  RC_ASSERT(holds(clauses, found->units));
  RC_ASSERT(tests <= most);
  if (most >= 2 * count) RC_ASSERT(found->smallest);
  if (found->units.size() < 2 || !found->smallest) return;
  for (const std::size_t unit : found->units) {
    auto rest = found->units;
    std::erase(rest, unit);
    RC_ASSERT(!holds(clauses, rest));
  }
}

TEST(HalvedEnough, FindsOneAmongManyWithTwoTestsAHalving) {
  os::ThreadPool pool(2);
  std::atomic<int> tests = 0;
  const auto found = halved_enough(1024,
                                   [&](const auto& units) -> Result<bool> {
                                     ++tests;
                                     return std::find(units.begin(), units.end(), 700U) != units.end();
                                   },
                                   100, pool, {});
  EXPECT_EQ(found.value().units, std::vector<std::size_t>{700});
  EXPECT_TRUE(found->smallest);
  EXPECT_EQ(tests, 20);
}

TEST(SmallestEnough, ReportsATestThatCouldNotRun) {
  os::ThreadPool pool(2);
  const auto found = smallest_enough(
      3, [](const auto&) -> Result<bool> { return Error(ErrorCode::kIsolation, "no sandbox"); }, pool, {});
  EXPECT_EQ(found.error().code(), ErrorCode::kIsolation);
}

}  // namespace
}  // namespace lamella::build
