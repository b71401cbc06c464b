// SPDX-License-Identifier: Apache-2.0
#include "change/stat_index.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "change/local_inputs.h"
#include "crypto/sha256.h"
#include "os/temp_directory.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

class StatIndexTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_.path() / path).parent_path());
    std::ofstream(root_.path() / path) << text;
  }
  /// Moves a file's times back, as if it had been written long ago.
  void age(const std::string& path) {
    const timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root_.path() / path).c_str(), times, 0), 0);
  }
  StatIndex load() { return StatIndex::load(root_.path(), root_.path() / ".lamella/index"); }

  os::TempDirectory root_ = os::TempDirectory::create().value();
};

TEST_F(StatIndexTest, KnowsThatNothingChanged) {
  write("a", "one");
  age("a");
  StatIndex first = load();
  ASSERT_EQ(first.digest_of("a").value(), crypto::sha256("one"));
  ASSERT_TRUE(first.save("all").has_value());
  EXPECT_TRUE(load().is_current("all").value());
  EXPECT_FALSE(load().is_current("other request").value());
}

TEST_F(StatIndexTest, SeesEveryKindOfChange) {
  const auto changed = [&](auto change) {
    write("a", "one");
    age("a");
    write("dir/x", "x");
    age("dir");
    StatIndex index = load();
    EXPECT_TRUE(index.digest_of("a").has_value());
    EXPECT_TRUE(index.watch("dir").has_value());
    EXPECT_TRUE(index.watch("absent").has_value());
    EXPECT_TRUE(index.save("r").has_value());
    EXPECT_TRUE(load().is_current("r").value());
    change();
    const bool seen = !load().is_current("r").value();
    fs::remove(root_.path() / "absent");
    fs::remove(root_.path() / "dir/y");
    return seen;
  };
  EXPECT_TRUE(changed([&] { write("a", "two!"); }));
  EXPECT_TRUE(changed([&] {
    write("a", "eno");
    age("a");
  }));  // same size and mtime: ctime tells
  EXPECT_TRUE(changed([&] { fs::permissions(root_.path() / "a", fs::perms::all); }));
  EXPECT_TRUE(changed([&] { fs::remove(root_.path() / "a"); }));
  EXPECT_TRUE(changed([&] { write("dir/y", "y"); }));
  EXPECT_TRUE(changed([&] { write("absent", ""); }));
}

TEST_F(StatIndexTest, ReadsAgainWhatWasWrittenJustBefore) {
  write("a", "one");
  StatIndex first = load();
  ASSERT_TRUE(first.digest_of("a").has_value());
  ASSERT_TRUE(first.save("r").has_value());
  EXPECT_TRUE(load().is_current("r").value());  // racy, but its content still matches
  StatIndex again = load();
  write("a", "two");
  EXPECT_EQ(again.digest_of("a").value(), crypto::sha256("two"));
}

TEST_F(StatIndexTest, TakesADamagedIndexForNone) {
  write("a", "one");
  age("a");
  StatIndex first = load();
  ASSERT_TRUE(first.digest_of("a").has_value());
  ASSERT_TRUE(first.save("r").has_value());
  const fs::path file = root_.path() / ".lamella/index";
  const std::string good = os::read_file(file).value();
  for (std::size_t cut = 0; cut < good.size(); cut += 7) {
    ASSERT_TRUE(os::write_file_atomic(file, good.substr(0, cut)).has_value());
    EXPECT_FALSE(load().is_current("r").value()) << cut;
  }
  for (std::size_t flip = 0; flip < good.size(); flip += 5) {
    std::string bad = good;
    bad[flip] = static_cast<char>(bad[flip] ^ 0x10);
    ASSERT_TRUE(os::write_file_atomic(file, bad).has_value());
    EXPECT_FALSE(load().is_current("r").value()) << flip;
  }
}

TEST_F(StatIndexTest, NamesWhatChangedAmongManyFolders) {
  StatIndex first = load();
  for (int i = 0; i < 400; ++i) {
    const std::string path = "layers/l" + std::to_string(i) + "/f" + std::to_string(i % 7) + ".py";
    write(path, "x");
    age(path);
    ASSERT_TRUE(first.digest_of(path).has_value());
  }
  ASSERT_TRUE(first.watch("/etc").has_value());
  ASSERT_TRUE(first.watch("no/such/folder").has_value());
  ASSERT_TRUE(first.save("r").has_value());
  EXPECT_TRUE(load().changes("r").value()->empty());
  EXPECT_FALSE(load().changes("other").value().has_value());
  write("layers/l7/f0.py", "y");
  fs::remove_all(root_.path() / "layers/l300");
  auto changed = load().changes("r").value().value();
  std::sort(changed.begin(), changed.end());
  EXPECT_EQ(changed, (std::vector<std::string>{"layers/l300/f6.py", "layers/l7/f0.py"}));
  EXPECT_EQ(load().changes("r", 1).value()->size(), 1U);
}

