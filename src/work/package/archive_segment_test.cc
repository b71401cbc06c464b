// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "archive/elf_fixture.h"
#include "archive/zip_fixture.h"
#include "base/encoding.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "package/assemble.h"
#include "package/package_fixture.h"
#include "package/segment_maker.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using archive::fixture::Member;
using archive::fixture::Zip;
using testing::ElementsAre;
using testing::HasSubstr;

Member file(std::string name, std::string content, std::uint32_t mode) {
  Member member{.name = std::move(name), .content = std::move(content)};
  member.attributes = mode << 16U;
  return member;
}
Member directory(std::string name) {
  Member member{.name = std::move(name), .content = "", .method = 0};
  member.attributes = 040700U << 16U;
  return member;
}
Member link(std::string name, std::string target) {
  Member member{.name = std::move(name), .content = std::move(target), .method = 0};
  member.attributes = 0120777U << 16U;
  return member;
}

class ArchiveSegmentTest : public PackageTest {
 protected:
  ArchiveRecipe stored(const Zip& zip) {
    const std::string bytes = archive::fixture::build(zip);
    EXPECT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
    return {.name = "vendor.zip", .sha256 = crypto::sha256(bytes), .target = {}, .path = {}, .url = {}};
  }
  Error refused(const Zip& zip) {
    const auto made = maker_.make(stored(zip), {});
    EXPECT_FALSE(made.has_value());
    return made ? Error(ErrorCode::kInternal, "accepted") : made.error();
  }
};

TEST_F(ArchiveSegmentTest, TakesFilesAndLinksSortedWithCanonicalModes) {
  const auto recipe =
      stored({.members = {directory("python/"), file("python/b.py", "b = 1", 0100600U),
                          link("lib/libx.so", "libx.so.1"), file("lib/libx.so.1", "x", 0100640U),
                          file("bin/run", "#!/bin/sh", 0100710U)}});
  const auto record = maker_.make(recipe, {});
  ASSERT_TRUE(record.has_value()) << record.error().to_string();
  EXPECT_THAT(names(*record), ElementsAre("bin/run*", "lib/libx.so*", "lib/libx.so.1", "python/b.py"));
  EXPECT_EQ(record->distribution, "archive:vendor.zip");
  EXPECT_EQ(record->version, recipe.sha256.brief());
  EXPECT_EQ(maker_.find(recipe.key()).value(), *record);
}

TEST_F(ArchiveSegmentTest, IsReadStrictly) {
  EXPECT_THAT(refused({.members = {file("../x", "x", 0100644U)}}).to_string(), HasSubstr("../x"));
  EXPECT_EQ(refused({.members = {link("python/x", "/etc/passwd")}}).code(), ErrorCode::kRejected);
  EXPECT_EQ(refused({.members = {link("python/x", "nowhere")}}).code(), ErrorCode::kRejected);
  Member wrong = file("python/a.py", "a = 1", 0100644U);
  wrong.crc = 1;
  EXPECT_EQ(refused({.members = {wrong}}).code(), ErrorCode::kRejected);
  EXPECT_EQ(refused({.members = {file("a", "1", 0100644U), file("a", "2", 0100644U)}}).code(),
            ErrorCode::kRejected);
}

TEST_F(ArchiveSegmentTest, WithoutAFileItIsNoLayer) {
  EXPECT_THAT(refused({.members = {directory("python/"), directory("python/a/")}}).what(),
              HasSubstr("holds no file"));
  EXPECT_EQ(refused({.members = {}}).code(), ErrorCode::kRejected);
}

TEST_F(ArchiveSegmentTest, ItsLibrariesMustFitTheTarget) {
  const archive::fixture::Scratch scratch;
  const std::string library = archive::fixture::compile_library(scratch);
  ArchiveRecipe recipe = stored({.members = {file("lib/libx.so", library, 0100644U)}});
  EXPECT_TRUE(maker_.make(recipe, {}).has_value());
  recipe.target.architecture = model::Architecture::kArm64;
  const auto made = maker_.make(recipe, {});
  ASSERT_FALSE(made.has_value());
  const Error& error = made.error();
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_THAT(error.to_string(), HasSubstr("it is for x86_64, wanted is aarch64"));
  EXPECT_THAT(error.where(), HasSubstr("vendor.zip"));
}

TEST_F(ArchiveSegmentTest, AsItIsItKeepsEveryByte) {
  const Zip odd{.members = {file("python/b.py", "b", 0100600U), file("python/a.py", "a", 0100600U)},
                .comment = "ours"};
  const auto recipe = stored(odd);
  const auto record = maker_.make(recipe, {}).value();
  const ZipFacts contents{recipe.sha256, 0, record.unzipped_bytes, record.entries};
  const auto placed =
      place_as_it_is(*store_, recipe.sha256, contents, folder_.path() / "zips", "layer-x-py311-x86_64");
  ASSERT_TRUE(placed.has_value()) << placed.error().to_string();
  EXPECT_EQ(os::read_file(placed->path).value(), archive::fixture::build(odd));
  EXPECT_EQ(placed->facts.sha256, recipe.sha256);
  EXPECT_EQ(placed->facts.zipped_bytes, archive::fixture::build(odd).size());
  EXPECT_EQ(placed->facts.unzipped_bytes, 2U);
}

TEST_F(ArchiveSegmentTest, TheKeyIsOfContentAndTarget) {
  const ArchiveRecipe one{
      .name = "a.zip", .sha256 = crypto::sha256("a"), .target = {}, .path = "a", .url = {}};
  ArchiveRecipe other = one;
  other.name = "b.zip";
  other.path = "";
  other.url = "https://downloads.example/b.zip";
  EXPECT_EQ(one.key(), other.key()) << "where it is changes no byte";
  other.target.architecture = model::Architecture::kArm64;
  EXPECT_NE(one.key(), other.key());
  other = one;
  other.sha256 = crypto::sha256("b");
  EXPECT_NE(one.key(), other.key());
}

}  // namespace
}  // namespace lamella::package
