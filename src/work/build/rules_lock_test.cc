// SPDX-License-Identifier: Apache-2.0
#include "build/rules_lock.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace lamella::build {
namespace {

RC_GTEST_PROP(RulesLock, ParseIsTheInverseOfRender, ()) {
  const auto word =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("az09-_./\"\\'"))));
  RulesLock rules;
  const auto rows = *rc::gen::inRange(0, 4);
  for (int i = 0; i < rows; ++i) {
    const auto files = *rc::gen::container<std::set<std::string>>(word);
    rules.add(Unstripped{*word, *word, {files.begin(), files.end()}, *word});
  }
  for (int i = 0; i < rows; ++i) {
    auto modules = *rc::gen::container<std::vector<std::string>>(word);
    std::sort(modules.begin(), modules.end());
    rules.traced[{*word, *word}] = modules;
  }
  for (int i = 0; i < rows; ++i) {
    auto patterns = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(std::vector<std::string>{"a/**", "b.py", "c/?.so"}));
    std::sort(patterns.begin(), patterns.end());
    patterns.erase(std::unique(patterns.begin(), patterns.end()), patterns.end());
    rules.add(BackedOut{*word, *word, *word, patterns, *word, *word});
  }
  for (int i = 0; i < rows; ++i) {
    auto modules = *rc::gen::container<std::vector<std::string>>(word);
    std::sort(modules.begin(), modules.end());
    rules.set_limits("",
                     {{std::to_string(i) + *word, *word, *word, modules, *rc::gen::inRange(-9, 9), 1, 2, 3}});
  }
  for (int i = 0; i < rows; ++i) rules.placed[*word] = {*word, *word};
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

TEST(RulesLock, JoinsWhatIsFoundOfOneRule) {
  RulesLock rules;
  EXPECT_TRUE(rules.add(BackedOut{"core", "scipy", "drop scipy/**", {"scipy/a.py"}, "1.0", "first"}));
  EXPECT_FALSE(rules.add(BackedOut{"core", "scipy", "drop scipy/**", {"scipy/a.py"}, "1.1", "again"}));
  EXPECT_TRUE(rules.add(BackedOut{"core", "scipy", "drop scipy/**", {"scipy/b.py"}, "1.1", "more"}));
  EXPECT_TRUE(
      rules.add(BackedOut{"core", "numpy", "drop scipy/**", {"scipy/b.py"}, "1.1", "another distribution"}));
  ASSERT_EQ(rules.backed_out.size(), 2U);
  EXPECT_EQ(rules.backed_out[0].distribution, "numpy");
  EXPECT_EQ(rules.backed_out[1].keep, (std::vector<std::string>{"scipy/a.py", "scipy/b.py"}));
  EXPECT_EQ(rules.backed_out[1].why, "more");
}

TEST(RulesLock, RefusesAPatternThatIsNone) {
  const auto rules = parse_rules_lock("schema = 1\n[[backed_out]]\nartifact = \"a\"\nkeep = [\"../x\"]\n",
                                      "locks/rules.toml");
  EXPECT_EQ(rules.error().code(), ErrorCode::kUsage);
}

TEST(RulesLock, SortsWhatPeopleWrote) {
  const auto rules = parse_rules_lock(
      "schema = 1\n[[traced]]\nlayer = \"a\"\ndistribution = \"b\"\nmodules = [\"z.py\", \"a.py\"]\n", "f");
  EXPECT_EQ(rules.value().traced.at({"a", "b"}), (std::vector<std::string>{"a.py", "z.py"}));
}

TEST(RulesLock, RefusesAnotherSchemaAndBrokenText) {
  EXPECT_EQ(parse_rules_lock("schema = 0\n", "locks/rules.toml").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(parse_rules_lock("schema = 2\n", "locks/rules.toml").error().code(), ErrorCode::kCorrupt)
      << "C16";
  const auto broken = parse_rules_lock("schema = \n", "locks/rules.toml");
  EXPECT_EQ(broken.error().code(), ErrorCode::kUsage);
  EXPECT_NE(broken.error().to_string().find("locks/rules.toml:1"), std::string::npos);
}

}  // namespace
}  // namespace lamella::build
