// SPDX-License-Identifier: Apache-2.0
#include "package/prune.h"

#include <gtest/gtest.h>

namespace lamella::package {
namespace {

std::vector<model::Glob> globs(const std::vector<std::string>& texts) {
  std::vector<model::Glob> out;
  for (const std::string& text : texts) out.push_back(model::Glob::parse(text).value());
  return out;
}

std::string dropped_by(const Recipe& recipe, std::string_view path) {
  return Pruner(recipe).dropped_by(path);
}

TEST(Pruner, KeepsWhatNothingNames) { EXPECT_EQ(dropped_by({}, "tiny/a.py"), ""); }

TEST(Pruner, LicencesAndMetadataStayWhateverIsAsked) {
  Recipe recipe;
  recipe.drop = globs({"**"});
  for (const char* path : {"tiny-1.0.dist-info/METADATA", "tiny-1.0.dist-info/entry_points.txt",
                           "tiny-1.0.dist-info/WHEEL", "tiny-1.0.dist-info/top_level.txt",
                           "tiny-1.0.dist-info/LICENSE.txt", "tiny-1.0.dist-info/licenses/deep/any.txt",
                           "tiny-1.0.dist-info/copying.md", "tiny-1.0.dist-info/NOTICE"}) {
    EXPECT_EQ(dropped_by(recipe, path), "") << path;
    EXPECT_TRUE(is_always_kept(path)) << path;
  }
  EXPECT_EQ(dropped_by(recipe, "tiny-1.0.dist-info/INSTALLER"), "drop **");
  EXPECT_EQ(dropped_by(recipe, "tiny/license.py"), "drop **") << "a module is code, whatever its name";
}

TEST(Pruner, WordsAreAskedInOrder) {
  Recipe recipe;
  recipe.rules = {{"one/x", {.drop = globs({"a/**"}), .keep = globs({"a/spared.py"})}},
                  {"two/x", {.drop = globs({"a/spared.py", "b/**"})}}};
  EXPECT_EQ(dropped_by(recipe, "a/x.py"), "one/x");
  EXPECT_EQ(dropped_by(recipe, "a/spared.py"), "two/x") << "an exception is its own rule's only";
  recipe.drop = globs({"a/x.py"});
  EXPECT_EQ(dropped_by(recipe, "a/x.py"), "drop a/x.py") << "the layer's drop is asked before the rules";
  recipe.keep = globs({"a/**"});
  EXPECT_EQ(dropped_by(recipe, "a/x.py"), "") << "keep wins over the layer's drop";
  EXPECT_EQ(dropped_by(recipe, "a/spared.py"), "") << "and over every rule";
  EXPECT_EQ(dropped_by(recipe, "b/x.py"), "two/x");
}

TEST(Pruner, WhatBuildingPutBackIsTakenFromThatRuleAlone) {
  Recipe recipe;
  recipe.drop = globs({"a/**"});
  recipe.rules = {{"one/x", {.drop = globs({"a/y.py"})}}};
  recipe.put_back["drop a/**"] = globs({"a/x.py", "a/y.py"});
  EXPECT_EQ(dropped_by(recipe, "a/x.py"), "");
  EXPECT_EQ(dropped_by(recipe, "a/y.py"), "one/x");
  EXPECT_EQ(dropped_by(recipe, "a/z.py"), "drop a/**");
  recipe.put_back["one/x"] = globs({"a/y.py"});
  EXPECT_EQ(dropped_by(recipe, "a/y.py"), "");
}

TEST(Pruner, SaysEveryWordThatNamesAFile) {
  Recipe recipe;
  recipe.drop = globs({"a/**", "a/x.py"});
  recipe.rules = {{"one/x", {.drop = globs({"**/x.py"})}}};
  recipe.keep = globs({"a/kept.py", "b/**"});
  const Pruner pruner(recipe);
  EXPECT_EQ(pruner.verdict("a/x.py").matching,
            (std::vector<std::string>{"drop a/**", "drop a/x.py", "one/x"}));
  EXPECT_EQ(pruner.verdict("a/kept.py").kept_by, (std::vector<std::string>{"keep a/kept.py"}));
  EXPECT_TRUE(pruner.verdict("a/kept.py").spared);
  EXPECT_EQ(pruner.verdict("b/y.py").kept_by, (std::vector<std::string>{"keep b/**"}));
  EXPECT_FALSE(pruner.verdict("b/y.py").spared) << "nothing would have dropped it";
  EXPECT_TRUE(pruner.verdict("c/y.py").matching.empty());
}

TEST(Pruner, BytecodeOfTheWheelIsStale) {
  Recipe recipe;
  EXPECT_EQ(dropped_by(recipe, "a/__pycache__/x.cpython-311.pyc"), "stale-bytecode");
  EXPECT_EQ(dropped_by(recipe, "a/x.pyo"), "stale-bytecode");
  recipe.keep = globs({"a/only.pyc"});
  EXPECT_EQ(dropped_by(recipe, "a/only.pyc"), "");
}

TEST(Pruner, ServiceFilterLeavesWhatEveryServiceNeeds) {
  Recipe recipe;
  EXPECT_EQ(dropped_by(recipe, "botocore/data/ec2/2016-11-15/service-2.json.gz"), "") << "no list keeps all";
  recipe.services = {"lambda", "s3"};
  EXPECT_EQ(dropped_by(recipe, "botocore/data/ec2/2016-11-15/service-2.json.gz"), "services");
  EXPECT_EQ(dropped_by(recipe, "botocore/data/s3/2006-03-01/service-2.json.gz"), "");
  EXPECT_EQ(dropped_by(recipe, "botocore/data/s3control/2018-08-20/service-2.json.gz"), "services")
      << "not by prefix";
  EXPECT_EQ(dropped_by(recipe, "botocore/data/endpoints.json"), "");
  EXPECT_EQ(dropped_by(recipe, "boto3/data/dynamodb/2012-08-10/resources-1.json"), "services");
  EXPECT_EQ(dropped_by(recipe, "botocore/session.py"), "");
  recipe.keep = globs({"botocore/data/ec2/**"});
  EXPECT_EQ(dropped_by(recipe, "botocore/data/ec2/2016-11-15/service-2.json.gz"), "");
}

}  // namespace
}  // namespace lamella::package