TEST_F(StatIndexTest, KeepsWhatIsKnownToBeAsItWas) {
  for (const char* path : {"a/kept", "a/changed", "a/gone", "out/zip"}) {
    write(path, "x");
    age(path);
  }
  StatIndex first = load();
  for (const char* path : {"a/kept", "a/changed", "a/gone", "out/zip"})
    ASSERT_TRUE(first.digest_of(path).has_value());
  ASSERT_TRUE(first.save("r").has_value());
  write("a/changed", "y");
  age("a/changed");
  fs::remove(root_.path() / "a/gone");
  StatIndex second = load();
  EXPECT_TRUE(second.is_latest().value());
  second.keep_known(second.changes("r").value().value(), "out");
  ASSERT_EQ(second.digest_of("a/changed").value(), crypto::sha256("y"));
  ASSERT_TRUE(second.save("r").has_value());
  EXPECT_TRUE(load().is_current("r").value());
  EXPECT_FALSE(second.is_latest().value());
  fs::remove(root_.path() / "out/zip");
  EXPECT_TRUE(load().is_current("r").value()) << "what lies below the folder was not kept";
  write("a/kept", "other");
  EXPECT_FALSE(load().is_current("r").value());
}

TEST_F(StatIndexTest, WhatWasNotTouchedSinceTheLookIsKeptWithoutALook) {
  for (const char* path : {"source", "out/kept", "out/made"}) write(path, "x");
  StatIndex first = load();
  for (const char* path : {"source", "out/kept", "out/made"})
    ASSERT_TRUE(first.watch_immutable(path).has_value());
  ASSERT_TRUE(first.save("r").has_value());
  StatIndex second = load();
  second.keep_known({}, "out");
  write("out/kept", "touched after the look");
  for (const char* path : {"out/kept", "out/made", "out/new"}) ASSERT_TRUE(second.keep(path).has_value());
  write("out/made", "by us");
  ASSERT_TRUE(second.watch_immutable("out/made").has_value());
  ASSERT_TRUE(second.save("r").has_value());
  EXPECT_EQ(load().changes("r").value().value(), std::vector<std::string>{"out/kept"});
  write("out/new", "x");
  EXPECT_EQ(load().changes("r").value()->size(), 2U) << "what was not known was looked at";
}

TEST(StatIndexProperty, AfterKeepingEachPathIsThereOnce) {
  EXPECT_TRUE(rc::check([] {
    const auto root = os::TempDirectory::create().value();
    const auto load = [&] { return StatIndex::load(root.path(), root.path() / ".lamella/index"); };
    const auto write = [&](const std::string& path, const std::string& text) {
      fs::create_directories((root.path() / path).parent_path());
      std::ofstream(root.path() / path) << text;
    };
    const std::vector<std::string> paths = {"x",     "y",   "a/x", "a/y",   "a/b/x",
                                            "a.b/x", "b/x", "b/y", "out/x", "out/c/y"};
    const auto some = [&] {
      const auto drawn = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(paths));
      return std::set<std::string>(drawn.begin(), drawn.end());
    };
    const auto known = some();
    const auto changed = some();
    const auto seen = some();
    StatIndex first = load();
    for (const std::string& path : known) RC_ASSERT(first.watch_immutable(path).has_value());
    RC_ASSERT(first.save("r").has_value());
    StatIndex second = load();
    second.keep_known({changed.begin(), changed.end()}, "out");
    for (const std::string& path : seen) RC_ASSERT(second.watch_immutable(path).has_value());
    RC_ASSERT(second.save("r").has_value());
    std::set<std::string> expected = seen;
    for (const std::string& path : known) {
      if (!changed.contains(path) && !path.starts_with("out/")) expected.insert(path);
    }
    for (const std::string& path : paths) write(path, "there now");
    auto found = load().changes("r").value().value_or(std::vector<std::string>());
    std::sort(found.begin(), found.end());
    RC_ASSERT(found == std::vector<std::string>(expected.begin(), expected.end()));
  }));
}

