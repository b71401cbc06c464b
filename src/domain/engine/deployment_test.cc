// SPDX-License-Identifier: Apache-2.0
#include "engine/deployment.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "crypto/sha256.h"
#include "document/json.h"

namespace lamella::engine {
namespace {

using base::ErrorCode;

/// `functions` functions over one layer; the first of them are new, the others on version "1".
struct World {
  Wanted wanted;
  Actual actual;
  Step now;

  explicit World(std::size_t functions, std::size_t fresh = 0, bool published = false) {
    wanted = {.environment = "dev", .account = "1", .region = "r", .layers = {}, .functions = {}};
    wanted.layers.push_back({.layer = "core", .name = "core", .sha256 = crypto::sha256("core")});
    if (published) actual.layers["core"] = {1, "arn:core:1"};
    for (std::size_t i = 0; i < functions; ++i) {
      WantedFunction one{.function = "f" + std::to_string(i), .name = "f", .code = crypto::sha256("f")};
      one.layers = {"core"};
      one.alias = "live";
      wanted.functions.push_back(one);
      if (i >= fresh)
        actual.functions[one.function] = {true, AliasRecord{"1", "was", {}, "r1"}, Configuration{}};
    }
    now = begin(wanted, actual, make_plan(wanted, actual));
  }
  const Effect& only(std::size_t index = 0) const { return now.effects.at(index); }
  World& answer(const Event& event) {
    now = step(std::move(now.state), wanted, event);
    return *this;
  }
  /// Up to the shift of every alias, all well.
  std::vector<Effect> to_shift() {
    if (now.state.stage == Stage::kPublish) answer(LayerPublished{0, {2, "arn:core:2"}});
    for (std::size_t i = 0; i < wanted.functions.size(); ++i) answer(FunctionPrepared{i, "2"});
    for (std::size_t i = 0; i < wanted.functions.size(); ++i) answer(VersionChecked{i, {}, {}, ""});
    return now.effects;
  }
};

TEST(Deployment, GoesThroughItsStagesToPromotion) {
  World world(1);
  ASSERT_TRUE(std::holds_alternative<PublishLayer>(world.only()));
  world.answer(LayerPublished{0, {2, "arn:core:2"}});
  EXPECT_EQ(std::get<PrepareFunction>(world.only()).layer_arns, std::vector<std::string>{"arn:core:2"});
  world.answer(FunctionPrepared{0, "2"});
  EXPECT_EQ(std::get<CheckVersion>(world.only()).version, "2");
  world.answer(VersionChecked{0, {{.name = "c", .passed = true}}, {}, ""});
  EXPECT_EQ(std::get<ShiftAlias>(world.only()).before->version, "1");
  world.answer(AliasShifted{0});
  EXPECT_EQ(world.now.state.outcome, Outcome::kPromoted);
}

TEST(Deployment, ALayerAloneIsPromotedAndNothingIsUnchanged) {
  World layer(0);
  EXPECT_EQ(layer.answer(LayerPublished{0, {1, "a"}}).now.state.outcome, Outcome::kPromoted);
  EXPECT_EQ(World(0, 0, true).now.state.outcome, Outcome::kUnchanged);
}

TEST(Deployment, AFailedCheckMovesNoAliasAndTheOthersStillRun) {
  World world(2);
  world.answer(LayerPublished{0, {2, "a"}}).answer(FunctionPrepared{0, "2"}).answer(FunctionPrepared{1, "2"});
  const std::vector<Effect> checks = world.now.effects;
  world.answer(VersionChecked{0, {{.name = "c", .passed = false, .detail = "no"}}, {}, ""});
  EXPECT_FALSE(moot(world.now.state, checks[1]));
  world.answer(VersionChecked{1, {{.name = "d", .passed = false, .detail = "no"}}, {}, ""});
  EXPECT_EQ(world.now.state.outcome, Outcome::kRolledBack);
  EXPECT_EQ(world.now.state.reasons.size(), 2U);
  EXPECT_TRUE(world.now.effects.empty());
}

TEST(Deployment, AFailureBeforeTheShiftFailsWithItsOwnCodeAndSkipsTheRest) {
  World world(2);
  world.answer(EffectFailed{world.only(), ErrorCode::kMismatch, "bytes"});
  EXPECT_EQ(world.now.state.outcome, Outcome::kFailed);
  EXPECT_EQ(world.now.state.code, ErrorCode::kMismatch);

  World prepare(2);
  prepare.answer(LayerPublished{0, {2, "a"}});
  const std::vector<Effect> effects = prepare.now.effects;
  prepare.answer(EffectFailed{effects[0], ErrorCode::kRefused, "role"});
  EXPECT_TRUE(moot(prepare.now.state, effects[1]));
  prepare.answer(EffectSkipped{effects[1]});
  EXPECT_EQ(prepare.now.state.outcome, Outcome::kFailed);
  EXPECT_EQ(prepare.now.state.reasons.size(), 1U);
}

TEST(Deployment, AFailedShiftTakesBackWhatMovedOrMayHave) {
  World world(3);
  const auto shifts = world.to_shift();
  world.answer(AliasShifted{0}).answer(EffectFailed{shifts[1], ErrorCode::kRemote, "lost"});
  EXPECT_TRUE(moot(world.now.state, shifts[2]));
  world.answer(EffectSkipped{shifts[2]});
  ASSERT_EQ(world.now.effects.size(), 2U);
  EXPECT_EQ(std::get<RestoreAlias>(world.only(0)).before->description, "was");
  world.answer(AliasRestored{0}).answer(AliasRestored{1});
  EXPECT_EQ(world.now.state.outcome, Outcome::kRolledBack);
}

TEST(Deployment, AnAliasMovedBySomeoneElseIsTheirs) {
  World world(1);
  const auto shifts = world.to_shift();
  world.answer(EffectFailed{shifts[0], ErrorCode::kConflict, "moved"});
  // It may have moved by our hand first, so it is looked at; being theirs is no incomplete restoration.
  ASSERT_EQ(world.now.effects.size(), 1U);
  world.answer(EffectFailed{world.only(), ErrorCode::kConflict, "moved"});
  EXPECT_EQ(world.now.state.outcome, Outcome::kFailed);
  EXPECT_EQ(world.now.state.code, ErrorCode::kConflict);
}

TEST(Deployment, AFailedRestoreIsIncompleteAndNamesBothSides) {
  World world(2);
  const auto shifts = world.to_shift();
  world.answer(AliasShifted{0}).answer(EffectFailed{shifts[1], ErrorCode::kRemote, "lost"});
  const auto restores = world.now.effects;
  world.answer(EffectFailed{restores[0], ErrorCode::kRemote, "down"}).answer(AliasRestored{1});
  EXPECT_EQ(world.now.state.outcome, Outcome::kIncomplete);
  const Reason& reason = world.now.state.reasons.back();
  EXPECT_EQ(reason.kind, "restore-failed");
  EXPECT_EQ(reason.from, "2");
  EXPECT_EQ(reason.to, "1");
}

TEST(Deployment, ANewAliasIsKept) {
  World world(2, 1);
  const auto shifts = world.to_shift();
  world.answer(AliasShifted{0}).answer(EffectFailed{shifts[1], ErrorCode::kRemote, "lost"});
  ASSERT_EQ(world.now.effects.size(), 1U);
  EXPECT_EQ(std::get<RestoreAlias>(world.only()).index, 1U);
  EXPECT_EQ(world.now.state.reasons.back().kind, "alias-kept");
}

TEST(Deployment, AnAbortSkipsEverythingButRestoring) {
  World world(2);
  const auto shifts = world.to_shift();
  world.answer(AliasShifted{0}).answer(AbortRequested{});
  EXPECT_TRUE(moot(world.now.state, shifts[1]));
  world.answer(EffectSkipped{shifts[1]});
  ASSERT_EQ(world.now.effects.size(), 1U);
  const Effect restore = world.only();
  world.answer(AbortRequested{});
  EXPECT_FALSE(moot(world.now.state, restore));
  world.answer(AliasRestored{0});
  EXPECT_EQ(world.now.state.outcome, Outcome::kAborted);
  const auto reasons = world.now.state.reasons.size();
  world.answer(AbortRequested{});
  EXPECT_EQ(world.now.state.outcome, Outcome::kAborted);
  EXPECT_EQ(world.now.state.reasons.size(), reasons);
}

TEST(Deployment, TheIntentToShiftHoldsTheRecordToReturnTo) {
  World world(1);
  const auto shifts = world.to_shift();
  const std::string text = document::canonical_json(to_value(shifts[0], world.wanted));
  EXPECT_EQ(text,
            R"({"alias":"live","before":{"description":"was","revision":"r1","version":"1","weights":{}},)"
            R"("step":"shift-alias","subject":"f0","version":"2"})");
}

/// What the world answers to an effect, well or badly.
Event any_answer(const Effect& effect, const Deployment& state) {
  if (moot(state, effect)) return EffectSkipped{effect};
  if (*rc::gen::weightedElement<bool>({{1, true}, {5, false}})) {
    return EffectFailed{
        effect, *rc::gen::element(ErrorCode::kRemote, ErrorCode::kConflict, ErrorCode::kInterrupted), "x"};
  }
  if (const auto* one = std::get_if<PublishLayer>(&effect))
    return LayerPublished{one->index, {2, "arn:core:2"}};
  if (const auto* one = std::get_if<PrepareFunction>(&effect)) return FunctionPrepared{one->index, "2"};
  if (const auto* one = std::get_if<ShiftAlias>(&effect)) return AliasShifted{one->index};
  if (const auto* one = std::get_if<RestoreAlias>(&effect)) return AliasRestored{one->index};
  const bool passed = *rc::gen::weightedElement<bool>({{9, true}, {1, false}});
  return VersionChecked{std::get<CheckVersion>(effect).index, {{.name = "c", .passed = passed}}, {}, ""};
}

// D1, D2, D3
RC_GTEST_PROP(DeploymentProperty, EndsInAnOutcomeAndMovesAliasesOnlyToCheckedVersions, ()) {
  const auto functions = *rc::gen::inRange<std::size_t>(0, 5);
  World world(functions, *rc::gen::inRange<std::size_t>(0, functions + 1));
  std::set<std::size_t> passed, moved;
  bool failed_before_shift = false;
  for (int stages = 0; world.now.state.stage != Stage::kDone; ++stages) {
    RC_ASSERT(stages < 6);
    const std::vector<Effect> effects = world.now.effects;
    RC_ASSERT(!effects.empty());
    for (const Effect& effect : effects) {
      if (*rc::gen::weightedElement<bool>({{1, true}, {30, false}})) world.answer(AbortRequested{});
      if (const auto* shift = std::get_if<ShiftAlias>(&effect)) {
        RC_ASSERT(passed.contains(shift->index));
        RC_ASSERT(!failed_before_shift);
      }
      if (const auto* restore = std::get_if<RestoreAlias>(&effect))
        RC_ASSERT(restore->before->version == "1");
      const Event event = any_answer(effect, world.now.state);
      if (const auto* checked = std::get_if<VersionChecked>(&event); checked && checked->results[0].passed)
        passed.insert(checked->index);
      if (const auto* shifted = std::get_if<AliasShifted>(&event)) moved.insert(shifted->index);
      if (const auto* restored = std::get_if<AliasRestored>(&event)) moved.erase(restored->index);
      world.answer(event);
      failed_before_shift = failed_before_shift || (world.now.state.failed && moved.empty() &&
                                                    world.now.state.stage < Stage::kShift);
    }
  }
  RC_ASSERT(world.now.state.outcome != Outcome::kNone);
  if (world.now.state.outcome == Outcome::kPromoted) RC_ASSERT(moved.size() == functions);
  if (world.now.state.outcome == Outcome::kRolledBack || world.now.state.outcome == Outcome::kAborted) {
    for (const std::size_t index : moved) RC_ASSERT(!world.now.state.functions.at(index).before);
  }
}

}  // namespace
}  // namespace lamella::engine
