// SPDX-License-Identifier: Apache-2.0
#include "build/releases.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "build/build_fixture.h"
#include "crypto/sha256.h"
#include "os/directory_tree.h"

namespace lamella::build {
namespace {

using model::Bump;
using model::Release;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

LayerContent content(std::map<std::string, std::string> packages, std::set<std::string> modules = {},
                     const std::string& rest = "") {
  LayerContent out;
  out.packages["py311-x86_64"] = std::move(packages);
  out.modules = std::move(modules);
  std::string all = rest;
  for (const auto& [name, version] : out.packages["py311-x86_64"]) all += name + version;
  for (const auto& name : out.modules) all += name;
  out.digest = crypto::sha256(all);
  return out;
}

Bump bump_of(const LayerContent& before, const LayerContent& now) { return change_between(before, now).bump; }

TEST(ContentChange, IsAsLargeAsItsLargestPart) {
  const auto before = content({{"numpy", "1.24.3"}, {"six", "1.16.0"}}, {"tools"});
  EXPECT_EQ(bump_of(before, before), Bump::kNone);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.4"}, {"six", "1.16.0"}}, {"tools"})), Bump::kPatch);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.3"}, {"six", "1.16.0"}}, {"tools"}, "x")), Bump::kPatch);
  EXPECT_EQ(bump_of(before, content({{"idna", "3"}, {"numpy", "1.24.4"}, {"six", "1.16.0"}}, {"tools"})),
            Bump::kMinor);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.3"}, {"six", "1.16.0"}}, {"more", "tools"})),
            Bump::kMinor);
  EXPECT_EQ(bump_of(before, content({{"numpy", "2.0.0"}, {"six", "1.16.0"}}, {"tools"})), Bump::kMajor);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.3"}, {"six", "0.9"}}, {"tools"})), Bump::kMajor);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.3"}}, {"more", "tools"})), Bump::kMajor);
  EXPECT_EQ(bump_of(before, content({{"numpy", "1.24.3"}, {"six", "1.16.0"}})), Bump::kMajor);
}

TEST(ContentChange, TellsOnlyWhatAskedForTheBump) {
  const auto change = change_between(content({{"numpy", "1.24.3"}, {"six", "1.16.0"}}),
                                     content({{"idna", "3"}, {"numpy", "2.0.0"}, {"six", "1.17.0"}}));
  ASSERT_EQ(change.reasons.size(), 1U);
  EXPECT_EQ(change.reasons[0].text, "numpy 1.24.3 → 2.0.0");
}

TEST(ContentChange, ADroppedTargetIsMajorAndANewOneMinor) {
  const auto one = content({{"six", "1.16.0"}});
  auto two = one;
  two.packages["py312-x86_64"] = {{"six", "1.16.0"}};
  two.digest = crypto::sha256("two");
  EXPECT_EQ(bump_of(one, two), Bump::kMinor);
  EXPECT_EQ(bump_of(two, one), Bump::kMajor);
}

TEST(NextRelease, CountsFromTheOneBefore) {
  const auto first = next_release(nullptr, content({{"six", "1.16.0"}}));
  EXPECT_EQ(first.release, (Release{1, 0, 0}));
  EXPECT_EQ(next_release(&first, first.content), first);
  const auto second = next_release(&first, content({{"idna", "3.1"}, {"six", "1.16.0"}}));
  EXPECT_EQ(second.release, (Release{1, 1, 0}));
  EXPECT_EQ(second.from, first.release);
  EXPECT_EQ(second.reason, "idna 3.1 is new");
}

TEST(NextRelease, AnOverrideCountsFromTheReleaseBeforeItsContent) {
  const auto first = next_release(nullptr, content({{"six", "1.16.0"}}));
  const auto second = next_release(&first, content({{"six", "1.17.0"}}));
  EXPECT_EQ(second.release, (Release{1, 0, 1}));
  const auto third = overridden_release(&second, second.content, {Bump::kMajor, "it reads other files"});
  EXPECT_EQ(third.release, (Release{2, 0, 0}));
  EXPECT_EQ(third.reason, "it reads other files");
  EXPECT_EQ(overridden_release(&third, third.content, {Bump::kMinor, "it does not"}).release,
            (Release{1, 1, 0}));
  EXPECT_EQ(overridden_release(&third, content({}), {Bump::kPatch, "unused"}).release, (Release{2, 0, 1}));
}

