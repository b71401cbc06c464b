// SPDX-License-Identifier: Apache-2.0
#include "build/plan.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using model::BytecodeMode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> names(const std::vector<ArtifactPlan>& plans) {
  std::vector<std::string> out;
  for (const ArtifactPlan& plan : plans) out.push_back(plan.name);
  return out;
}
std::vector<std::string> wheels(const ArtifactPlan& plan) {
  std::vector<std::string> out;
  for (const package::Recipe& recipe : plan.wheels) out.push_back(recipe.wheel.distribution);
  return out;
}
model::Glob glob(std::string_view text) { return model::Glob::parse(text).value(); }

/// core <- ml, aws; "predict" uses core and ml, "report" only aws.
class PlanTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("numpy", "1.24.3");
    lock_wheel("sklearn", "1.3.0", {"numpy"});
    lock_wheel("boto", "1.0");
    lock_wheel("requests", "2.0", {"numpy"});
    add_layer("ml", {"sklearn"}, {"core"});
    add_layer("core", {"numpy"});
    add_layer("aws", {"boto"});
    add_function("predict", {"core", "ml"}, {"requests"});
    add_function("report", {"aws"});
  }
};

TEST_F(PlanTest, LayersComeInBuildOrderThenFunctions) {
  EXPECT_THAT(names(plan()), ElementsAre("core", "ml", "aws", "predict", "report"));
}

TEST_F(PlanTest, NothingIsShippedTwice) {
  const auto plans = plan();
  EXPECT_THAT(wheels(plans[0]), ElementsAre("numpy"));
  EXPECT_THAT(wheels(plans[1]), ElementsAre("sklearn")) << "numpy comes from core";
  EXPECT_THAT(wheels(plans[3]), ElementsAre("requests")) << "numpy comes from a layer";
  EXPECT_THAT(plans[1].direct, ElementsAre("sklearn"));
  EXPECT_EQ(plans[1].wheels[0].layout.prefix, "python/");
  EXPECT_EQ(plans[3].wheels[0].layout.prefix, "");
  EXPECT_EQ(plans[0].stem(), "layer-core-py311-x86_64");
}

TEST_F(PlanTest, NamesNarrowItToThemAndWhatTheyNeed) {
  EXPECT_THAT(names(plan({.names = {"ml"}})), ElementsAre("core", "ml"));
  EXPECT_THAT(names(plan({.names = {"predict"}})), ElementsAre("core", "ml", "predict"));
  EXPECT_THAT(names(plan({.names = {"report"}})), ElementsAre("aws", "report"));
  EXPECT_THAT(names(plan({.names = {"aws"}, .layers_only = true})), ElementsAre("aws"));
  EXPECT_THAT(names(plan({.layers_only = true})), ElementsAre("core", "ml", "aws"));
}

TEST_F(PlanTest, ABumpedLeafChangesExactlyWhatContainsIt) {
  const auto before = plan();
  lock_wheel("numpy", "1.24.4");
  const auto after = plan();
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].key() != after[i].key(), before[i].name == "core") << before[i].name;
  }
}

TEST_F(PlanTest, KeysAreOfContentNotOfPlace) {
  const auto before = plan();
  for (auto& package : lock_.lock.packages) package.wheel.url = "https://mirror.invalid/x";
  workspace_.layers[0].description = "said better";
  workspace_.layers[0].budget.unzipped = 1;
  const auto after = plan();
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(before[i].key(), after[i].key()) << before[i].name;
}

