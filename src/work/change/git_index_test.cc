// SPDX-License-Identifier: Apache-2.0
#include "change/git_index.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "change/git_fixture.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

class GitIndexTest : public GitTest {
 protected:
  GitIndex load() const { return GitIndex::load(root() / ".git/index"); }
  static std::vector<std::string> paths(const GitIndex& index) {
    std::vector<std::string> found;
    for (const auto& entry : index.below("")) found.emplace_back(entry.path());
    return found;
  }
  bool clean(const GitIndex& index, const std::string& path) const {
    const auto* entry = index.find(path);
    const auto info = os::file_info(root() / path).value();
    return entry != nullptr && info && index.is_clean(*entry, *info);
  }
  void commit_some() {
    write("a", "1");
    write("folder/b", "2");
    write("folder/c", "3");
    write("folder.x", "4");
    commit();
    settle();
  }
};

TEST_F(GitIndexTest, ReadsEveryVersion) {
  commit_some();
  for (const auto* version : {"2", "3", "4"}) {
    git({"update-index", "--index-version", version});
    const GitIndex index = load();
    EXPECT_THAT(paths(index), testing::ElementsAre("a", "folder.x", "folder/b", "folder/c")) << version;
    EXPECT_EQ(index.below("folder/").size(), 2U) << version;
    EXPECT_EQ(index.find("folder"), nullptr) << version;
    for (const std::string& path : paths(index)) EXPECT_TRUE(clean(index, path)) << version << " " << path;
  }
}

TEST_F(GitIndexTest, I1_NothingThatMayHaveChangedIsClean) {
  commit_some();
  EXPECT_TRUE(clean(load(), "a"));
  write("a", "2");
  EXPECT_FALSE(clean(load(), "a")) << "another inode and time";
  fs::permissions(root() / "folder/b", fs::perms::owner_all);
  EXPECT_FALSE(clean(load(), "folder/b")) << "another mode";
  fs::remove(root() / "folder/c");
  fs::create_symlink("b", root() / "folder/c");
  EXPECT_FALSE(clean(load(), "folder/c")) << "another kind";
  write("folder.x", "5");
  git({"add", "folder.x"});
  EXPECT_FALSE(clean(load(), "folder.x")) << "written at the same moment as the index";
}

TEST_F(GitIndexTest, KnowsTheTreeOfAFolderUntilSomethingInItChanges) {
  write("folder/deep/d", "5");
  write("other/e", "6");
  commit_some();
  const auto hex = [](const ContentId& id) {
    std::string text;
    for (const std::byte byte : id) text += fmt::format("{:02x}", std::to_integer<int>(byte));
    return text;
  };
  for (const auto* folder : {"folder", "folder/deep", "other"}) {
    const GitIndex index = load();
    ASSERT_NE(index.folder(folder), nullptr) << folder;
    EXPECT_EQ(hex(index.folder(folder)->id), git({"rev-parse", std::string("HEAD:") + folder}));
  }
  EXPECT_EQ(load().folder("folder")->entries, 3U);
  write("folder/deep/d", "7");
  git({"add", "folder/deep/d"});
  EXPECT_EQ(load().folder("folder"), nullptr);
  EXPECT_EQ(load().folder("folder/deep"), nullptr);
  EXPECT_NE(load().folder("other"), nullptr);
}

TEST_F(GitIndexTest, LeavesOutConflictsAndAnnouncedFiles) {
  commit_some();
  write("announced", "x");
  git({"add", "-N", "announced"});
  EXPECT_EQ(load().find("announced"), nullptr);
  EXPECT_NE(load().find("a"), nullptr);
}

TEST_F(GitIndexTest, I2_ADamagedIndexIsAnEmptyOneOrReadsWithinItsBounds) {
  commit_some();
  for (const auto* version : {"2", "4"}) {
    git({"update-index", "--index-version", version});
    const std::string good = os::read_file(root() / ".git/index").value();
    const fs::path bad = beside("bad");
    for (std::size_t cut = 0; cut < good.size(); cut += 3) {
      ASSERT_TRUE(os::write_file_atomic(bad, good.substr(0, cut)).has_value());
      // One that is cut between two extensions is whole, for all that can be seen.
      const auto left = paths(GitIndex::load(bad));
      EXPECT_TRUE(left.empty() || left == paths(load())) << cut;
    }
    for (std::size_t flip = 0; flip < good.size(); ++flip) {
      std::string text = good;
      text[flip] = static_cast<char>(text[flip] ^ 0x55);
      ASSERT_TRUE(os::write_file_atomic(bad, text).has_value());
      for (const std::string& path : paths(GitIndex::load(bad))) ASSERT_FALSE(path.empty());
    }
  }
  EXPECT_TRUE(GitIndex::load(beside("absent")).empty());
}

TEST_F(GitIndexTest, AnIndexInPartsIsNotUsed) {
  commit_some();
  git({"update-index", "--split-index"});
  EXPECT_TRUE(load().empty());
}

}  // namespace
}  // namespace lamella::change