RC_GTEST_PROP(NextReleaseLaws, NeverFallsAndStaysWithItsContent, ()) {
  const auto some = [] {
    std::map<std::string, std::string> packages;
    for (const auto* name : {"a", "b", "c"}) {
      const int version = *rc::gen::inRange(0, 4);
      if (version > 0) packages[name] = std::to_string(version / 2) + "." + std::to_string(version % 2);
    }
    return content(std::move(packages),
                   *rc::gen::arbitrary<bool>() ? std::set<std::string>{"m"} : std::set<std::string>{});
  };
  LayerRelease at = next_release(nullptr, some());
  for (int i = 0; i < 5; ++i) {
    const auto next = next_release(&at, some());
    const bool kept = next.content == at.content ? next == at : next.release > at.release;
    RC_ASSERT(kept);
    at = next;
  }
  RC_ASSERT(parse_releases(render_releases({{"core", at}}), "t").value() == Releases({{"core", at}}));
}

TEST(ReleasesLock, WhatIsNoReleaseIsRefusedWithItsPlace) {
  const auto row = [](const std::string& text) {
    return parse_releases("schema = 1\n[layers.core]\n" + text, kReleasesLockPath);
  };
  for (const auto* text : {"release = \"1.0\"\n", "release = \"1.0.0\"\ncontent = \"x\"\n",
                           "release = \"1.0.0\"\nbump = \"huge\"\n", "release = \"1.0.0\"\nfrom = \"1\"\n"}) {
    const auto read = row(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(read.error().code(), ErrorCode::kUsage);
    EXPECT_THAT(read.error().to_string(), HasSubstr("locks/releases.toml"));
  }
  EXPECT_EQ(parse_releases("schema = 2\n", kReleasesLockPath).error().code(), ErrorCode::kCorrupt) << "C16";
}

class ReleasesTest : public BuildTest {
 protected:
  ReleasesTest() {
    lock_wheel("greet", "1.0");
    model::Layer& layer = add_layer("core", {"greet"});
    layer.packages = {placed("lib/tools")};
    layer.files = {{placed("tool.sh"), "bin/tool"}};
    write("lib/tools/__init__.py", "x = 1\n");
    write("lib/tools/sub/one.py", "y = 1\n");
    write("lib/tools/sub/rates.csv", "1\n");
    write("tool.sh", "#!/bin/sh\n");
  }
  LayerContent read() { return read_contents(tools_, workspace_, locks()).value().at("core"); }
  void record() {
    write(std::string(kReleasesLockPath), render_releases({{"core", next_release(nullptr, read())}}));
  }
  std::string built() { return build_all().made.at(0).artifact.release; }
};

TEST_F(ReleasesTest, ContentIsPackagesModulesAndFiles) {
  const LayerContent at = read();
  EXPECT_EQ(at.packages.at("py311-x86_64").at("greet"), "1.0");
  EXPECT_THAT(at.modules, UnorderedElementsAre("tools", "tools.sub.one", "tools/sub/rates.csv", "bin/tool"));
}

TEST_F(ReleasesTest, AModuleBelowAPackageCountsAsOne) {
  const LayerContent before = read();
  write("lib/tools/sub/two.py", "z = 1\n");
  const LayerContent more = read();
  EXPECT_EQ(change_between(before, more).bump, Bump::kMinor);
  EXPECT_EQ(change_between(more, before).bump, Bump::kMajor);
  EXPECT_EQ(change_between(content({}, {"tools"}), content({}, {"tools.sub", "tools/a.csv"})).bump,
            Bump::kMinor)
      << "a package without __init__.py is one";
}

TEST_F(ReleasesTest, ContentNeedsNoInterpreterAndKnowsWhereBytecodeGoes) {
  const Digest without = read().digest;
  workspace_.layers[0].bytecode.fallback = model::BytecodeMode::kOnly;
  workspace_.layers[0].targets = {model::Target{model::parse_runtime("python3.9").value(), {}}};
  EXPECT_NE(read().digest, without);
}

TEST_F(ReleasesTest, ABuildShowsTheReleaseOfWhatItMade) {
  EXPECT_EQ(built(), "") << "none was ever recorded";
  record();
  EXPECT_EQ(built(), "1.0.0");
  EXPECT_EQ(load_manifest(root()).made.at(0).artifact.release, "1.0.0");
  write("lib/tools/__init__.py", "x = 2\n");
  EXPECT_EQ(built(), "1.0.1");
  write("lib/tools/__init__.py", "x = 1\n");
  EXPECT_EQ(built(), "1.0.0");
}

TEST_F(ReleasesTest, ALockedBuildRefusesWhatIsNotRecorded) {
  Request locked = unproved();
  locked.locked = true;
  const auto refused = [&] {
    const auto report = try_build(locked);
    return !report.has_value() && report.error().code() == ErrorCode::kUsage;
  };
  EXPECT_TRUE(refused()) << "no file";
  record();
  EXPECT_FALSE(refused());
  write("tool.sh", "#!/bin/sh\necho\n");
  EXPECT_TRUE(refused()) << "another content";
  build_all();
  EXPECT_TRUE(refused()) << "also when it was built already";
}

}  // namespace
}  // namespace lamella::build
