// SPDX-License-Identifier: Apache-2.0
#include "change/git_repository.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

#include "change/git_fixture.h"
#include "change/shared_snapshot.h"
#include "change/write_out.h"

/// libgit2 1.5 does not free what it matched a repository's extensions with.  Read by LeakSanitizer alone.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpcre2\n"; }

namespace lamella::change {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RepositoryTest : public GitTest {
 protected:
  std::unique_ptr<GitRepository> open(const std::string& folder = "") {
    auto found = GitRepository::find(folder.empty() ? root() : root() / folder);
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found ? std::move(*found) : nullptr;
  }
  static std::vector<std::string> names(const Snapshot& tree, const std::string& path = "") {
    const auto files = tree.files(path);
    EXPECT_TRUE(files.has_value()) << files.error().to_string();
    std::vector<std::string> found;
    for (const SnapshotFile& file : files.value_or(std::vector<SnapshotFile>())) {
      found.push_back(file.path + (file.executable ? "*" : ""));
    }
    return found;
  }
  static ContentId id(const Snapshot& tree, const std::string& path) {
    const auto files = tree.files(path).value();
    EXPECT_EQ(files.size(), 1U) << path;
    return tree.identify(files.at(0)).value();
  }
};

TEST_F(RepositoryTest, BothKindsOfTreeTellTheSame) {
  write("a.txt", "one");
  write("folder/b.py", "two");
  write("folder/__pycache__/b.pyc", "stale");
  write("folder-x/c", "three");
  write("tool", "#!/bin/sh\n");
  fs::permissions(root() / "tool", fs::perms::owner_all);
  fs::create_symlink("a.txt", root() / "link");
  const std::string first = commit();
  settle();
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  const auto now = repository->working_tree().value();
  const auto all = ElementsAre("a.txt", "folder-x/c", "folder/b.py", "link", "tool*");
  EXPECT_THAT(names(*before), all);
  EXPECT_THAT(names(*now), all);
  EXPECT_THAT(names(*before, "folder"), ElementsAre("folder/b.py"));
  EXPECT_THAT(names(*now, "folder"), ElementsAre("folder/b.py"));
  EXPECT_THAT(names(*now, "absent"), IsEmpty());
  EXPECT_THAT(names(*before, "absent"), IsEmpty());
  for (const auto* path : {"a.txt", "folder/b.py", "link", "tool"}) {
    EXPECT_EQ(id(*before, path), id(*now, path)) << path;
    const bool noted = now->files(path)->front().id.has_value();
    EXPECT_TRUE(noted || path == std::string("link")) << path << " was noted by git, and is not read";
    EXPECT_EQ(before->read(path).value(), now->read(path).value()) << path;
    EXPECT_EQ(before->stat(path).value()->size, now->stat(path).value()->size) << path;
  }
  EXPECT_EQ(before->name(), "commit " + first.substr(0, 12));
  EXPECT_EQ(before->stat("folder").value()->kind, base::FileKind::kDirectory);
  EXPECT_EQ(before->list("folder")->size(), 2U) << "a listing has everything";
}

TEST_F(RepositoryTest, SeesWhatChangedOnDisk) {
  write("same", "1");
  write("changed", "1");
  commit();
  settle();
  write("changed", "2");
  write("new", "3");
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  const auto now = repository->working_tree().value();
  EXPECT_EQ(id(*before, "same"), id(*now, "same"));
  EXPECT_NE(id(*before, "changed"), id(*now, "changed"));
  EXPECT_FALSE(now->files("new")->front().tracked);
  EXPECT_TRUE(now->files("changed")->front().tracked);
}

TEST_F(RepositoryTest, WhatAFolderHoldsOfSomeNamesIsLookedAtOnce) {
  write("folder/a", "1");
  commit();
  const auto now = open()->working_tree().value();
  constexpr std::array<std::string_view, 2> kNames = {"a", "b"};
  EXPECT_FALSE(now->stat_each("folder", kNames).value()[1].has_value());
  EXPECT_TRUE(now->stat_each("none", kNames).value().empty());
  write("folder/b", "2");
  EXPECT_FALSE(now->stat_each("folder", kNames).value()[1].has_value()) << "as it was at the first look";
}

TEST_F(RepositoryTest, AChangeOfTheSameSizeJustAfterTheCommitIsSeen) {
  write("racy", "one");
  commit();
  ASSERT_TRUE(os::write_file_atomic(root() / "racy", "two").has_value());
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  EXPECT_NE(id(*before, "racy"), id(*repository->working_tree().value(), "racy"));
}

TEST_F(RepositoryTest, LineEndingsThatGitAsksForAreNoChange) {
  write(".gitattributes", "*.py text eol=crlf\n");
  write("a.py", "one\r\ntwo\r\n");
  write("b.bin", "one\r\n");
  commit();
  settle();
  write("a.py", "one\r\ntwo\r\n");  // the same bytes at another time: what git noted does not fit
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  const auto now = repository->working_tree().value();
  EXPECT_EQ(git({"diff", "--name-only"}), "");
  EXPECT_EQ(id(*now, "a.py"), id(*before, "a.py"));
  write("a.py", "one\r\nthree\r\n");
  write("b.bin", "one\n");
  EXPECT_NE(id(*repository->working_tree().value(), "a.py"), id(*before, "a.py"));
  EXPECT_NE(id(*repository->working_tree().value(), "b.bin"), id(*before, "b.bin"));
}

TEST_F(RepositoryTest, AFolderHasItsTreesIdAsLongAsItIsAsGitNotedIt) {
  write("pkg/a", "1");
  write("pkg/deep/b", "2");
  commit();
  settle();
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  const auto id_now = [&] {
    const auto tree = repository->working_tree().value();
    const auto id = tree->folder("pkg").value().id;
    EXPECT_EQ(tree->plain_id("pkg").value(), id) << "a look at what git noted tells the same";
    return id;
  };
  ASSERT_TRUE(id_now().has_value());
  EXPECT_EQ(id_now(), before->folder_id("pkg").value());
  EXPECT_EQ(before->folder_id("pkg/a").value(), std::nullopt) << "the mode of a file is not in its id";
  write("pkg/__pycache__/a.pyc", "left over");
  EXPECT_TRUE(id_now().has_value());
  write("pkg/untracked", "3");
  EXPECT_FALSE(id_now().has_value());
  remove("pkg/untracked");
  remove("pkg/deep/b");
  EXPECT_FALSE(id_now().has_value());
  write("pkg/deep/b", "4");
  EXPECT_FALSE(id_now().has_value());
  remove("pkg/deep");
  EXPECT_FALSE(id_now().has_value());
  fs::create_symlink("../elsewhere", root() / "pkg/deep");
  write("elsewhere/b", "2");
  EXPECT_FALSE(id_now().has_value());
}

TEST_F(RepositoryTest, AFolderWithALinkHasNoPlainId) {
  write("pkg/a", "1");
  write("pkg/deep/b", "2");
  fs::create_symlink("a", root() / "pkg/link");
  commit();
  settle();
  const auto repository = open();
  const auto tree = repository->working_tree().value();
  EXPECT_EQ(tree->plain_id("pkg").value(), std::nullopt);
  EXPECT_TRUE(tree->plain_id("pkg/deep").value().has_value());
  const auto commit = repository->at(repository->revision("HEAD").value()).value();
  EXPECT_EQ(commit->plain_id("pkg").value(), std::nullopt);
  EXPECT_EQ(commit->plain_id("pkg/deep").value(), tree->plain_id("pkg/deep").value());
  EXPECT_EQ(tree->plain_id("absent").value(), std::nullopt);
}

TEST_F(RepositoryTest, ASharedSnapshotTellsWhatItsTreeDoes) {
  write("same/deep/a", "1");
  write("other/a", "1");
  write("gone/a", "1");
  commit();
  write("other/a", "2");
  remove("gone");
  write("new/a", "3");
  commit();
  settle();
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD~1").value()).value();
  const auto now = repository->working_tree().value();
  PlainIds ids;
  for (const char* folder : {"same", "same/deep", "other", "new"}) {
    const auto id = now->plain_id(folder).value();
    ASSERT_TRUE(id.has_value()) << folder;
    ids.emplace(folder, *id);
  }
  os::ThreadPool pool(2);
  const auto shared = SharedSnapshot::make(*before, *now, ids, pool);
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(names(*shared), names(*before));
  for (const char* path : {"same/deep/a", "other/a", "gone/a", "new/a", "same/absent", "sam", "other"}) {
    EXPECT_EQ(shared->read(path).value(), before->read(path).value()) << path;
    const auto there = before->stat(path).value();
    const auto told = shared->stat(path).value();
    ASSERT_EQ(told.has_value(), there.has_value()) << path;
    EXPECT_TRUE(!told || (told->kind == there->kind && told->size == there->size)) << path;
  }
  constexpr std::array<std::string_view, 2> kNames = {"a", "absent"};
  for (const char* folder : {"same/deep", "other", "gone", "new"}) {
    const auto told = shared->stat_each(folder, kNames).value();
    ASSERT_EQ(told.empty(), !before->stat(folder).value().has_value()) << folder;
    if (told.empty()) continue;
    EXPECT_EQ(told[0].has_value(), before->stat(base::path_in(folder, "a")).value().has_value()) << folder;
    EXPECT_FALSE(told[1].has_value()) << folder;
  }
  for (const char* folder : {"same", "same/deep", "other", "gone", "new"})
    EXPECT_EQ(shared->folder_id(folder).value(), before->folder_id(folder).value()) << folder;
  // What is the same is asked of the other: it is seen there though git does not know of it.
  write("same/deep/untracked", "4");
  EXPECT_TRUE(shared->stat("same/deep/untracked").value().has_value());
}

TEST_F(RepositoryTest, AWorkspaceMayLieInASubfolder) {
  write("services/shop/lamella.toml", "schema = 1\n");
  write("other", "x");
  commit();
  settle();
  const auto repository = open("services/shop");
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  EXPECT_THAT(names(*before), ElementsAre("lamella.toml"));
  EXPECT_THAT(names(*repository->working_tree().value()), ElementsAre("lamella.toml"));
  write("later/lamella.toml", "schema = 1\n");
  const auto later = open("later");
  const auto none = later->at(later->revision("HEAD").value()).value();
  EXPECT_THAT(names(*none), IsEmpty());
  EXPECT_EQ(none->read("lamella.toml").value(), std::nullopt);
}

TEST_F(RepositoryTest, NamesAreResolvedAsGitDoes) {
  write("a", "1");
  const std::string first = commit("first");
  git({"tag", "-a", "v1", "-m", "annotated"});
  write("a", "2");
  const std::string second = commit("second");
  git({"branch", "feature", "HEAD~1"});
  const auto repository = open();
  const auto commit_of = [&](const std::string& text) { return repository->revision(text).value().commit; };
  EXPECT_EQ(commit_of("HEAD"), second);
  EXPECT_EQ(commit_of("HEAD~1"), first);
  EXPECT_EQ(commit_of("v1"), first);
  EXPECT_EQ(commit_of("feature"), first);
  EXPECT_EQ(commit_of(second.substr(0, 9)), second);
  git({"checkout", "-q", "--detach", "HEAD~1"});
  EXPECT_EQ(commit_of("HEAD"), first);
}

TEST_F(RepositoryTest, WhatIsNoRevisionIsRefusedWithARemedy) {
  write("a", "1");
  commit();
  git({"branch", "release"});
  const auto repository = open();
  const auto refusal = [&](const std::string& text) {
    const auto found = repository->revision(text);
    EXPECT_FALSE(found.has_value()) << text;
    EXPECT_EQ(found.error().code(), ErrorCode::kUsage) << text;
    return found.error().to_string();
  };
  EXPECT_THAT(refusal("--upload-pack=x"), HasSubstr("looks like an option"));
  EXPECT_THAT(refusal("main\nHEAD"), HasSubstr("control character"));
  EXPECT_THAT(refusal(""), HasSubstr("it is empty"));
  EXPECT_THAT(refusal("releas"), HasSubstr("did you mean `release`?"));
  EXPECT_THAT(refusal("HEAD~7"), HasSubstr("`HEAD` has no such ancestor"));
  EXPECT_THAT(refusal("HEAD:a"), HasSubstr("is no commit"));
  EXPECT_THAT(refusal("0123456789012345678901234567890123456789"), HasSubstr("there is no revision"));
}

TEST_F(RepositoryTest, TellsWhereTwoBranchesParted) {
  write("a", "1");
  const std::string base = commit("base");
  git({"checkout", "-q", "-b", "feature"});
  write("b", "1");
  commit("on the branch");
  git({"checkout", "-q", "main"});
  write("c", "1");
  commit("on main");
  const auto repository = open();
  const auto main = repository->revision("main").value();
  const auto feature = repository->revision("feature").value();
  EXPECT_EQ(repository->merge_base(main, feature).value().commit, base);
  git({"checkout", "-q", "--orphan", "alone"});
  commit("alone");
  const auto alone = repository->revision("alone").value();
  EXPECT_THAT(repository->merge_base(main, alone).error().to_string(), HasSubstr("no common ancestor"));
}

TEST_F(RepositoryTest, AShallowCloneAnswersAsFarAsItReaches) {
  for (int i = 0; i < 4; ++i) {
    write("a", std::to_string(i));
    commit();
  }
  git({"clone", "-q", "--depth", "2", "file://" + root().string(), beside("shallow").string()});
  const auto repository = GitRepository::find(beside("shallow")).value();
  EXPECT_TRUE(repository->revision("HEAD~1").has_value());
  const auto beyond = repository->revision("HEAD~3");
  ASSERT_FALSE(beyond.has_value());
  EXPECT_THAT(beyond.error().to_string(), HasSubstr("the clone is shallow"));
  EXPECT_THAT(beyond.error().remedy(), HasSubstr("git fetch --unshallow"));
  EXPECT_THAT(repository->revision(git({"rev-parse", "HEAD~3"})).error().to_string(),
              HasSubstr("the clone is shallow"));
  EXPECT_THAT(repository->revision("typo").error().to_string(), HasSubstr("there is no revision"));
}

TEST_F(RepositoryTest, SaysWhenThereIsNoRepositoryOrNoCommit) {
  fs::create_directories(beside("plain"));
  const auto none = GitRepository::find(beside("plain"));
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(none.error().to_string(), HasSubstr("in no git repository"));
  EXPECT_THAT(open()->revision("HEAD").error().to_string(), HasSubstr("has no commit yet"));
  git({"clone", "-q", "--bare", root().string(), beside("bare").string()});
  EXPECT_THAT(GitRepository::find(beside("bare")).error().to_string(), HasSubstr("bare"));
}

TEST_F(RepositoryTest, AForeignOwnersRepositoryWantsTrust) {
  write("a", "1");
  commit();
  constexpr unsigned kNobody = 65534;
  if (::chown((root() / ".git").c_str(), kNobody, kNobody) != 0 ||
      ::chown(root().c_str(), kNobody, kNobody) != 0) {
    GTEST_SKIP() << "only root can give files away";
  }
  const auto found = GitRepository::find(root());
  if (found) GTEST_SKIP() << "this machine trusts every owner";
  EXPECT_EQ(found.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(found.error().remedy(), HasSubstr("git config --global --add safe.directory"));
}

TEST_F(RepositoryTest, ALinkedWorkTreeHasItsOwnIndex) {
  write("a", "1");
  commit();
  git({"worktree", "add", "-q", beside("linked").string(), "-b", "side"});
  const auto repository = GitRepository::find(beside("linked")).value();
  EXPECT_THAT(names(*repository->working_tree().value()), ElementsAre("a"));
  EXPECT_EQ(id(*repository->at(repository->revision("side").value()).value(), "a"),
            id(*repository->working_tree().value(), "a"));
}

TEST_F(RepositoryTest, NothingOfTheRepositoryIsRun) {
  const std::string marker = beside("ran").string();
  const std::string program = "sh -c 'touch " + marker + "; cat'";
  write("a.txt", "1");
  write(".gitattributes", "*.txt filter=evil diff=evil\n");
  commit();
  for (const auto* name : {"core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process",
                           "diff.evil.textconv", "diff.external", "core.sshCommand"}) {
    git({"config", name, program});
  }
  for (const auto* hook : {"post-checkout", "post-index-change", "fsmonitor-watchman", "pre-commit"}) {
    write(std::string(".git/hooks/") + hook, "#!/bin/sh\ntouch " + marker + "\n");
    fs::permissions(root() / ".git/hooks" / hook, fs::perms::owner_all);
  }
  write("a.txt", "2");
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  const auto now = repository->working_tree().value();
  EXPECT_NE(id(*before, "a.txt"), id(*now, "a.txt"));
  EXPECT_EQ(before->read("a.txt").value(), "1");
  EXPECT_FALSE(fs::exists(marker));
}

TEST_F(RepositoryTest, ASubmoduleIsReadWhereItIsCheckedOut) {
  const fs::path library = beside("library");
  git({"init", "-q", "-b", "main", "."}, library);
  ASSERT_TRUE(os::write_file_atomic(library / "code.py", "x = 1\n").has_value());
  git({"add", "-A"}, library);
  git({"commit", "-q", "-m", "library"}, library);
  git({"submodule", "--quiet", "add", library.string(), "vendor/library"});
  commit();
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  EXPECT_THAT(names(*before, "vendor"), ElementsAre("vendor/library/code.py"));
  EXPECT_THAT(names(*repository->working_tree().value(), "vendor"), ElementsAre("vendor/library/code.py"));
  EXPECT_EQ(id(*before, "vendor/library/code.py"),
            id(*repository->working_tree().value(), "vendor/library/code.py"));

  git({"clone", "-q", root().string(), beside("without").string()});
  const auto without = GitRepository::find(beside("without")).value();
  const auto pinned = without->at(without->revision("HEAD").value()).value();
  EXPECT_THAT(names(*pinned, "vendor"), ElementsAre("vendor/library"));
  EXPECT_THAT(names(*without->working_tree().value(), "vendor"), ElementsAre("vendor/library"));
  EXPECT_EQ(id(*pinned, "vendor/library"), id(*without->working_tree().value(), "vendor/library"));
}

TEST_F(RepositoryTest, OneWithSha256NamesIsRefusedWithARemedy) {
  const fs::path other = beside("sha256");
  git({"init", "-q", "--object-format=sha256", "."}, other);
  const auto found = GitRepository::find(other);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(found.error().what(), HasSubstr("SHA-256"));
  EXPECT_THAT(found.error().remedy(), HasSubstr("SHA-1"));
}

TEST_F(RepositoryTest, WhatASparseCheckoutLeavesOutIsThere) {
  write("kept/a", "1");
  write("left/b", "1");
  commit();
  git({"sparse-checkout", "set", "--no-cone", "kept"});
  ASSERT_FALSE(fs::exists(root() / "left/b"));
  const auto repository = open();
  EXPECT_THAT(names(*repository->working_tree().value()), ElementsAre("kept/a", "left/b"));
  EXPECT_THAT(names(*repository->working_tree().value(), "left"), ElementsAre("left/b"));
}

TEST_F(RepositoryTest, ATreeThatGitWouldNotWriteIsRejected) {
  write("a", "1");
  commit();
  const std::string blob = git({"hash-object", "-w", "a"});
  const fs::path raw = beside("tree");
  std::string bytes = "100644 .GIT";
  bytes.push_back('\0');
  for (std::size_t i = 0; i < blob.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(blob.substr(i, 2), nullptr, 16)));
  ASSERT_TRUE(os::write_file_atomic(raw, bytes).has_value());
  const std::string tree = git({"hash-object", "-t", "tree", "-w", "--literally", raw.string()});
  const std::string bad = git({"commit-tree", tree, "-m", "bad"});
  const auto repository = open();
  const auto snapshot = repository->at(repository->revision(bad).value()).value();
  const auto files = snapshot->files("");
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code(), ErrorCode::kRejected);
}

