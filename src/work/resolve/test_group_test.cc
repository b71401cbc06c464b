// SPDX-License-Identifier: Apache-2.0
#include "resolve/test_group.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/workspace_file.h"
#include "os/directory_tree.h"
#include "os/temp_directory.h"

namespace lamella::resolve {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

model::Workspace workspace(const std::string& body) {
  auto parsed = config::parse_workspace("schema = 1\n[project]\nname = \"shop\"\n" + body, "lamella.toml");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().to_string();
  return std::move(*parsed);
}

constexpr const char* kTested =
    "[layers.a]\nrequirements = [\"six\"]\ntests = \"pytest a/tests\"\n"
    "[layers.b]\nrequirements = [\"numpy\"]\n"
    "[layers.c]\nrequirements = [\"idna\"]\ntests = \"python -m unittest c/test.py\"\n"
    "[functions.f]\nsource = \"f\"\nhandler = \"app.handler\"\nlayers = [\"a\", \"b\", \"c\"]\n"
    "tests = \"pytest f/tests\"\ntest_requirements = [\"pytest==8.3.3\", \"responses\"]\n";

TEST(TestGroups, HoldTheMembersWhoseTestsRequireSomething) {
  const auto groups = test_groups(workspace(kTested));
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].group.lock_path(), "locks/pylock.shop-tests-py311-x86_64.toml");
  EXPECT_EQ(groups[0].of.name, "shop");
  EXPECT_THAT(groups[0].group.layers, ElementsAre("a"));
  EXPECT_THAT(groups[0].group.functions, ElementsAre("f"));
  EXPECT_THAT(test_groups(workspace("[layers.a]\nrequirements = [\"six\"]\n")), IsEmpty());
}

TEST(TestGroups, ANameThatIsTakenIsLengthened) {
  const auto groups =
      test_groups(workspace("[layers.a]\nrequirements = [\"six\"]\ntests = \"pytest x\"\n"
                            "[layers.a-tests]\nrequirements = [\"six\"]\ntests = \"pytest x\"\n"));
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].group.name, "a-tests-tests");
  EXPECT_EQ(groups[1].group.name, "a-tests-tests-tests");
}

TEST(TestInputs, AskForWhatTestsNeedAtTheVersionsThatShip) {
  const auto shop = workspace(kTested);
  const auto group = test_groups(shop).front();
  LockFile shipped;
  shipped.packages = {{.name = "numpy", .version = "1.24.3"}, {.name = "six", .version = "1.16.0"}};
  const auto folder = os::TempDirectory::create().value();
  const os::DirectoryTree tree(folder.path());
  const auto inputs = read_test_inputs(tree, shop, group, &shipped).value();
  EXPECT_THAT(inputs.constraints, ElementsAre("numpy==1.24.3", "six==1.16.0"));
  ASSERT_EQ(inputs.roots.size(), 2U);
  EXPECT_EQ(inputs.roots[0].requirements.requirements.at(0).text.text, "pytest");
  EXPECT_EQ(inputs.roots[1].requirements.requirements.size(), 2U);

  shipped.packages[0].version = "1.26.4";
  EXPECT_NE(read_test_inputs(tree, shop, group, &shipped).value().digest(), inputs.digest());
}

}  // namespace
}  // namespace lamella::resolve
