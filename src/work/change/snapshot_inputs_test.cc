// SPDX-License-Identifier: Apache-2.0
#include "change/snapshot_inputs.h"

#include <gmock/gmock.h>

#include "change/git_fixture.h"
#include "change/git_repository.h"
#include "change/local_inputs.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

/// A workspace with everything that inputs can be: folders, single files, links, left-overs, executables.
class SnapshotInputsTest : public GitTest {
 protected:
  SnapshotInputsTest() {
    write("fn/app.py", "import mine");
    write("fn/requirements.txt", "six");
    write("fn/data/requirements.txt", "kept");
    write("fn/__pycache__/app.pyc", "stale");
    write("fn/app.py~", "stale");
    write("pkg/mine/__init__.py", "");
    write("pkg/mine/.venv/bin/python", "");
    write("shared/constants.py", "A = 1");
    write("tools/run", "#!/bin/sh\n");
    fs::permissions(root() / "tools/run", fs::perms::owner_all);
    fs::create_symlink("../shared/constants.py", root() / "fn/constants.py");
    fs::create_symlink("shared", root() / "alias");
    function_.source = placed("fn");
    function_.packages = {placed("pkg/mine")};
    function_.files = {{placed("tools/run"), "bin/run"}, {placed("shared"), "python/shared"}};
    layer_.packages = {placed("pkg/mine"), placed("shared/constants.py")};
    layer_.files = {{placed("tools"), "bin"}};
  }
  static model::PlacedText placed(std::string text) { return {std::move(text), {}}; }

  template <class Thing, class... Where>
  void expect_same_names(const Thing& thing, const Where&... where) {
    auto index = StatIndex::load(root(), root() / ".lamella/index");
    const auto disk = inputs_of(root(), thing, where..., index);
    ASSERT_TRUE(disk.has_value()) << disk.error().to_string();
    commit();
    const auto repository = GitRepository::find(root()).value();
    const auto at_head = repository->at(repository->revision("HEAD").value()).value();
    const auto working = repository->working_tree().value();
    for (const Snapshot* tree : {at_head.get(), working.get()}) {
      const auto found = inputs_of(*tree, thing, where...).value();
      ASSERT_EQ(found.size(), disk->size()) << tree->name();
      for (std::size_t i = 0; i < found.size(); ++i) {
        EXPECT_EQ(found[i].name, disk->at(i).name) << tree->name();
        EXPECT_EQ(found[i].path, disk->at(i).path) << tree->name();
        EXPECT_EQ(found[i].executable, disk->at(i).executable) << tree->name() << " " << found[i].name;
      }
    }
  }

  model::Function function_;
  model::Layer layer_;
};

TEST_F(SnapshotInputsTest, AreThoseOfABuild) {
  expect_same_names(function_);
  expect_same_names(layer_, model::Runtime());
}

TEST_F(SnapshotInputsTest, ATreeIsTakenAsItLiesThere) {
  write("tree/python/mine.py", "x = 1");
  write("tree/python/__pycache__/mine.pyc", "stale");
  write("tree/lib/libx.so.1", "x");
  write("tree/bin/launch", "#!/bin/sh\n");
  fs::permissions(root() / "tree/bin/launch", fs::perms::owner_all);
  fs::create_symlink("libx.so.1", root() / "tree/lib/libx.so");
  fs::create_symlink("../lib", root() / "tree/bin/lib");
  layer_.tree = placed("tree");
  layer_.layout = model::ModuleLayout::kSitePackages;
  expect_same_names(layer_, model::Runtime());
  auto index = StatIndex::load(root(), root() / ".lamella/index");
  const auto files = inputs_of(root(), layer_, model::Runtime(), index).value();
  const auto link =
      std::find_if(files.begin(), files.end(), [](const auto& one) { return !one.link.empty(); });
  ASSERT_NE(link, files.end());
  EXPECT_EQ(link->name, "bin/lib");
  EXPECT_EQ(link->link, "../lib");
}

TEST_F(SnapshotInputsTest, ALinkOutOfATreeIsRefused) {
  write("tree/python/mine.py", "x = 1");
  write("elsewhere/x", "x");
  layer_.tree = placed("tree");
  for (const char* target : {"../../elsewhere/x", "/etc/hostname", "nowhere", "__pycache__"}) {
    write("tree/python/__pycache__/mine.pyc", "stale");
    fs::create_symlink(target, root() / "tree/python/link");
    auto index = StatIndex::load(root(), root() / ".lamella/index");
    const auto files = inputs_of(root(), layer_, model::Runtime(), index);
    ASSERT_FALSE(files.has_value()) << target;
    EXPECT_EQ(files.error().code(), ErrorCode::kUsage) << target;
    EXPECT_EQ(files.error().where(), "tree/python/link") << target;
    fs::remove(root() / "tree/python/link");
  }
}