TEST_F(RepositoryTest, ARevisionIsWrittenOutWithModesAndLinksAndNothingElse) {  // write_out.h, W1
  write("a/b.txt", "old\n");
  write("tool.sh", "#!/bin/sh\n");
  write("__pycache__/left.pyc", "left over");
  std::filesystem::permissions(root() / "tool.sh", std::filesystem::perms::owner_exec,
                               std::filesystem::perm_options::add);
  std::filesystem::create_symlink("../../outside", root() / "a" / "link");
  commit();
  write("a/b.txt", "new\n");
  const auto repository = open();
  const auto tree = repository->at(repository->revision("HEAD").value()).value();
  const auto folder = beside("written");
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_out(*tree, folder).has_value());
  EXPECT_EQ(os::read_file(folder / "a/b.txt").value(), "old\n");
  EXPECT_EQ(os::read_symlink(folder / "a/link").value(), "../../outside");
  const auto mode = std::filesystem::status(folder / "tool.sh").permissions();
  EXPECT_NE(mode & std::filesystem::perms::owner_exec, std::filesystem::perms::none);
  EXPECT_FALSE(std::filesystem::exists(folder / "__pycache__"));
  EXPECT_FALSE(std::filesystem::exists(folder / ".git"));
}

TEST_F(RepositoryTest, NamesOfEveryKindComeThrough) {
  const std::string odd = "tab\there \"quoted\" \xff\xfe.py";
  write("pkg/" + odd, "1");
  std::string deep = "d";
  for (int i = 0; i < 40; ++i) deep += "/" + std::string(90, 'x');
  write("pkg/" + deep, "1");
  commit();
  const auto repository = open();
  const auto before = repository->at(repository->revision("HEAD").value()).value();
  EXPECT_THAT(names(*before, "pkg"), testing::UnorderedElementsAre("pkg/" + odd, "pkg/" + deep));
  EXPECT_THAT(names(*repository->working_tree().value(), "pkg"),
              testing::UnorderedElementsAre("pkg/" + odd, "pkg/" + deep));
}

}  // namespace
}  // namespace lamella::change
