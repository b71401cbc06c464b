// SPDX-License-Identifier: Apache-2.0
#include "package/left_out.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "package/package_fixture.h"

namespace lamella::package {
namespace {

using testing::ElementsAre;

class LeftOutTest : public PackageTest {};

TEST_F(LeftOutTest, WritesWhatRulesTookAndNothingElse) {
  fixture::WheelMaker maker;
  maker.files = {{"tiny/__init__.py", ""},
                 {"tiny/tests/a.py", "one"},
                 {"tiny/tests/b.py", "three"},
                 {"tiny/__pycache__/x.cpython-311.pyc", "stale"},
                 {"tiny/kept/tests/c.py", ""}};
  Recipe recipe = recipe_of(maker);
  recipe.drop = {model::Glob::parse("tiny/tests/*").value()};
  recipe.rules = {{"generic/tests", {.drop = {model::Glob::parse("**/tests/**").value()}}, true}};
  recipe.keep = {model::Glob::parse("tiny/kept/**").value()};
  recipe.put_back["drop tiny/tests/*"] = {model::Glob::parse("tiny/tests/b.py").value()};
  const auto place = folder_.path() / "left";
  const auto left = extract_left_out(*store_, recipe, place).value();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].path, "tiny/tests/a.py");
  EXPECT_THAT(left[0].rules, ElementsAre("drop tiny/tests/*", "generic/tests"));
  EXPECT_EQ(left[0].bytes, 3U);
  EXPECT_THAT(left[1].rules, ElementsAre("generic/tests"));
  EXPECT_EQ(os::read_file(place / "tiny/tests/b.py").value(), "three");
  EXPECT_FALSE(os::exists(place / "tiny/__init__.py"));
}

TEST(PatternsFor, NameAFolderThatIsWantedWhole) {
  const std::vector<std::string> all = {"a/b/x.py", "a/b/y.py", "a/c/x.py", "a/c/y.py", "d.py", "e/only.py"};
  EXPECT_THAT(patterns_for({"a/b/x.py", "a/b/y.py", "a/c/y.py"}, all), ElementsAre("a/b/**", "a/c/y.py"));
  EXPECT_THAT(patterns_for({"a/b/x.py", "a/b/y.py", "a/c/x.py", "a/c/y.py"}, all), ElementsAre("a/**"));
  EXPECT_THAT(patterns_for({"d.py", "e/only.py"}, all), ElementsAre("d.py", "e/only.py"));
  EXPECT_THAT(patterns_for({}, all), ElementsAre());
}

RC_GTEST_PROP(PatternsFor, MatchWhatIsWantedAndNothingElse, ()) {
  const auto letters =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab"))));
  const auto path = rc::gen::map(rc::gen::resize(4, letters), [](const std::string& parts) {
    std::string out;
    for (const char part : parts) out += std::string(1, part) + "/";
    return out + "x.py";
  });
  const auto all = *rc::gen::container<std::set<std::string>>(path);
  std::vector<std::string> wanted;
  std::copy_if(all.begin(), all.end(), std::back_inserter(wanted),
               [](const auto&) { return *rc::gen::arbitrary<bool>(); });
  std::vector<model::Glob> globs;
  for (const std::string& pattern : patterns_for(wanted, {all.begin(), all.end()})) {
    globs.push_back(model::Glob::parse(pattern).value());
  }
  for (const std::string& one : all) {
    RC_ASSERT(any_matches(globs, one) == std::binary_search(wanted.begin(), wanted.end(), one));
  }
}

}  // namespace
}  // namespace lamella::package
