// SPDX-License-Identifier: Apache-2.0
#include "os/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>

#include "os/directory_tree.h"
#include "os/disk.h"
#include "os/environment.h"
#include "os/lock.h"
#include "os/named_file.h"
#include "os/system_error.h"
#include "os/temp_directory.h"
#include "os/walk.h"

namespace lamella::os {
namespace {

class Files : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return root_.path() / name; }
  void write(const std::string& name, std::string_view text = "x", unsigned mode = 0644) {
    ASSERT_TRUE(make_directories(path(name).parent_path()).has_value());
    ASSERT_TRUE(write_file_atomic(path(name), text, Durability::kRename, mode).has_value());
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    const auto entries = list_directory(root_.path()).value();
    for (const auto& entry : entries) all.push_back(entry.name);
    return all;
  }
  TempDirectory root_ = TempDirectory::create().value();
};

TEST_F(Files, WriteReplacesWhole) {
  write("a", "one");
  ASSERT_TRUE(write_file_atomic(path("a"), "two", Durability::kFsync).has_value());
  EXPECT_EQ(read_file(path("a")).value(), "two");
  EXPECT_EQ(names(), std::vector<std::string>{"a"});
}

TEST_F(Files, AbandonedLeavesNothing) {
  {
    AtomicFile file = AtomicFile::create(path("a")).value();
    ASSERT_TRUE(file.write(std::string(200'000, 'x')).has_value());
    EXPECT_EQ(names().size(), 1U);
    const AtomicFile moved = std::move(file);
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(Files, CommitAsDecidesTheNameLate) {
  AtomicFile file = AtomicFile::create_in(root_.path(), 0444).value();
  ASSERT_TRUE(file.write("abc").has_value());
  ASSERT_TRUE(file.write("def").has_value());
  ASSERT_TRUE(file.commit_as(path("digest")).has_value());
  EXPECT_EQ(read_file(path("digest")).value(), "abcdef");
  EXPECT_EQ(file_info(path("digest")).value()->mode & 0222U, 0U);
}

TEST_F(Files, FullDiskIsSaidOnceAndAgain) {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const UniqueFd fd(full);
  const auto result = write_all(fd.get(), "x");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kIo);
  EXPECT_EQ(result.error().fact("errno"), "ENOSPC");
  EXPECT_NE(result.error().remedy().find("free some space"), std::string::npos);
}

TEST(SystemError, OnlyWhatIsInTheCacheIsMovedWithTheCache) {
  const auto cache = cache_directory().value();
  const auto remedy = [](const std::filesystem::path& where) {
    return system_error(EROFS, "cannot open a lock", where).remedy();
  };
  EXPECT_NE(remedy(cache / "blobs").find("LAMELLA_CACHE_DIR"), std::string::npos);
  EXPECT_EQ(remedy(cache.parent_path() / "shop/.lamella/build.lock").find("LAMELLA_CACHE_DIR"),
            std::string::npos);
  EXPECT_NE(remedy("/work/shop/.lamella/build.lock").find("folder that can be written"), std::string::npos);
}

TEST_F(Files, ANamedDeviceOrPipeIsWrittenToAndStays) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const UniqueFd reader(::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(write_named_file(path("pipe"), "through").has_value());
  EXPECT_TRUE(std::filesystem::is_fifo(path("pipe")));
  EXPECT_EQ(read_to_end(reader.get()).value(), "through");
  ASSERT_TRUE(write_named_file(path("new"), "text").has_value());
  EXPECT_EQ(read_file(path("new")).value(), "text");
  EXPECT_FALSE(write_named_file(path(""), "text").has_value()) << "a folder";
}

TEST_F(Files, OnlyRegularFilesAreRead) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("fifo")).error().code(), ErrorCode::kRejected);
  EXPECT_EQ(read_file("/dev/zero").error().code(), ErrorCode::kRejected);
  EXPECT_EQ(read_file(root_.path()).error().code(), ErrorCode::kRejected);
}

TEST_F(Files, ReadingIsBounded) {
  write("a", std::string(1000, 'x'));
  EXPECT_EQ(read_file(path("a"), 1000).value().size(), 1000U);
  EXPECT_EQ(read_file(path("a"), 999).error().code(), ErrorCode::kLimit);
  EXPECT_FALSE(read_file("/proc/self/status").value().empty());  // its size is said to be 0
}

TEST_F(Files, AbsenceIsAValue) {
  EXPECT_EQ(read_file_if_present(path("no")).value(), std::nullopt);
  EXPECT_EQ(file_info(path("no")).value(), std::nullopt);
  EXPECT_EQ(read_file(path("no")).error().fact("errno"), "ENOENT");
  EXPECT_TRUE(remove_path(path("no")).has_value());
  EXPECT_TRUE(remove_tree(path("no")).has_value());
}

TEST_F(Files, MapsAndCopies) {
  write("a", "0123456789");
  write("empty", "");
  EXPECT_EQ(MappedFile::open(path("a")).value().text(), "0123456789");
  EXPECT_EQ(MappedFile::open(path("empty")).value().text(), "");

  const UniqueFd from = open_file(path("a")).value();
  AtomicFile to = AtomicFile::create(path("b")).value();
  ASSERT_TRUE(copy_range(from.get(), 2, to.fd(), 5).has_value());
  EXPECT_FALSE(copy_range(from.get(), 8, to.fd(), 5).has_value());  // ends early
  auto pipe = make_pipe().value();
  ASSERT_TRUE(copy_range(from.get(), 4, pipe.write.get(), 3).has_value());
  pipe.write.reset();
  EXPECT_EQ(read_to_end(pipe.read.get()).value(), "456");
  ASSERT_TRUE(copy_file(path("a"), path("c"), 0644).has_value());
  EXPECT_EQ(read_file(path("c")).value(), "0123456789");
}

TEST_F(Files, RemoveTreeDoesNotFollowLinks) {
  write("keep/file");
  write("gone/deep/file");
  ASSERT_TRUE(make_symlink("../keep", path("gone/link")).has_value());
  ASSERT_TRUE(set_mode(path("gone/deep"), 0500).has_value());
  ASSERT_TRUE(remove_tree(path("gone")).has_value());
  EXPECT_EQ(names(), std::vector<std::string>{"keep"});
  EXPECT_TRUE(os::exists(path("keep/file")));
}

TEST_F(Files, RenameIfAbsentKeepsWhatIsThere) {
  write("a", "new");
  write("b", "old");
  EXPECT_FALSE(rename_if_absent(path("a"), path("b")).value());
  EXPECT_EQ(read_file(path("b")).value(), "old");
  EXPECT_TRUE(rename_if_absent(path("a"), path("c")).value());
  EXPECT_EQ(read_file(path("c")).value(), "new");
}

TEST_F(Files, MakeDirectoriesRefusesAFileInTheWay) {
  write("a");
  EXPECT_TRUE(make_directories(path("x/y/z")).has_value());
  EXPECT_TRUE(make_directories(path("x/y/z")).has_value());
  EXPECT_FALSE(make_directories(path("a/b")).has_value());
}

TEST_F(Files, LocksExcludeAndNameTheHolder) {
  {
    const auto held = FileLock::try_lock(path("lock")).value();
    ASSERT_TRUE(held.has_value());
    EXPECT_FALSE(FileLock::try_lock(path("lock")).value().has_value());
    const auto waited = FileLock::wait(path("lock"), LockMode::kShared, std::chrono::milliseconds(30));
    ASSERT_FALSE(waited.has_value());
    EXPECT_EQ(waited.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(waited.error().fact("pid"), std::to_string(::getpid()));
  }
  const auto first = FileLock::try_lock(path("lock"), LockMode::kShared).value();
  EXPECT_TRUE(FileLock::try_lock(path("lock"), LockMode::kShared).value().has_value());
}

TEST_F(Files, TemporaryDirectoryGoes) {
  std::filesystem::path gone;
  {
    const TempDirectory directory = TempDirectory::create_in(root_.path()).value();
    gone = directory.path();
    EXPECT_EQ(file_info(gone).value()->mode, 0700U);
    ASSERT_TRUE(write_file_atomic(gone / "x", "x").has_value());
  }
  EXPECT_FALSE(os::exists(gone));
}

TEST_F(Files, DiskSpaceOfWhatIsNotThereYet) { EXPECT_GT(disk_space(path("not/yet")).value().total, 0U); }

TEST_F(Files, WalkIsTheSameWithAndWithoutThreads) {
  for (const char* name : {"b/2", "b/1", "a/x/y/z", "a.b", "top"}) write(name);
  ASSERT_TRUE(make_symlink("b", path("link")).has_value());
  const auto paths = [&](const WalkOptions& options) {
    std::vector<std::string> all;
    const auto entries = walk(root_.path(), options).value();
    for (const auto& entry : entries) all.push_back(entry.path);
    return all;
  };
  const std::vector<std::string> expected = {"a.b", "a/x/y/z", "b/1", "b/2", "link", "top"};
  EXPECT_EQ(paths({}), expected);
  ThreadPool pool(3);
  EXPECT_EQ(paths({.pool = &pool}), expected);
  EXPECT_EQ(
      paths({.skip = [](std::string_view path, base::FileKind) { return path == "b" || path == "a/x"; }}),
      (std::vector<std::string>{"a.b", "link", "top"}));
  EXPECT_EQ(paths({.directories = true}).size(), 10U);
  EXPECT_FALSE(walk(path("no")).has_value());
}

TEST_F(Files, DirectoryTreeStaysInside) {
  write("t/a", "text");
  write("t/d/run", "x", 0755);
  write("outside/secret");
  ASSERT_TRUE(make_symlink("../outside", path("t/out")).has_value());
  const DirectoryTree tree(path("t"));
  EXPECT_EQ(tree.read("a").value(), "text");
  EXPECT_EQ(tree.read("no").value(), std::nullopt);
  EXPECT_EQ(tree.read("d").value(), std::nullopt);
  EXPECT_EQ(tree.read("out").value(), "../outside");
  EXPECT_EQ(tree.read("out/secret").value(), std::nullopt);
  EXPECT_EQ(tree.read("../outside/secret").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(tree.read("/etc/passwd").error().code(), ErrorCode::kUsage);
  EXPECT_TRUE(tree.stat("d/run").value()->executable);
  EXPECT_EQ(tree.stat("out").value()->kind, base::FileKind::kSymlink);
  std::vector<std::string> all;
  const auto entries = tree.list("").value();
  for (const auto& entry : entries) all.push_back(entry.path);
  EXPECT_EQ(all, (std::vector<std::string>{"a", "d/run", "out"}));
  EXPECT_EQ(tree.list("d").value().at(0).path, "d/run");
  EXPECT_TRUE(tree.list("out").value().empty());
}

TEST_F(Files, DirectoryTreeLooksAFolderUpOnceForManyNames) {
  write("t/d/run", "x");
  write("t/top");
  write("t/empty/else");
  write("outside/run");
  ASSERT_TRUE(make_symlink("../outside", path("t/out")).has_value());
  const DirectoryTree tree(path("t"));
  constexpr std::array<std::string_view, 3> kNames = {"absent", "run", "top"};
  for (const char* folder : {"d", "", "empty", "out", "absent", "top"}) {
    const auto each = tree.stat_each(folder, kNames).value();
    const auto one_by_one = tree.base::FileTree::stat_each(folder, kNames).value();
    ASSERT_EQ(each.size(), one_by_one.size()) << folder;
    for (std::size_t i = 0; i < each.size(); ++i) {
      ASSERT_EQ(each[i].has_value(), one_by_one[i].has_value()) << folder << " " << kNames[i];
      EXPECT_TRUE(!each[i] || each[i]->path == one_by_one[i]->path) << folder << " " << kNames[i];
    }
  }
  EXPECT_TRUE(tree.stat_each("d", kNames).value()[1].has_value());
  EXPECT_EQ(tree.stat_each("empty", kNames).value().size(), kNames.size());
  EXPECT_TRUE(tree.stat_each("out", kNames).value().empty()) << "a link";
  constexpr std::array<std::string_view, 1> kOutside = {"../outside"};
  EXPECT_EQ(tree.stat_each("d", kOutside).error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace lamella::os