TEST_F(StatIndexTest, ALinkCountsByWhatItPointsTo) {
  write("real", "one");
  age("real");
  fs::create_symlink("real", root_.path() / "link");
  fs::create_symlink("nowhere", root_.path() / "dangling");
  StatIndex first = load();
  ASSERT_EQ(first.digest_of("link").value(), crypto::sha256("one"));
  ASSERT_TRUE(first.watch("dangling").has_value());
  ASSERT_TRUE(first.save("r").has_value());
  const auto before = load().changes("r").value().value();
  write("real", "two!");
  EXPECT_EQ(load().changes("r").value()->size(), before.size() + 1);
}

TEST_F(StatIndexTest, CollectsAFunctionsFiles) {
  write("fn/app.py", "x = 1");
  write("fn/sub/b.txt", "b");
  write("fn/requirements.txt", "six");
  write("fn/__pycache__/app.cpython-311.pyc", "stale");
  write("pkg/mine/__init__.py", "");
  model::Function function;
  function.source = {"fn", {}};
  function.packages = {{"pkg/mine", {}}};
  StatIndex index = load();
  const auto files = inputs_of(root_.path(), function, index);
  ASSERT_TRUE(files.has_value()) << files.error().to_string();
  ASSERT_EQ(files->size(), 3U);
  EXPECT_EQ(files->at(0).name, "app.py");
  EXPECT_TRUE(files->at(0).module);
  EXPECT_EQ(files->at(1).name, "mine/__init__.py");
  EXPECT_EQ(files->at(2).name, "sub/b.txt");
}

TEST_F(StatIndexTest, NamesTheNearestPathWhenOneIsMissing) {
  write("functions/data_validation/app.py", "");
  model::Function function;
  function.source = {"functions/data_validaton", {"lamella.toml", 9, 10}};
  StatIndex index = load();
  const auto files = inputs_of(root_.path(), function, index);
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(files.error().remedy(), "did you mean 'functions/data_validation'?");
}

TEST_F(StatIndexTest, RefusesALinkOutOfTheWorkspace) {
  write("fn/app.py", "");
  fs::create_symlink("/etc/hostname", root_.path() / "fn/out");
  model::Function function;
  function.source = {"fn", {}};
  StatIndex index = load();
  EXPECT_EQ(inputs_of(root_.path(), function, index).error().code(), ErrorCode::kUsage);
}

TEST_F(StatIndexTest, C10ALinkOnTheWayOutOfTheWorkspaceIsRefused) {
  const auto outside = os::TempDirectory::create().value();
  ASSERT_TRUE(os::write_file_atomic(outside.path() / "app.py", "x = 1").has_value());
  fs::create_directory_symlink(outside.path(), root_.path() / "functions");
  fs::create_symlink(outside.path() / "app.py", root_.path() / "ready.zip");
  StatIndex index = load();
  model::Function function;
  function.source = {"functions/app.py", {}};
  model::Layer layer;
  layer.files = {{{"functions/app.py", {}}, "app.py"}};
  model::Layer tree;
  tree.tree = model::PlacedText{"functions", {}};
  EXPECT_EQ(inputs_of(root_.path(), function, index).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(inputs_of(root_.path(), layer, {}, index).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(inputs_of(root_.path(), tree, {}, index).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(index.digest_of("ready.zip").error().code(), ErrorCode::kUsage)
      << "as archives and events are read";
  write("shared/app.py", "x = 2");
  fs::create_symlink("shared/app.py", root_.path() / "inside.py");
  EXPECT_TRUE(index.digest_of("inside.py").has_value());
}

TEST_F(StatIndexTest, C5AFileThatNoLambdaTakesIsALimitBeforeItIsRead) {
  write("fn/app.py", "");
  write("fn/giant", "");
  fs::resize_file(root_.path() / "fn/giant", std::uintmax_t{1} << 40U);
  model::Function function;
  function.source = {"fn", {}};
  StatIndex index = load();
  EXPECT_EQ(inputs_of(root_.path(), function, index).error().code(), ErrorCode::kLimit);
}

TEST_F(StatIndexTest, G8ANameThatNoZipShouldHoldIsRefusedAndEscaped) {
  write("fn/app.py", "");
  model::Function function;
  function.source = {"fn", {}};
  for (const auto& [name, shown] : std::vector<std::pair<std::string, std::string>>{
           {"\xff.py", "\\xff.py"}, {"a\nb.py", "a\\nb.py"}, {"a\\b.py", "a\\b.py"}}) {
    write("fn/" + name, "");
    StatIndex index = load();
    const auto files = inputs_of(root_.path(), function, index);
    ASSERT_FALSE(files.has_value());
    EXPECT_EQ(files.error().code(), ErrorCode::kRejected);
    EXPECT_EQ(files.error().where(), "fn/" + shown);
    fs::remove(root_.path() / "fn" / name);
  }
}

}  // namespace
}  // namespace lamella::change