TEST_F(PlanTest, ARuleNeedsWhatItNeeds) {
  model::RulePack pack{.pack = "sklearn", .distribution = "sklearn"};
  pack.rules.push_back({.id = "libgfortran",
                        .profile = model::PruneProfile::kSafe,
                        .drop = {glob("sklearn.libs/**")},
                        .needs = {{"numpy", "<2"}}});
  model::RulePack generic{.pack = "generic", .distribution = "*"};
  generic.rules.push_back(
      {.id = "tests", .profile = model::PruneProfile::kSafe, .drop = {glob("**/tests/**")}});
  generic.rules.push_back(
      {.id = "docs", .profile = model::PruneProfile::kAggressive, .drop = {glob("**/doc/**")}});
  tools_.packs = {pack, generic};
  const auto rules = [](const ArtifactPlan& plan) {
    std::vector<std::string> out;
    for (const auto& rule : plan.wheels[0].rules) out.push_back(rule.name);
    return out;
  };
  auto plans = plan();
  EXPECT_THAT(rules(plans[1]), ElementsAre("sklearn/libgfortran", "generic/tests"))
      << "numpy is in the layer below";
  EXPECT_THAT(rules(plans[0]), ElementsAre("generic/tests")) << "not its distribution";
  workspace_.layers[0].prune.profile = model::PruneProfile::kNone;
  workspace_.layers[1].prune.profile = model::PruneProfile::kAggressive;
  plans = plan();
  EXPECT_THAT(rules(plans[1]), IsEmpty());
  EXPECT_THAT(rules(plans[0]), ElementsAre("generic/tests", "generic/docs"));

  workspace_.layers[0].prune.profile = model::PruneProfile::kSafe;
  workspace_.layers[1].prune.profile = model::PruneProfile::kSafe;
  lock_wheel("numpy", "2.0.2");
  EXPECT_THAT(rules(plan()[1]), ElementsAre("generic/tests")) << "what it relies on is true of older ones";
  lock_wheel("numpy", "1.26.4");
  EXPECT_THAT(rules(plan()[1]), ElementsAre("sklearn/libgfortran", "generic/tests"));

  lock_wheel("sklearn", "1.3.0");  // without numpy
  workspace_.layers[0].prune.profile = model::PruneProfile::kSafe;
  EXPECT_THAT(rules(plan()[1]), ElementsAre("generic/tests"));
}

