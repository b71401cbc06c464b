// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock_finder.h"

#include <gmock/gmock.h>

#include "config/workspace_file.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "os/directory_tree.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::resolve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Two groups, of one layer each.
constexpr std::string_view kTwo = R"([layers.net]
requirements = ["requests>=2"]
[layers.tpl]
requirements = ["jinja2"]
)";
constexpr std::string_view kTogether = R"([functions.page]
source = "page"
handler = "app.handler"
layers = ["net", "tpl"]
)";
constexpr std::string_view kBeside = "[layers.extra]\nfiles = [{ from = \"data\", to = \"data\" }]\n";

class LockFinderTest : public testing::Test {
 protected:
  using Versions = std::map<std::string, std::string>;

  static model::Workspace workspace(const std::string& text, const std::string& project = "shop") {
    auto parsed =
        config::parse_workspace("schema = 1\n[project]\nname = \"" + project + "\"\n" + text, "lamella.toml");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().to_string();
    return parsed.value_or(model::Workspace{});
  }
  LockInputs inputs(const model::Workspace& workspace, std::string_view layer) const {
    for (const LockGroup& group : lock_groups(workspace)) {
      if (group.has_layer(layer)) return read_lock_inputs(tree(), workspace, group).value();
    }
    ADD_FAILURE() << layer;
    return {};
  }
  /// As `lamella lock` writes it, with these versions.
  void lock(const LockInputs& inputs, const Versions& versions) const {
    LockFile lock{inputs.group.name, inputs.group.target, inputs.digest(), {}, {}};
    for (const RootInputs& root : inputs.roots)
      lock.roots.push_back({root.kind, root.name, root.canonical(), root.no_deps});
    for (const auto& [name, version] : versions) {
      const std::string file = name + "-" + version + "-py3-none-any.whl";
      lock.packages.push_back(
          {name, version, "", {file, "https://files.example/" + file, crypto::sha256(file), {}}});
    }
    write(inputs.group.lock_path(), render_lock(lock));
  }
  void write(const std::string& path, const std::string& text) const {
    ASSERT_TRUE(os::make_directories((root_.path() / path).parent_path()).has_value());
    ASSERT_TRUE(os::write_file_atomic(root_.path() / path, text).has_value());
  }
  std::optional<FoundLock> find(const model::Workspace& workspace, std::string_view layer) const {
    const os::DirectoryTree here = tree();
    auto found = LockFinder(here, workspace).find(inputs(workspace, layer));
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found.value_or(std::nullopt);
  }
  static Versions versions(const FoundLock& found) {
    Versions all;
    for (const LockedPackage& package : found.lock.packages) all[package.name] = package.version;
    return all;
  }
  static std::vector<std::string> kinds(const FoundLock& found) {
    std::vector<std::string> all;
    for (const Reason& reason : found.stale) all.push_back(reason.kind);
    return all;
  }
  os::DirectoryTree tree() const { return os::DirectoryTree(root_.path()); }

  os::TempDirectory root_ = os::TempDirectory::create("lock-finder").value();
};

TEST_F(LockFinderTest, NothingWasEverLocked) { EXPECT_FALSE(find(workspace(std::string(kTwo)), "net")); }

TEST_F(LockFinderTest, F1_its_own_file_is_read_alone) {
  const std::string one = "[layers.net]\nrequirements = [\"requests>=2\"]\n";
  const auto before = workspace(one);
  lock(inputs(before, "net"), {{"requests", "2.1"}});
  write("locks/pylock.other-py311-x86_64.toml", "<<<<<<< not a lock\n");
  const auto found = find(before, "net");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->stale, IsEmpty());
  EXPECT_EQ(found->file, "locks/pylock.shop-py311-x86_64.toml");
  const auto later = find(workspace("[layers.net]\nrequirements = [\"requests>=2.1\"]\n"), "net");
  ASSERT_TRUE(later);
  EXPECT_THAT(kinds(*later), ElementsAre("requirements-changed"));
}

TEST_F(LockFinderTest, F2_a_group_that_changed_its_name_keeps_its_lock) {
  const std::string text = std::string(kTwo) + std::string(kTogether);
  lock(inputs(workspace(text), "net"), {{"jinja2", "3.1"}, {"requests", "2.1"}});
  for (const auto& now : {workspace(text + std::string(kBeside)), workspace(text, "market")}) {
    const auto found = find(now, "net");
    ASSERT_TRUE(found);
    EXPECT_THAT(found->stale, IsEmpty());
    EXPECT_EQ(found->file, "locks/pylock.shop-py311-x86_64.toml");
    EXPECT_EQ(found->lock.group, inputs(now, "net").group.name);
    EXPECT_EQ(versions(*found), (Versions{{"jinja2", "3.1"}, {"requests", "2.1"}}));
  }
}

