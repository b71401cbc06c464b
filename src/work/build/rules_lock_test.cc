// SPDX-License-Identifier: Apache-2.0
#include "build/rules_lock.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace lamella::build {
namespace {

RC_GTEST_PROP(RulesLock, ParseIsTheInverseOfRender, ()) {
  const auto word =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("az09-_./\"\\'"))));
  RulesLock rules;
  const auto rows = *rc::gen::inRange(0, 4);
  for (int i = 0; i < rows; ++i) {
    auto modules = *rc::gen::container<std::vector<std::string>>(word);
    std::sort(modules.begin(), modules.end());
    rules.traced[{*word, *word}] = modules;
  }
  const auto again = parse_rules_lock(render_rules_lock(rules), "locks/rules.toml");
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == rules);
}

TEST(RulesLock, SaysOfWhichLayersItKnows) {
  RulesLock rules;
  rules.traced[{"core", "numpy"}] = {};
  EXPECT_TRUE(rules.has_layer("core"));
  EXPECT_FALSE(rules.has_layer("numpy"));
}

TEST(RulesLock, SortsWhatPeopleWrote) {
  const auto rules = parse_rules_lock(
      "schema = 1\n[[traced]]\nlayer = \"a\"\ndistribution = \"b\"\nmodules = [\"z.py\", \"a.py\"]\n", "f");
  EXPECT_EQ(rules.value().traced.at({"a", "b"}), (std::vector<std::string>{"a.py", "z.py"}));
}

TEST(RulesLock, RefusesAnotherSchemaAndBrokenText) {
  EXPECT_EQ(parse_rules_lock("schema = 2\n", "locks/rules.toml").error().code(), ErrorCode::kUsage);
  const auto broken = parse_rules_lock("schema = \n", "locks/rules.toml");
  EXPECT_EQ(broken.error().code(), ErrorCode::kUsage);
  EXPECT_NE(broken.error().to_string().find("locks/rules.toml:1"), std::string::npos);
}

}  // namespace
}  // namespace lamella::build
