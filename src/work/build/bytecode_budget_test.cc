// SPDX-License-Identifier: Apache-2.0
#include "build/bytecode_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ChooseModules, TakesWhatSavesMostPerByteUntilThereIsNoRoom) {
  const std::vector<ModuleCost> modules = {{"a", "slow_and_big.py", 100, 0, 100},
                                           {"a", "quick.py", 10, 0, 50},
                                           {"b", "slow_and_small.py", 90, 0, 10}};
  EXPECT_THAT(choose_modules(modules, 1000), ElementsAre(0, 1, 2));
  EXPECT_THAT(choose_modules(modules, 110), ElementsAre(0, 2));
  EXPECT_THAT(choose_modules(modules, 60), ElementsAre(1, 2)) << "what does not fit any more is passed over";
  EXPECT_THAT(choose_modules(modules, 9), IsEmpty());
}

TEST(ChooseModules, StartCountsBeforeChecksAndWhatNothingImportedNotAtAll) {
  const std::vector<ModuleCost> modules = {
      {"a", "at_start.py", 1, 1, 100}, {"a", "in_checks.py", 0, 900, 100}, {"a", "never.py", 0, 0, 1}};
  EXPECT_THAT(choose_modules(modules, 100), ElementsAre(0));
  EXPECT_THAT(choose_modules(modules, 500), ElementsAre(0, 1));
}

TEST(ChooseModules, BytecodeThatIsSmallerThanItsSourceMakesRoom) {
  const std::vector<ModuleCost> modules = {{"a", "x.py", 5, 0, 10}, {"a", "y.py", 1, 0, -10}};
  EXPECT_THAT(choose_modules(modules, 0), ElementsAre(0, 1));
}

RC_GTEST_PROP(ChooseModules, NeverExceedsTheRoomAndPassesNoBetterOneOver, ()) {
  const auto count = *rc::gen::inRange(0, 12);
  std::vector<ModuleCost> modules;
  for (int i = 0; i < count; ++i) {
    modules.push_back({"a", std::to_string(i), *rc::gen::inRange<std::uint64_t>(1, 50), 0,
                       *rc::gen::inRange<std::int64_t>(1, 50)});
  }
  const auto room = *rc::gen::inRange<std::int64_t>(0, 200);
  const auto chosen = choose_modules(modules, room);
  std::int64_t used = 0;
  for (const std::size_t i : chosen) used += modules[i].bytes;
  RC_ASSERT(used <= room);
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (std::binary_search(chosen.begin(), chosen.end(), i)) continue;
    // With those that gain as much or more per byte there was no room for it.
    std::int64_t better = 0;
    for (const std::size_t k : chosen) {
      const auto mine = static_cast<std::int64_t>(modules[i].start_us) * modules[k].bytes;
      if (static_cast<std::int64_t>(modules[k].start_us) * modules[i].bytes >= mine)
        better += modules[k].bytes;
    }
    RC_ASSERT(better + modules[i].bytes > room);
  }
}

TEST(ModuleCosts, SumWhatEveryFunctionSpends) {
  proof::Proof first;
  first.start = {{"/opt/python/a/x.py", false, 100}};
  first.modules = {{"/opt/python/a/x.py", false, 100}, {"/opt/python/a/y.py", false, 7}};
  proof::Proof second = first;
  const BytecodeSizes sizes = {{{"a", "a/x.py"}, 10}, {{"a", "a/y.py"}, 20}, {{"a", "a/z.py"}, 30}};
  const auto costs = module_costs(sizes, {{"one", first}, {"two", second}});
  ASSERT_EQ(costs.size(), 3U);
  EXPECT_EQ(costs[0].start_us, 200U);
  EXPECT_EQ(costs[1].start_us, 0U);
  EXPECT_EQ(costs[1].later_us, 14U);
  EXPECT_EQ(costs[2].later_us, 0U);

  Made layer;
  layer.artifact.name = "core";
  layer.parts = {{Digest(), {.blob = Digest(), .distribution = "a", .version = "1.0"}}};
  const auto rows = limits_of(layer, costs, {0});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].version, "1.0");
  EXPECT_THAT(rows[0].modules, ElementsAre("a/x.py"));
  EXPECT_EQ(rows[0].bytes, 10);
  EXPECT_EQ(rows[0].saved_us, 200U);
  EXPECT_EQ(rows[0].without, 2U);
  EXPECT_EQ(rows[0].without_us, 14U);
}

}  // namespace
}  // namespace lamella::build