TEST_F(LockFinderTest, F3_groups_that_meet_keep_the_versions_of_both) {
  const auto apart = workspace(std::string(kTwo));
  lock(inputs(apart, "net"), {{"requests", "2.1"}, {"urllib3", "1.0"}});
  lock(inputs(apart, "tpl"), {{"jinja2", "3.1"}, {"urllib3", "2.0"}});
  // One group is called like the project, of two the first is called like its first layer.
  for (const std::string_view more : {std::string_view(), kBeside}) {
    const auto together = workspace(std::string(kTwo) + std::string(kTogether) + std::string(more));
    const auto found = find(together, "net");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->file, "locks/pylock.net-py311-x86_64.toml");
    EXPECT_THAT(kinds(*found), ElementsAre("root-added", "root-added"));
    EXPECT_EQ(versions(*found), (Versions{{"jinja2", "3.1"}, {"requests", "2.1"}, {"urllib3", "1.0"}}));
    EXPECT_EQ(parse_lock(render_lock(found->lock), "x").value(), found->lock) << "pip parses it";
  }
}

TEST_F(LockFinderTest, F3_a_group_that_falls_apart_leaves_its_versions_to_both) {
  const std::string text = std::string(kTwo);
  lock(inputs(workspace(text + std::string(kTogether) + std::string(kBeside)), "net"),
       {{"jinja2", "3.1"}, {"requests", "2.1"}});
  const auto found = find(workspace(text), "tpl");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->file, "locks/pylock.net-py311-x86_64.toml");
  EXPECT_THAT(kinds(*found), ElementsAre("root-removed", "root-removed"));
  EXPECT_EQ(versions(*found).at("jinja2"), "3.1");
}

TEST_F(LockFinderTest, F3_a_layer_keeps_its_versions_under_another_name_and_where_it_asks_for_more) {
  lock(inputs(workspace(std::string(kTwo)), "net"), {{"requests", "2.1"}});
  const std::string tpl = "[layers.tpl]\nrequirements = [\"jinja2\"]\n";
  const auto renamed = find(workspace(tpl + "[layers.web]\nrequirements = [\"requests>=2\"]\n"), "web");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(versions(*renamed), (Versions{{"requests", "2.1"}}));
  const auto more = find(workspace("[layers.net]\nrequirements = [\"requests\", \"rich\"]\n"), "net");
  ASSERT_TRUE(more);
  EXPECT_THAT(kinds(*more), ElementsAre("requirements-changed"));
  EXPECT_FALSE(find(workspace("[layers.net]\nrequirements = [\"rich\"]\n"), "net"));
}

TEST_F(LockFinderTest, F4_what_others_still_use_is_left_alone) {
  const auto before = workspace(std::string(kTwo));
  lock(inputs(before, "net"), {{"requests", "2.1"}});
  EXPECT_FALSE(
      find(workspace(std::string(kTwo) + "[layers.apart]\nrequirements = [\"requests>=2\"]\n"), "apart"))
      << "the same requirement, of a group that is as it was";
  const auto tests = workspace(std::string(kTwo) +
                               "[layers.apart]\nrequirements = [\"requests\"]\ntests = \"pytest\"\n"
                               "test_requirements = [\"requests>=2\"]\n");
  lock(inputs(tests, "tpl"), {{"jinja2", "3.1"}});
  EXPECT_FALSE(find(tests, "apart"));
  const auto text = os::read_file(root_.path() / "locks/pylock.net-py311-x86_64.toml").value();
  write("locks/pylock.copy-py311-x86_64.toml", text);
  EXPECT_FALSE(
      find(workspace(
               "[layers.other]\nrequirements = [\"requests>=2\"]\n[layers.net]\nrequirements = [\"rich\"]\n"),
           "other"))
      << "a copy that somebody made";
}

TEST_F(LockFinderTest, OtherTargetsDoNotCount) {
  lock(inputs(workspace("[layers.net]\nrequirements = [\"requests\"]\n"), "net"), {{"requests", "2.1"}});
  EXPECT_FALSE(
      find(workspace("[defaults]\nruntime = \"python3.12\"\n[layers.net]\nrequirements = [\"requests\"]\n",
                     "market"),
           "net"));
}

}  // namespace
}  // namespace lamella::resolve