TEST_F(SnapshotInputsTest, NamesThatNoZipCanHoldAreRefusedOfLinksToo) {
  write("tree/lib/libx.so.1", "x");
  layer_.tree = placed("tree");
  for (const bool link : {false, true}) {
    const std::string name = "tree/lib/a\\b";
    if (link) fs::create_symlink("libx.so.1", root() / name);
    if (!link) write(name, "x");
    auto index = StatIndex::load(root(), root() / ".lamella/index");
    const auto files = inputs_of(root(), layer_, model::Runtime(), index);
    ASSERT_FALSE(files.has_value()) << link;
    EXPECT_EQ(files.error().what(), "a file's name has a control character or a backslash") << link;
    fs::remove(root() / name);
  }
}

TEST_F(SnapshotInputsTest, ALinkIsFollowedWithinTheWorkspaceOnly) {
  commit();
  fs::create_symlink("/etc/hostname", root() / "outside");
  fs::create_symlink("loop", root() / "loop");
  const auto repository = GitRepository::find(root()).value();
  const auto tree = repository->working_tree().value();
  EXPECT_EQ(file_at(*tree, "fn/constants.py").value()->path, "shared/constants.py");
  EXPECT_EQ(file_at(*tree, "alias/constants.py").value()->path, "shared/constants.py");
  EXPECT_EQ(file_at(*tree, "outside").value(), std::nullopt);
  EXPECT_EQ(file_at(*tree, "loop").value(), std::nullopt);
  EXPECT_EQ(file_at(*tree, "absent").value(), std::nullopt);
  EXPECT_EQ(file_at(*tree, "shared").value(), std::nullopt) << "a folder is no file";
}

TEST_F(SnapshotInputsTest, WhatIsAbsentHasNoFilesAndAFolderBehindALinkHas) {
  commit();
  const auto repository = GitRepository::find(root()).value();
  const auto tree = repository->working_tree().value();
  model::Layer layer;
  layer.packages = {placed("nowhere/at/all")};
  EXPECT_TRUE(inputs_of(*tree, layer, {})->empty());
  layer.packages = {placed("alias")};
  ASSERT_EQ(inputs_of(*tree, layer, {})->size(), 1U);
  EXPECT_EQ(inputs_of(*tree, layer, {})->front().name, "python/alias");
}

TEST_F(SnapshotInputsTest, AnEmptyFolderThatIsASubmoduleIsToldAsOne) {
  const fs::path library = beside("library");
  git({"init", "-q", "-b", "main", "."}, library);
  ASSERT_TRUE(os::write_file_atomic(library / "code.py", "x = 1\n").has_value());
  git({"add", "-A"}, library);
  git({"commit", "-q", "-m", "library"}, library);
  git({"submodule", "--quiet", "add", library.string(), "sub/vendor/library"});
  commit();
  git({"clone", "-q", root().string(), beside("without").string()});
  const fs::path workspace = beside("without") / "sub";
  auto index = StatIndex::load(workspace, workspace / ".lamella/index");
  for (const char* place : {"vendor/library", "vendor", "vendor/library/code.py"}) {
    for (const bool tree : {false, true}) {
      model::Layer layer;
      if (tree)
        layer.tree = placed(place);
      else
        layer.files = {{placed(place), "python/library"}};
      const auto files = inputs_of(workspace, layer, model::Runtime(), index);
      ASSERT_FALSE(files.has_value()) << place;
      EXPECT_EQ(files.error().code(), ErrorCode::kUsage);
      EXPECT_EQ(files.error().remedy(), "run `git submodule update --init vendor/library`") << place;
    }
  }
  git({"submodule", "--quiet", "update", "--init"}, beside("without"));
  model::Layer layer;
  layer.files = {{placed("vendor/library"), "python/library"}};
  EXPECT_TRUE(inputs_of(workspace, layer, model::Runtime(), index).has_value());
  fs::create_directories(workspace / "nothing");
  layer.files = {{placed("nothing"), "python/nothing"}};
  EXPECT_TRUE(inputs_of(workspace, layer, model::Runtime(), index).has_value()) << "empty, and no submodule";
}

}  // namespace
}  // namespace lamella::change
