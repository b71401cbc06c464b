// SPDX-License-Identifier: Apache-2.0
#include "resolve/projects.h"

#include <gmock/gmock.h>

#include "os/directory.h"
#include "os/directory_tree.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "resolve/lock.h"

namespace lamella::resolve {
namespace {

using testing::ElementsAre;

class ProjectsTest : public testing::Test {
 protected:
  ProjectsTest() {
    project("libs/shop", "shop", "[\"six>=1.16\", \"desk\"]");
    project("libs/desk", "desk", "[\"idna\"]");
    write("libs/plain/__init__.py", "");
    model::Layer layer;
    layer.name = "code";
    layer.targets = {model::Target{}, {{model::Language::kPython, 3, 12}, model::Architecture::kArm64}};
    layer.packages = {placed("libs/shop"), placed("libs/plain"), placed("libs/desk")};
    layer.requirements.listed = {placed("boto3")};
    workspace_.layers = {layer};
  }
  static model::PlacedText placed(std::string text) { return {std::move(text), {}}; }
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(os::make_directories((folder_.path() / path).parent_path()).has_value());
    ASSERT_TRUE(os::write_file_atomic(folder_.path() / path, text).has_value());
  }
  void project(const std::string& place, const std::string& name, const std::string& needs) {
    write(place + "/pyproject.toml",
          "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\nname "
          "= \"" +
              name + "\"\nversion = \"1\"\ndependencies = " + needs + "\n");
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  os::DirectoryTree tree_{folder_.path()};
  model::Workspace workspace_;
};

TEST_F(ProjectsTest, EachBuildHasALockPerTarget) {
  std::vector<std::string> paths;
  const auto builds = all_build_inputs(tree_, workspace_).value();
  for (const LockInputs& inputs : builds) {
    paths.push_back(inputs.group.lock_path());
    EXPECT_EQ(inputs.roots.at(0).kind, RootKind::kBuild);
    EXPECT_EQ(inputs.roots.at(0).requirements.requirements.at(0).text.text, "hatchling");
  }
  EXPECT_THAT(paths, ElementsAre("locks/pylock.build-libs-shop-py311-x86_64.toml",
                                 "locks/pylock.build-libs-shop-py312-arm64.toml",
                                 "locks/pylock.build-libs-desk-py311-x86_64.toml",
                                 "locks/pylock.build-libs-desk-py312-arm64.toml"));
}

TEST_F(ProjectsTest, WhatProjectsNeedJoinsWhatTheLayerAsksForButNotEachOther) {
  const LockGroup group = lock_groups(workspace_).at(0);
  const LockInputs inputs = read_lock_inputs(tree_, workspace_, group).value();
  std::vector<std::string> texts;
  for (const auto& line : inputs.roots.at(0).requirements.requirements) texts.push_back(line.text.text);
  EXPECT_THAT(texts, ElementsAre("boto3", "six>=1.16", "idna"));
}

TEST_F(ProjectsTest, ABuildsLockIsReadBackAsItWasWritten) {
  const LockInputs inputs = all_build_inputs(tree_, workspace_).value().front();
  LockFile lock{.group = inputs.group.name, .target = inputs.group.target, .inputs = inputs.digest()};
  lock.roots = {{RootKind::kBuild, "libs/shop", {}}};
  EXPECT_EQ(parse_lock(render_lock(lock), "x").value(), lock);
  EXPECT_TRUE(why_stale(lock, inputs).empty());
  project("libs/shop", "shop", "[]");
  EXPECT_EQ(all_build_inputs(tree_, workspace_).value().front().digest(), inputs.digest());
}

}  // namespace
}  // namespace lamella::resolve