TEST_F(PlanTest, AnExtraRuleAppliesWhereItIsNamedAndNowhereElse) {
  model::RulePack pack{.pack = "numpy", .distribution = "numpy"};
  pack.rules.push_back({.id = "bare", .by_name = true, .drop = {glob("numpy/**")}});
  tools_.packs = {pack};
  workspace_.layers[1].prune.profile = model::PruneProfile::kAggressive;
  EXPECT_THAT(plan()[0].wheels[0].rules, IsEmpty());
  workspace_.layers[1].prune.profile = model::PruneProfile::kNone;
  workspace_.layers[1].prune.extra = {placed("numpy/bare")};
  ASSERT_EQ(plan()[0].wheels[0].rules.size(), 1U);
  EXPECT_EQ(plan()[0].wheels[0].rules[0].name, "numpy/bare");
  workspace_.layers[1].prune.extra = {placed("numpy/bear")};
  const auto typo = try_plan();
  ASSERT_FALSE(typo.has_value());
  EXPECT_EQ(typo.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(typo.error().remedy(), "did you mean 'numpy/bare'?");
}

TEST_F(PlanTest, WhatWasBackedOutReachesThatRuleOfThatArtifactAlone) {
  workspace_.layers[1].prune.drop = {glob("numpy/tests/**")};
  const auto before = plan();
  RulesLock rules;
  rules.add(BackedOut{"core", "numpy", "drop numpy/tests/**", {"numpy/tests/test_it.py"}, "1.24.3", "x"});
  rules.add(BackedOut{"core", "numpy", "drop gone/**", {"a"}, "1.24.3", "a rule that is no more"});
  rules.add(BackedOut{"other", "numpy", "drop numpy/tests/**", {"a"}, "1.24.3", "another layer"});
  const auto after = plan({}, rules);
  EXPECT_NE(after[0].key(), before[0].key());
  ASSERT_EQ(after[0].wheels[0].put_back.size(), 1U);
  EXPECT_THAT(after[0].wheels[0].put_back.at("drop numpy/tests/**"),
              ElementsAre(glob("numpy/tests/test_it.py")));
  EXPECT_EQ(after[1].key(), before[1].key());
}

TEST_F(PlanTest, ServicesConcernBotocoreAlone) {
  lock_wheel("botocore", "1.31.25");
  lock_.lock.roots[2].requirements = {"boto", "botocore"};
  workspace_.layers[2].services = {"sts", "s3"};
  const auto plans = plan();
  ASSERT_THAT(wheels(plans[2]), ElementsAre("boto", "botocore"));
  EXPECT_THAT(plans[2].wheels[0].services, IsEmpty());
  EXPECT_THAT(plans[2].wheels[1].services, ElementsAre("s3", "sts")) << "sorted: their order means nothing";
}

TEST_F(PlanTest, TracesReachOnlyALayerThatAsksForThem) {
  RulesLock rules;
  rules.traced[{"core", "numpy"}] = {"numpy/__init__.py"};
  EXPECT_EQ(plan({}, rules)[0].key(), plan()[0].key());
  workspace_.layers[1].bytecode.traced = BytecodeMode::kOnly;
  const auto traced = plan({}, rules);
  EXPECT_THAT(traced[0].wheels[0].bytecode.traced, ElementsAre("numpy/__init__.py"));
  EXPECT_NE(traced[0].wheels[0].interpreter, "");
  EXPECT_EQ(plan()[0].wheels[0].interpreter, "") << "no traces yet: nothing to compile";
}

/// While it lives, this machine has no interpreter of python3.11.
struct NoInterpreter {
  NoInterpreter() { ::setenv("LAMELLA_INTERPRETER_PYTHON3_11", "/nonexistent/python3.11", 1); }
  ~NoInterpreter() { ::unsetenv("LAMELLA_INTERPRETER_PYTHON3_11"); }
  NoInterpreter(const NoInterpreter&) = delete;
  NoInterpreter& operator=(const NoInterpreter&) = delete;
};

TEST_F(PlanTest, WithoutAnInterpreterWhatAsksForNoBytecodeIsPlannedWithoutIt) {
  const auto none = plan();
  const NoInterpreter here;
  EXPECT_TRUE(plan()[0].no_interpreter.has_value()) << "its proof needs one, too";
  EXPECT_FALSE(plan({.skip_checks = true})[0].no_interpreter.has_value());
  for (model::Layer& layer : workspace_.layers) layer.bytecode = {};
  for (model::Function& function : workspace_.functions) function.bytecode = {};
  const auto plans = plan({.skip_checks = true});
  ASSERT_EQ(plans.size(), none.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    EXPECT_TRUE(plans[i].uncompiled) << plans[i].name;
    EXPECT_TRUE(plans[i].no_interpreter.has_value());
    EXPECT_EQ(plans[i].key(), none[i].key()) << "a machine with an interpreter makes its own";
  }
}

TEST_F(PlanTest, WithoutAnInterpreterBytecodeThatIsAskedForIsRefusedAndTheRestGoesOn) {
  const NoInterpreter here;
  workspace_.layers[0].bytecode = {.fallback = BytecodeMode::kOnly, .asked = true};
  const auto plans = try_plan();
  ASSERT_FALSE(plans.has_value());
  EXPECT_EQ(plans.error().code(), ErrorCode::kToolMissing);
  EXPECT_THAT(plans.error().remedy(), HasSubstr("; or set bytecode = \"none\""));
  EXPECT_THAT(plans.error().remedy(), HasSubstr("apt-get install python3.11"));
  const auto rest = plan({.on_failure = OnFailure::kKeepGoing});
  EXPECT_THAT(names(rest), ElementsAre("core", "ml", "aws", "predict", "report"));
  EXPECT_FALSE(rest[0].refused.has_value());
  ASSERT_TRUE(rest[1].refused.has_value());
  EXPECT_THAT(rest[1].refused->to_string(), HasSubstr("while planning layer ml"));
}

TEST_F(PlanTest, SaysWhatItWasPlanningWhenTheLockIsStale) {
  lock_.lock.roots.erase(lock_.lock.roots.begin());
  const auto plans = try_plan();
  ASSERT_FALSE(plans.has_value());
  EXPECT_EQ(plans.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(plans.error().to_string(), HasSubstr("planning layer ml"));
}

TEST_F(PlanTest, RefusesALockThatLacksWhatIsNeeded) {
  std::erase_if(lock_.lock.packages, [](const auto& package) { return package.name == "numpy"; });
  const auto plans = try_plan({.names = {"core"}});
  ASSERT_FALSE(plans.has_value());
  EXPECT_EQ(plans.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(plans.error().to_string(), HasSubstr("the lock has no numpy, which layer core needs"));
}

}  // namespace
}  // namespace lamella::build
