// SPDX-License-Identifier: Apache-2.0
#include "build/external_lock.h"

#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "os/directory_tree.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::build {
namespace {

constexpr const char* kArn = "arn:aws:lambda:us-west-2:111122223333:layer:shared:7";

ExternalLock example() {
  ExternalLock lock;
  lock["plain"] = {kArn, crypto::sha256("a"), 12, {}, {}, ""};
  lock["shared"] = {kArn, crypto::sha256("b"), 52'428'801, {"python3.11", "python3.12"}, {"x86_64"}, "MIT"};
  return lock;
}

TEST(ExternalLock, ReadsWhatItWrote) {
  const auto read = parse_external_lock(render_external_lock(example()), kExternalLockPath);
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(*read, example());
  EXPECT_EQ(parse_external_lock(render_external_lock({}), "x").value(), ExternalLock());
}

TEST(ExternalLock, RefusesWhatItWouldNotHaveWritten) {
  const std::string text = render_external_lock(example());
  const auto edited = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    return parse_external_lock(other, "x");
  };
  EXPECT_EQ(edited("schema = 1", "schema = 2").error().code(), ErrorCode::kCorrupt) << "C16";
  EXPECT_EQ(edited("schema = 1", "schema = 0").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(edited("shared:7", "shared:0").error().code(), ErrorCode::kUsage);
  EXPECT_EQ(edited(crypto::sha256("a").hex(), "ab").error().code(), ErrorCode::kUsage);
}

TEST(ExternalLock, IsNotReadThroughALinkThatLeavesTheWorkspace) {
  const auto folder = os::TempDirectory::create().value();
  const auto workspace = folder.path() / "workspace";
  ASSERT_TRUE(os::make_directories(workspace / "locks").has_value());
  EXPECT_EQ(load_external_lock(os::DirectoryTree(workspace)).value(), ExternalLock());
  ASSERT_TRUE(
      os::write_file_atomic(folder.path() / "beside.toml", render_external_lock(example())).has_value());
  std::filesystem::create_symlink("../../beside.toml", workspace / kExternalLockPath);
  EXPECT_EQ(load_external_lock(os::DirectoryTree(workspace)).error().code(), ErrorCode::kUsage);
}

TEST(ExternalLock, AnswersForTheVersionThatTheLayerNames) {
  model::Layer layer;
  layer.name = "shared";
  layer.arn = {kArn, {}};
  EXPECT_EQ(external_of(example(), layer).value()->sha256, crypto::sha256("b"));
  layer.arn->text.back() = '8';
  EXPECT_THAT(external_of(example(), layer).error().to_string(), testing::HasSubstr("not up to date"));
  layer.name = "other";
  EXPECT_THAT(external_of(example(), layer).error().to_string(), testing::HasSubstr("never made"));
}

}  // namespace
}  // namespace lamella::build
