// SPDX-License-Identifier: Apache-2.0
#include "build/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lamella::build {
namespace {

using model::ArtifactKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Made made(ArtifactKind kind, std::string name, std::uint64_t unzipped) {
  Made one;
  one.artifact.kind = kind;
  one.artifact.name = std::move(name);
  one.artifact.unzipped_bytes = unzipped;
  one.artifact.zipped_bytes = unzipped / 6;
  one.artifact.packages = {
      {"small", "1", unzipped / 10}, {"large", "1", unzipped / 2}, {"middle", "1", unzipped / 5}};
  return one;
}

class BudgetTest : public testing::Test {
 protected:
  BudgetTest() {
    workspace_.file = "lamella.toml";
    workspace_.layers.resize(2);
    workspace_.layers[0].name = "core";
    workspace_.layers[0].position = {"lamella.toml", 3, 1};
    workspace_.layers[1].name = "ml";
    workspace_.functions.resize(1);
    workspace_.functions[0].name = "predict";
    workspace_.functions[0].layers = {{"core", {}}, {"ml", {}}};
    manifest_.made = {made(ArtifactKind::kLayer, "core", 100'000'000),
                      made(ArtifactKind::kLayer, "ml", 90'000'000),
                      made(ArtifactKind::kFunction, "predict", 5'000)};
  }
  std::string error() const {
    const auto checked = check_budgets(workspace_, manifest_);
    if (checked) return {};
    EXPECT_EQ(checked.error().code(), ErrorCode::kLimit);
    return checked.error().to_string();
  }
  model::Workspace workspace_;
  Manifest manifest_;
};

TEST_F(BudgetTest, TheBudgetItselfIsAllowedAndOneByteMoreIsNot) {
  EXPECT_EQ(error(), "");
  workspace_.layers[0].budget.unzipped = 100'000'000;
  EXPECT_EQ(error(), "");
  workspace_.layers[0].budget.unzipped = 99'999'999;
  EXPECT_THAT(error(), HasSubstr("layer core is 100.0 MB unzipped, over its budget"));
}

TEST_F(BudgetTest, AZipThatIsDeployedFitsIntoARequest) {
  manifest_.made[0].artifact.zipped_bytes = model::kMaxDirectZipBytes;
  EXPECT_EQ(error(), "");
  EXPECT_TRUE(check_service_limits(workspace_, manifest_).has_value());
  manifest_.made[0].artifact.zipped_bytes = model::kMaxDirectZipBytes + 1;
  EXPECT_THAT(error(), HasSubstr("the zip of layer core is 52.4 MB; Lambda takes 52.4 MB in a request"));
  EXPECT_EQ(check_service_limits(workspace_, manifest_).error().fact("over_bytes"), "1");
  // What no function uses is built all the same, and refused when it would be sent.
  workspace_.functions[0].layers = {{"ml", {}}};
  EXPECT_EQ(error(), "");
  EXPECT_FALSE(check_service_limits(workspace_, manifest_).has_value());
}

TEST_F(BudgetTest, AFunctionWithItsLayersFitsToTheByte) {
  manifest_.made[2].artifact.unzipped_bytes = model::kMaxUnzippedBytes - 190'000'000;
  EXPECT_TRUE(check_service_limits(workspace_, manifest_).has_value());
  ++manifest_.made[2].artifact.unzipped_bytes;
  EXPECT_EQ(check_service_limits(workspace_, manifest_).error().code(), ErrorCode::kLimit);
}

TEST_F(BudgetTest, FromFourFifthsOnItIsTold) {
  const auto texts = [&](std::size_t i) {
    std::vector<std::string> out;
    for (const model::Finding& one : near_limits(workspace_, manifest_, manifest_.made[i].artifact)) {
      EXPECT_EQ(one.severity, base::Severity::kWarning);
      out.push_back(one.text);
    }
    return out;
  };
  workspace_.layers[0].budget.unzipped = 125'000'001;
  EXPECT_THAT(texts(0), IsEmpty());
  workspace_.layers[0].budget.unzipped = 125'000'000;
  EXPECT_THAT(texts(0), ElementsAre("100.0 MB unzipped are 80 % of its budget of 125.0 MB"));
  // Over it is an error, not a warning.
  workspace_.layers[0].budget.unzipped = 99'999'999;
  EXPECT_THAT(texts(0), IsEmpty());
  EXPECT_THAT(texts(2), IsEmpty());
  manifest_.made[1].artifact.unzipped_bytes = 130'000'000;
  EXPECT_THAT(texts(2),
              ElementsAre("230.0 MB unzipped with its layers are 87 % of Lambda's limit of 262.1 MB"));
  manifest_.made[2].artifact.zipped_bytes = 45'000'000;
  EXPECT_THAT(texts(2).front(), HasSubstr("its zip of 45.0 MB is 85 %"));
}

TEST_F(BudgetTest, TheProjectsBudgetIsToldToo) {
  const auto texts = [&] {
    std::vector<std::string> out;
    for (const model::Finding& one : near_project_budget(workspace_, manifest_)) out.push_back(one.text);
    return out;
  };
  EXPECT_THAT(texts(), IsEmpty());
  workspace_.project.budget.unzipped = 200'000'000;
  EXPECT_THAT(texts(), ElementsAre(HasSubstr("190.0 MB unzipped, are 95 %")));
  workspace_.project.budget = {.zipped = 35'000'000, .aim = 190'004'999};
  EXPECT_THAT(texts(), ElementsAre(HasSubstr("31.7 MB zipped, are 90 % of the project's budget of 35.0 MB"),
                                   HasSubstr("190.0 MB unzipped, are over the project's aim of 190.0 MB")));
}

TEST_F(BudgetTest, SaysWhoIsLargest) {
  workspace_.layers[0].budget.unzipped = 60'000'000;
  EXPECT_THAT(error(), HasSubstr("largest: large 50.0 MB, middle 20.0 MB, small 10.0 MB"));
  EXPECT_THAT(error(), HasSubstr("lamella.toml:3:1"));
  EXPECT_THAT(error(), HasSubstr("raise the budget by 40.0 MB"));
  EXPECT_EQ(largest_packages(manifest_.made[0].artifact, 1), "large 50.0 MB");
}

TEST_F(BudgetTest, ZippedSizesAndFunctionsHaveBudgetsToo) {
  workspace_.functions[0].budget.zipped = 800;
  EXPECT_THAT(error(), HasSubstr("function predict is"));
  EXPECT_THAT(error(), HasSubstr("zipped, over its budget"));
}

TEST_F(BudgetTest, AnAimIsNoBudget) {
  workspace_.layers[0].budget.aim = 90'000'000;
  workspace_.functions[0].budget.aim = 5'000;
  workspace_.project.budget.aim = 1;
  EXPECT_EQ(error(), "");
  const auto missed = near_limits(workspace_, manifest_, manifest_.made[0].artifact);
  ASSERT_EQ(missed.size(), 1U);
  EXPECT_EQ(missed[0].text, "100.0 MB unzipped are over its aim of 90.0 MB");
  EXPECT_THAT(near_limits(workspace_, manifest_, manifest_.made[2].artifact), IsEmpty());
}

TEST_F(BudgetTest, TheProjectsBudgetIsOverAll) {
  workspace_.project.budget.unzipped = 190'005'000;
  EXPECT_EQ(error(), "");
  workspace_.project.budget.unzipped = 190'004'999;
  EXPECT_THAT(error(), HasSubstr("together are 190.0 MB unzipped"));
  EXPECT_THAT(error(), HasSubstr("core 100.0 MB, ml 90.0 MB"));
  workspace_.project.budget = {.zipped = 31'667'499};
  EXPECT_EQ(error(), "");
  --*workspace_.project.budget.zipped;
  EXPECT_THAT(error(), HasSubstr("together are 31.7 MB zipped, over the project's budget of 31.7 MB"));
  EXPECT_THAT(error(), HasSubstr("core 16.7 MB, ml 15.0 MB"));
}

TEST_F(BudgetTest, AFunctionWithItsLayersStaysUnderLambdasLimit) {
  manifest_.made[1] = made(ArtifactKind::kLayer, "ml", model::kMaxUnzippedBytes - 100'000'000 - 5'000);
  EXPECT_EQ(error(), "");
  manifest_.made[1].artifact.unzipped_bytes += 1;
  EXPECT_THAT(error(), HasSubstr("function predict and its layers are"));
  EXPECT_THAT(error(), HasSubstr("largest is layer ml"));
}

TEST_F(BudgetTest, WhatIsNotBuiltYetIsNotJudged) {
  manifest_.made[1] = made(ArtifactKind::kLayer, "ml", model::kMaxUnzippedBytes);
  manifest_.made.erase(manifest_.made.begin());
  EXPECT_EQ(error(), "");
}

}  // namespace
}  // namespace lamella::build
