// SPDX-License-Identifier: Apache-2.0
#include "base/tree_text.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "os/directory_tree.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::os {
namespace {

namespace fs = std::filesystem;

class TreeTextTest : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    fs::create_directories((root_.path() / path).parent_path());
    ASSERT_TRUE(write_file_atomic(root_.path() / path, text).has_value());
  }
  void link(const std::string& path, const std::string& target) {
    fs::create_symlink(target, root_.path() / path);
  }
  Result<std::optional<std::string>> read(const std::string& path) {
    return base::read_text(DirectoryTree(root_.path()), path);
  }

  TempDirectory root_ = TempDirectory::create().value();
};

TEST_F(TreeTextTest, ReadsAFileAndWhatALinkInTheTreeLeadsTo) {
  write("shared/r.txt", "six\n");
  fs::create_directories(root_.path() / "layers");
  link("layers/r.txt", "../shared/r.txt");
  link("again", "layers/r.txt");
  link("folder", "shared");
  for (const char* path : {"shared/r.txt", "layers/r.txt", "again", "folder/r.txt"}) {
    const auto text = read(path);
    ASSERT_TRUE(text.has_value()) << text.error().to_string();
    EXPECT_EQ(*text, "six\n") << path;
  }
  EXPECT_EQ(read("absent").value(), std::nullopt);
  EXPECT_EQ(read("shared").value(), std::nullopt);
}

TEST_F(TreeTextTest, C10ALinkThatLeavesDanglesOrGoesRoundIsRefused) {
  for (const char* target : {"/dev/zero", "/etc/hostname", "../../../etc/hostname", "nowhere", "link"}) {
    link("link", target);
    const auto text = read("link");
    ASSERT_FALSE(text.has_value()) << target;
    EXPECT_EQ(text.error().code(), ErrorCode::kUsage) << target;
    EXPECT_EQ(text.error().where(), "link");
    fs::remove(root_.path() / "link");
  }
}

TEST_F(TreeTextTest, C5AGiantFileIsALimitBeforeItIsRead) {
  write("giant", "");
  fs::resize_file(root_.path() / "giant", std::uintmax_t{1} << 40U);
  EXPECT_EQ(read("giant").error().code(), ErrorCode::kLimit);
}

TEST_F(TreeTextTest, G6AnLfsPointerIsNoContent) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
  write("r.txt", pointer);
  EXPECT_EQ(read("r.txt").error().code(), ErrorCode::kRejected);
  write("r.txt", pointer + std::string(1024, '#'));
  EXPECT_TRUE(read("r.txt").has_value()) << "no pointer is as long";
}

}  // namespace
}  // namespace lamella::os
