// SPDX-License-Identifier: Apache-2.0
#include "model/deprecation.h"

#include <gtest/gtest.h>

namespace lamella::model {
namespace {

Workspace workspace() {
  Workspace out;
  Layer layer;
  layer.name = "core";
  for (const int minor : {9, 13}) {
    for (const auto architecture : {Architecture::kX86_64, Architecture::kArm64})
      layer.targets.push_back({{Language::kPython, 3, minor}, architecture});
  }
  out.layers.push_back(layer);
  Function function;
  function.name = "f";
  function.target = {{Language::kPython, 3, 9}, Architecture::kX86_64};
  out.functions.push_back(function);
  return out;
}

TEST(Deprecation, names_the_runtime_its_days_and_who_uses_it) {
  const auto found = deprecations(workspace(), "2026-01-01T00:00:00Z");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(to_string(found[0].runtime), "python3.9");
  EXPECT_EQ(found[0].used_by, (std::vector<std::string>{"layer core", "function f"}));
  EXPECT_EQ(found[0].text(),
            "deprecated since 2025-12-15; no new functions from 2027-02-01, no changes from 2027-03-03");
}

TEST(Deprecation, counts_from_its_day_on) {
  EXPECT_TRUE(deprecations(workspace(), "2025-12-14").empty());
  EXPECT_EQ(deprecations(workspace(), "2025-12-15").size(), 1u);
  EXPECT_EQ(deprecations(workspace(), "2029-06-30").size(), 2u);
}

}  // namespace
}  // namespace lamella::model
