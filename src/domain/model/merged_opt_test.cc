// SPDX-License-Identifier: Apache-2.0
#include "model/merged_opt.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "model/size_sums.h"

namespace lamella::model {
namespace {

TEST(MergedOpt, LaterLayersWinAndBothOriginsAreTold) {
  const MergedOpt merged =
      merge_opt({{"a", {{"python/x.py", 10, 1}, {"python/same", 5, 7}}},
                 {"b", {{"python/x.py", 20, 2}, {"python/same", 5, 7}, {"bin/t", 1, 3}}}});
  const std::vector<MergedEntry> entries = {{"bin/t", 1, 1}, {"python/same", 5, 1}, {"python/x.py", 20, 1}};
  EXPECT_EQ(merged.entries, entries);
  const std::vector<Shadow> shadows = {{Shadow::Kind::kSameContent, "python/same", 1, 0, 5},
                                       {Shadow::Kind::kDifferentContent, "python/x.py", 1, 0, 10}};
  EXPECT_EQ(merged.shadows, shadows);
  EXPECT_EQ(merged.counted_bytes, 41U);
  EXPECT_EQ(merged.merged_bytes, 26U);
}

TEST(MergedOpt, ThreeLayersOfOnePathGiveTwoShadowsUnderOneWinner) {
  const MergedOpt merged = merge_opt({{"a", {{"x", 1, 1}}}, {"b", {{"x", 1, 2}}}, {"c", {{"x", 1, 3}}}});
  ASSERT_EQ(merged.shadows.size(), 2U);
  EXPECT_EQ(merged.shadows[0].winner, 2U);
  EXPECT_EQ(merged.shadows[0].loser, 0U);
  EXPECT_EQ(merged.shadows[1].loser, 1U);
}

TEST(MergedOpt, AFileWhereAnotherLayerHasAFolderIsTold) {
  const MergedOpt merged = merge_opt({{"a", {{"python/x", 1, 1}}}, {"b", {{"python/x/y.py", 2, 2}}}});
  const std::vector<Shadow> shadows = {{Shadow::Kind::kFileOverFolder, "python/x", 1, 0, 1}};
  EXPECT_EQ(merged.shadows, shadows);
}

RC_GTEST_PROP(MergedOpt, IsTheMapThatUnpackingInOrderGives, ()) {
  const auto paths = std::vector<std::string>{"a", "b", "c", "d"};
  std::vector<OptLayer> layers;
  std::map<std::string, std::pair<std::uint64_t, std::size_t>> unpacked;
  std::uint64_t counted = 0;
  const auto count = *rc::gen::inRange<std::size_t>(0, 6);
  for (std::size_t i = 0; i < count; ++i) {
    OptLayer layer{"layer", {}};
    for (const std::string& path : paths) {
      if (!*rc::gen::arbitrary<bool>()) continue;
      const auto size = *rc::gen::inRange<std::uint64_t>(0, 3);
      layer.entries.push_back({path, size, size});
      unpacked[path] = {size, i};
      counted += size;
    }
    layers.push_back(std::move(layer));
  }
  const MergedOpt merged = merge_opt(layers);
  RC_ASSERT(merged.counted_bytes == counted);
  RC_ASSERT(merged.entries.size() == unpacked.size());
  for (const MergedEntry& entry : merged.entries) {
    RC_ASSERT(unpacked.at(entry.path) == std::pair(entry.size, entry.layer));
  }
}

TEST(SizeSums, CountLayersOncePerUseAndOnceInAll) {
  const SizeSums sums = sum_sizes({{"a", {10, 100}}, {"b", {20, 200}}},
                                  {{"f", {1, 2}, {"a", "b"}}, {"g", {1, 2}, {"a"}}, {"h", {1, 2}, {}}});
  EXPECT_EQ(sums.self_contained, (Sizes{43, 406}));
  EXPECT_EQ(sums.functions_alone, (Sizes{3, 6}));
  EXPECT_EQ(sums.layers_once_and_functions, (Sizes{33, 306}));
  EXPECT_NEAR(sums.saved_unzipped(), 1 - 306.0 / 406, 1e-9);
  EXPECT_EQ(sum_sizes({}, {}).saved_zipped(), 0.0);
}

}  // namespace
}  // namespace lamella::model
