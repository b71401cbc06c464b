// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_group.h"

#include <gtest/gtest.h>

#include "config/workspace_file.h"

namespace lamella::resolve {
namespace {

model::Workspace workspace(const std::string& body) {
  auto parsed = config::parse_workspace("schema = 1\n[project]\nname = \"shop\"\n" + body, "lamella.toml");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().to_string();
  return std::move(*parsed);
}

std::string function(const std::string& name, const std::string& layers) {
  return "[functions." + name + "]\nsource = \"functions/" + name +
         "\"\nhandler = \"app.handler\"\nlayers = [" + layers + "]\n";
}
std::string layer(const std::string& name, const std::string& more = "") {
  return "[layers." + name + "]\nrequirements = [\"six\"]\n" + more;
}

std::vector<std::string> names(const std::vector<LockGroup>& groups) {
  std::vector<std::string> out;
  for (const auto& group : groups) out.push_back(group.name);
  return out;
}

TEST(LockGroups, one_group_is_called_like_the_project) {
  const auto groups = lock_groups(workspace(layer("a") + layer("b") + function("f", "\"a\", \"b\"")));
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].lock_path(), "locks/pylock.shop-py311-x86_64.toml");
  EXPECT_EQ(groups[0].layers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(groups[0].functions, (std::vector<std::string>{"f"}));
}

TEST(LockGroups, layers_that_never_meet_stay_apart) {
  const auto groups =
      lock_groups(workspace(layer("a") + layer("b") + layer("c", "depends_on = [\"b\"]\n") +
                            function("f", "\"a\"") + function("g", "\"b\"") + function("alone", "")));
  EXPECT_EQ(names(groups), (std::vector<std::string>{"a", "b", "alone"}));
  EXPECT_EQ(groups[1].layers, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(groups[1].functions, (std::vector<std::string>{"g"}));
}

TEST(LockGroups, a_function_joins_what_it_uses) {
  const auto groups = lock_groups(workspace(layer("a") + layer("b") + layer("c") + function("f", "\"a\"") +
                                            function("g", "\"a\", \"c\"")));
  EXPECT_EQ(names(groups), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(groups[0].layers, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(groups[0].functions, (std::vector<std::string>{"f", "g"}));
}

TEST(LockGroups, a_function_and_a_layer_of_one_name_get_two_files) {
  const auto groups = lock_groups(workspace(layer("a") + function("a", "")));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_NE(groups[0].lock_path(), groups[1].lock_path());
}

TEST(LockGroups, are_found_by_member) {
  const auto groups = lock_groups(workspace(layer("a") + layer("b") + function("f", "\"b\"")));
  const model::Target target = groups[0].target;
  EXPECT_EQ(group_of_layer(groups, "b", target), group_of_function(groups, "f"));
  EXPECT_EQ(group_of_layer(groups, "z", target), nullptr);
  EXPECT_EQ(group_of_function(groups, "b"), nullptr);
}

}  // namespace
}  // namespace lamella::resolve
