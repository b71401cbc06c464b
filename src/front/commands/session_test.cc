// SPDX-License-Identifier: Apache-2.0
#include "commands/session.h"

#include <gtest/gtest.h>

#include <array>

#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::commands {
namespace {

using model::EnvironmentPart;

TEST(Session, FindsTheNearestWorkspaceUpwards) {
  const auto folder = os::TempDirectory::create().value();
  const auto root = folder.path() / "a";
  ASSERT_TRUE(os::make_directories(root / "b" / "c").has_value());
  ASSERT_TRUE(os::write_file_atomic(root / "lamella.toml", "").has_value());
  EXPECT_EQ(find_workspace(root / "b" / "c").value(), root);
  EXPECT_EQ(find_workspace((root / "b").string() + "/").value(), root);
  EXPECT_EQ(find_workspace(root).value(), root);
  const auto none = find_workspace(folder.path());
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(none.error().fact("absent"), "lamella.toml");
}

TEST(Session, VariablesComeFromWhereTheirPlaceholderSays) {
  const auto lookup = variables_of("local", {.params = {{"model", "forest"}}});
  EXPECT_EQ(lookup({EnvironmentPart::Kind::kEnvironment, "", {}}).value(), "local");
  EXPECT_EQ(lookup({EnvironmentPart::Kind::kParam, "model", {}}).value(), "forest");
  EXPECT_EQ(lookup({EnvironmentPart::Kind::kParam, "other", {}}).value(), std::nullopt);
  EXPECT_EQ(lookup({EnvironmentPart::Kind::kSsm, "/x", {}}).error().code(), ErrorCode::kUsage);
}

TEST(Session, WhatIsReadThroughTheTreeIsConsulted) {
  const auto folder = os::TempDirectory::create().value();
  ASSERT_TRUE(os::write_file_atomic(folder.path() / "a.txt", "1").has_value());
  const os::DirectoryTree files(folder.path());
  const ConsultedTree tree(files, folder.path());
  EXPECT_EQ(tree.read("a.txt").value(), "1");
  EXPECT_EQ(tree.read("absent.txt").value(), std::nullopt);
  const auto seen = tree.seen();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].path, "a.txt");
  EXPECT_TRUE(seen[0].info.has_value());
  EXPECT_EQ(seen[1].path, "absent.txt");
  EXPECT_FALSE(seen[1].info.has_value());
  ASSERT_TRUE(os::write_file_atomic(folder.path() / "absent.txt", "2").has_value());
  EXPECT_EQ(tree.read("absent.txt").value(), "2");
  EXPECT_FALSE(tree.seen()[1].info.has_value()) << "it counts as it was at first";
  tree.look_again("absent.txt");
  EXPECT_TRUE(tree.seen()[1].info.has_value());
  constexpr std::array<std::string_view, 2> kNames = {"b.txt", "c.txt"};
  EXPECT_FALSE(tree.stat_each("", kNames).value()[0].has_value());
  EXPECT_EQ(tree.seen()[2].path, "b.txt");
  EXPECT_EQ(tree.seen()[3].path, "c.txt");
}

}  // namespace
}  // namespace lamella::commands
