// SPDX-License-Identifier: Apache-2.0
#include "trees/upkeep.h"

#include "os/clock.h"
#include "trees/trees_fixture.h"

namespace lamella::trees {
namespace {

using std::chrono::hours;
using store::Apply;

class UpkeepTest : public TreesTest {
 protected:
  static void age(const std::filesystem::path& folder, hours ago) {
    const auto then = os::system_clock().wall().time_since_epoch() - ago;
    ASSERT_TRUE(os::set_mtime(folder, std::chrono::nanoseconds(then).count()).has_value());
  }
  TreeTrim trim(std::uint64_t most, Apply apply = Apply::kYes) {
    auto trimmed = trim_trees(folder_.path(), most, hours(1), apply, pool_);
    EXPECT_TRUE(trimmed.has_value()) << trimmed.error().to_string();
    return *trimmed;
  }
  TreeVerification verify(EventSink& events = base::no_events()) {
    return verify_trees(folder_.path(), events, pool_, {}).value();
  }

  TreeStore trees_{folder_.path()};
};

TEST_F(UpkeepTest, TheOneUnusedForLongestGoesFirst) {
  const auto oldest = unpack(trees_, {{"a", "1234"}}).path();
  const auto older = unpack(trees_, {{"b", "1234"}}).path();
  const auto fresh = unpack(trees_, {{"c", "1234"}}).path();
  age(oldest, hours(5));
  age(older, hours(4));
  const TreeTrim would = trim(8, Apply::kNo);
  EXPECT_EQ(would.trees_removed, 1U);
  EXPECT_TRUE(os::exists(oldest));

  const TreeTrim trimmed = trim(8);
  EXPECT_EQ(trimmed.trees_removed, 1U);
  EXPECT_EQ(trimmed.bytes_freed, 4U);
  EXPECT_EQ(trimmed.kept.trees, 2U);
  EXPECT_EQ(trimmed.kept.bytes, 8U);
  EXPECT_FALSE(os::exists(oldest));
  EXPECT_FALSE(os::exists(oldest.string() + ".sum"));
  EXPECT_TRUE(os::exists(older));

  EXPECT_EQ(trim(0).trees_removed, 1U) << "what was used within the hour stays";
  EXPECT_TRUE(os::exists(fresh));
}

TEST_F(UpkeepTest, WhatIsInUseStaysHoweverOld) {
  std::filesystem::path merged;
  {
    const Tree layers[] = {unpack(trees_, {{"a", "1"}}), unpack(trees_, {{"b", "2"}})};
    const Tree opt = trees_.merge(layers).value();
    const auto variant = trees_.variant(opt.path(), {}, {}).value();
    merged = opt.path();
    for (const auto& path : {layers[0].path(), layers[1].path(), merged, variant.path()})
      age(path, hours(90));
    const TreeTrim trimmed = trim(0);
    EXPECT_EQ(trimmed.trees_removed, 0U);
    EXPECT_EQ(trimmed.kept.trees, 3U);
    EXPECT_EQ(trimmed.kept.bytes, 2U) << "a file that trees share is counted once";
    EXPECT_TRUE(os::exists(variant.path() / "a"));
  }
  EXPECT_EQ(trim(0).trees_removed, 3U);
  EXPECT_FALSE(os::exists(merged));
}

TEST_F(UpkeepTest, UseRenewsTheAge) {
  const auto place = unpack(trees_, {{"a", "1"}}).path();
  age(place, hours(90));
  unpack(trees_, {{"a", "1"}});
  EXPECT_EQ(trim(0).trees_removed, 0U);
  EXPECT_TRUE(os::exists(place));
}

TEST_F(UpkeepTest, SharedFilesAreFreedWithTheLastThatHasThem) {
  {
    const Tree layers[] = {unpack(trees_, {{"a", "1234"}}), unpack(trees_, {{"b", "1234"}})};
    age(trees_.merge(layers).value().path(), hours(9));
    age(layers[0].path(), hours(8));
    age(layers[1].path(), hours(7));
  }
  const TreeTrim trimmed = trim(4);
  EXPECT_EQ(trimmed.trees_removed, 2U);
  EXPECT_EQ(trimmed.bytes_freed, 4U);
  EXPECT_EQ(tree_stats(folder_.path(), pool_).value().bytes, 4U);
}

TEST_F(UpkeepTest, WhatKilledProcessesLeftGoes) {
  for (const char* name : {"scratch", "trees", "merged", "runtime-root"}) {
    ASSERT_TRUE(os::make_directories(folder_.path() / name / "bytecode-aB3xYz/deep").has_value());
    std::ofstream(folder_.path() / name / "bytecode-aB3xYz/deep/file") << "12345";
    age(folder_.path() / name / "bytecode-aB3xYz", hours(2));
    ASSERT_TRUE(os::make_directories(folder_.path() / name / "bytecode-Young1").has_value());
  }
  auto owned = os::TempDirectory::create_in(folder_.path() / "scratch", "tests").value();
  age(owned.path(), hours(2));
  EXPECT_EQ(trim(1000, Apply::kNo).bytes_freed, 20U);
  EXPECT_TRUE(os::exists(folder_.path() / "scratch/bytecode-aB3xYz"));
  EXPECT_EQ(trim(1000).bytes_freed, 20U);
  EXPECT_TRUE(os::exists(owned.path()));
  for (const char* name : {"scratch", "trees", "merged", "runtime-root"}) {
    EXPECT_FALSE(os::exists(folder_.path() / name / "bytecode-aB3xYz"));
    EXPECT_TRUE(os::exists(folder_.path() / name / "bytecode-Young1"));
  }
}

TEST_F(UpkeepTest, AnEmptyCacheHasNothing) {
  EXPECT_EQ(tree_stats(folder_.path(), pool_).value().trees, 0U);
  EXPECT_EQ(trim(0).bytes_freed, 0U);
  EXPECT_EQ(verify().trees, 0U);
}

TEST_F(UpkeepTest, VerifyFindsADamagedTree) {
  const Tree good = unpack(trees_, {{"a", "good"}});
  const Tree bad = unpack(trees_, {{"b", "good"}});
  EXPECT_TRUE(verify().damaged.empty());
  overwrite(bad.path() / "b", "evil");
  Heard events;
  const TreeVerification found = verify(events);
  EXPECT_EQ(found.trees, 2U);
  EXPECT_EQ(found.bytes, 8U);
  EXPECT_EQ(found.damaged, std::vector<Digest>{bad.name()});
  EXPECT_EQ(events.damaged, 1U);
  EXPECT_FALSE(os::exists(bad.path()));
  EXPECT_EQ(os::list_directory(folder_.path() / "quarantine").value().size(), 1U);
  EXPECT_TRUE(verify().damaged.empty());
}

TEST_F(UpkeepTest, ATreeWithoutASumIsUnknownUntilItIsUsed) {
  const auto place = unpack(trees_, {{"a", "good"}}).path();
  ASSERT_TRUE(os::remove_path(place.string() + ".sum").has_value());
  EXPECT_EQ(verify().unknown, 1U);
  EXPECT_EQ(verify().trees, 0U);
  TreeStore later(folder_.path());
  unpack(later, {{"a", "good"}});
  EXPECT_EQ(verify().unknown, 0U);
  EXPECT_EQ(verify().trees, 1U);
}

TEST_F(UpkeepTest, VerifyRemovesMergedTreesOfOtherFiles) {
  std::filesystem::path merged;
  std::filesystem::path tree;
  {
    const Tree layers[] = {unpack(trees_, {{"a", "1"}}), unpack(trees_, {{"b", "2"}})};
    merged = trees_.merge(layers).value().path();
    tree = layers[0].path();
  }
  verify();
  EXPECT_TRUE(os::exists(merged));
  overwrite(tree / "a", "x");
  verify();
  EXPECT_FALSE(os::exists(merged));
}

}  // namespace
}  // namespace lamella::trees
