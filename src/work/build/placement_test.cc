// SPDX-License-Identifier: Apache-2.0
#include "build/placement.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PlacementTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("demo", "1.0");
    add_layer("core", {"demo"}).budget.unzipped = 10'000;
    write("packages/m/a.py", "a = 1");
    add_layer("more", {}, {"core"}).packages = {placed("packages/m")};
    add_layer("apart", {}).packages = {placed("packages/m")};
    add_function("orders", {"core"});
    add_function("report", {"apart"});
    rules_.set_limits("core", {{"core", "demo", "1.0", {"demo/__init__.py"}, 1, 2, 3, 4}});
    rules_.placed["core"] = {inputs(), "seen"};
  }
  model::Layer& core() { return workspace_.layers[0]; }
  std::string inputs() {
    const auto all = locks();
    return placement_inputs(workspace_, core(), lock_of(all)).hex();
  }
  std::vector<std::string> stale() {
    const auto all = locks();
    RulesLock rules = rules_;
    auto names = forget_stale(rules, workspace_, lock_of(all));
    EXPECT_EQ(rules.limits.empty(), !names.empty());
    EXPECT_EQ(rules.placed.empty(), !names.empty());
    return names;
  }

  RulesLock rules_;
};

TEST_F(PlacementTest, HoldsForWhatItWasChosenFor) {
  EXPECT_THAT(stale(), IsEmpty());
  add_function("other", {"core"});
  core().checks.emplace_back();
  workspace_.functions[0].memory = 999;
  core().budget.aim = 3;
  EXPECT_THAT(stale(), IsEmpty()) << "nothing of that says where bytecode goes";
}

TEST_F(PlacementTest, IsStaleForAnotherBudget) {
  core().budget.unzipped = 9'999;
  EXPECT_THAT(stale(), ElementsAre("core"));
  core().budget.unzipped.reset();
  EXPECT_THAT(stale(), ElementsAre("core"));
}

TEST_F(PlacementTest, IsStaleForOtherContent) {
  core().prune.drop = {model::Glob::parse("demo/x.py").value()};
  EXPECT_THAT(stale(), ElementsAre("core"));
  core().prune.drop.clear();
  core().bytecode.fallback = model::BytecodeMode::kOnly;
  EXPECT_THAT(stale(), ElementsAre("core"));
  core().bytecode.fallback = model::BytecodeMode::kNone;
  EXPECT_THAT(stale(), IsEmpty());
  lock_wheel("demo", "1.1");
  EXPECT_THAT(stale(), ElementsAre("core"));
}

TEST_F(PlacementTest, IsStaleWhereNothingSaysWhatItWasFor) {
  rules_.placed.clear();
  EXPECT_THAT(stale(), ElementsAre("core"));
  rules_.placed["core"] = {inputs(), ""};
  workspace_.layers.erase(workspace_.layers.begin());
  EXPECT_THAT(stale(), ElementsAre("core")) << "the layer is gone";
}

TEST_F(PlacementTest, ImportsAreKnownWhenAllThatUsesTheLayerWasProved) {
  const auto users = users_of(workspace_, core());
  EXPECT_THAT(users, ElementsAre("function-orders-py311-x86_64", "layer-core-py311-x86_64",
                                 "layer-more-py311-x86_64"));
  build_all();
  const Manifest manifest = load_manifest(root());
  const auto seen = [&](const std::map<std::string, proof::Proof>& proofs) {
    return imports_seen(tools_, workspace_, core(), manifest, proofs);
  };
  std::map<std::string, proof::Proof> proofs = {{users[0], {}}, {users[1], {}}};
  EXPECT_FALSE(seen(proofs).has_value());
  proofs[users[2]] = {};
  const auto nothing = seen(proofs);
  ASSERT_TRUE(nothing.has_value());
  proofs[users[0]].modules = {{"/opt/python/elsewhere/x.py", true, 0}, {"/var/task/app.py", false, 5}};
  EXPECT_EQ(seen(proofs), nothing) << "modules of other layers and of functions are not its own";
  proofs[users[0]].modules = {{"/opt/python/demo/__init__.py", false, 10}};
  const auto one = seen(proofs);
  EXPECT_NE(one, nothing);
  proofs[users[0]].modules = {{"/opt/python/demo/__init__.py", true, 0}};
  EXPECT_EQ(seen(proofs), one) << "what was measured has no part in it";
  proofs[users[0]].start = proofs[users[0]].modules;
  EXPECT_NE(seen(proofs), one);
}

}  // namespace
}  // namespace lamella::build
