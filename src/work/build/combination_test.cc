// SPDX-License-Identifier: Apache-2.0
#include "build/combination.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lamella::build {
namespace {

ArtifactPlan plan(model::ArtifactKind kind, const std::string& name, const std::string& version) {
  ArtifactPlan out{.kind = kind, .name = name};
  package::Recipe recipe;
  recipe.wheel.distribution = "numlib";
  recipe.wheel.version = version;
  out.wheels.push_back(recipe);
  return out;
}

model::Workspace workspace() {
  model::Workspace out;
  for (const char* name : {"core", "apart"}) {
    model::Layer layer;
    layer.name = name;
    layer.isolated = layer.name == "apart";
    layer.targets = {model::Target{}};
    out.layers.push_back(std::move(layer));
  }
  model::Function function;
  function.name = "f";
  function.layers = {{"core", {}}, {"apart", {}}};
  out.functions.push_back(std::move(function));
  return out;
}

constexpr auto kLayer = model::ArtifactKind::kLayer;
constexpr auto kFunction = model::ArtifactKind::kFunction;

TEST(Combination, two_versions_of_one_distribution_name_the_function_and_both_origins) {
  const auto wrong =
      wrong_combinations(workspace(), {plan(kLayer, "core", "2.0"), plan(kLayer, "apart", "1.0"),
                                       ArtifactPlan{.kind = kFunction, .name = "f"}});
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_EQ(wrong.at(2).code(), ErrorCode::kRefused);
  const std::string text = wrong.at(2).to_string();
  EXPECT_NE(text.find("function f would load two versions of numlib"), std::string::npos) << text;
  EXPECT_NE(text.find("layer core brings 2.0, layer apart brings 1.0"), std::string::npos) << text;
}

TEST(Combination, every_function_that_combines_wrongly_is_told_and_no_other) {
  model::Workspace shop = workspace();
  model::Function other = shop.functions.front();
  other.name = "g";
  std::reverse(other.layers.begin(), other.layers.end());
  shop.functions.push_back(other);
  other.name = "h";
  other.layers.pop_back();
  shop.functions.push_back(other);
  const auto wrong = wrong_combinations(
      shop, {plan(kLayer, "core", "2.0"), plan(kLayer, "apart", "1.0"),
             ArtifactPlan{.kind = kFunction, .name = "f"}, ArtifactPlan{.kind = kFunction, .name = "h"},
             ArtifactPlan{.kind = kFunction, .name = "g"}});
  ASSERT_EQ(wrong.size(), 2U);
  EXPECT_EQ(wrong.at(2).fact("function"), "f");
  EXPECT_EQ(wrong.at(4).fact("function"), "g");
}

TEST(Combination, a_functions_own_version_counts_too) {
  const auto wrong =
      wrong_combinations(workspace(), {plan(kLayer, "apart", "1.0"), plan(kFunction, "f", "2.0")});
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_NE(wrong.at(1).to_string().find("function f brings 2.0"), std::string::npos);
}

TEST(Combination, one_version_twice_is_fine) {
  EXPECT_TRUE(wrong_combinations(workspace(), {plan(kLayer, "core", "1.0"), plan(kLayer, "apart", "1.0"),
                                               ArtifactPlan{.kind = kFunction, .name = "f"}})
                  .empty());
}

}  // namespace
}  // namespace lamella::build
