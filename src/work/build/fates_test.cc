// SPDX-License-Identifier: Apache-2.0
#include "build/fates.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;

/// core <- left, right <- top (a diamond), "use" on top; "apart" needs nothing.
class FatesTest : public BuildTest {
 protected:
  void SetUp() override {
    for (const char* name : {"core", "left", "right", "top", "apart"}) lock_wheel(name, "1.0");
    add_layer("core", {"core"});
    add_layer("left", {"left"}, {"core"});
    add_layer("right", {"right"}, {"core"});
    add_layer("top", {"top"}, {"left", "right"});
    add_layer("apart", {"apart"});
    add_function("use", {"core", "left", "right", "top"});
    plans_ = plan();
    fates_.emplace(workspace_, plans_);
  }
  std::size_t at(const std::string& name) const {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      if (plans_[i].name == name) return i;
    }
    return plans_.size();
  }
  static Error broken(const std::string& what) { return Error(ErrorCode::kRejected, what); }
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const Unmade& one : fates_->unmade())
      lines.push_back(one.name + (one.skipped() ? " because " + one.because : ": " + one.error->what()));
    return lines;
  }

  std::vector<ArtifactPlan> plans_;
  std::optional<Fates> fates_;
};

TEST_F(FatesTest, ADiamondIsSkippedOnceAndNamesTheRoot) {
  fates_->fail(at("core"), broken("bad"));
  EXPECT_THAT(told(), ElementsAre("core: bad", "left because core", "right because core", "top because core",
                                  "use because core"));
  EXPECT_FALSE(fates_->lost(at("apart")));
}

TEST_F(FatesTest, OneSideOfADiamondLeavesTheOther) {
  fates_->fail(at("right"), broken("bad"));
  EXPECT_THAT(told(), ElementsAre("right: bad", "top because right", "use because right"));
  EXPECT_FALSE(fates_->lost(at("left")));
}

TEST_F(FatesTest, WhatFailedBesideWhatItNeedsIsOnlySkipped) {
  fates_->fail(at("top"), broken("also bad"));
  fates_->fail(at("core"), broken("bad"));
  EXPECT_THAT(told(), ElementsAre("core: bad", "left because core", "right because core", "top because core",
                                  "use because core"));
}

TEST_F(FatesTest, ASharedPartIsToldOnce) {
  fates_->fail_together({at("left"), at("apart")}, "numpy 1.0", broken("bad wheel"));
  EXPECT_THAT(told(), ElementsAre("left: bad wheel", "top because left", "apart because numpy 1.0",
                                  "use because left"));
}

TEST_F(FatesTest, TheOrderFollowsTheNeeds) {
  EXPECT_THAT(fates_->order(),
              ElementsAre(at("core"), at("apart"), at("left"), at("right"), at("top"), at("use")));
}

}  // namespace
}  // namespace lamella::build
