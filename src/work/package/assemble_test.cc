// SPDX-License-Identifier: Apache-2.0
#include "package/assemble.h"

#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "os/directory.h"
#include "package/package_fixture.h"

namespace lamella::package {
namespace {

using fixture::WheelMaker;
using testing::HasSubstr;

class AssembleTest : public PackageTest {
 protected:
  WheelMaker second() const {
    WheelMaker maker;
    maker.distribution = "other";
    maker.dist_info = "other-1.0.dist-info";
    maker.files = {{"other/__init__.py", "y = 2\n"}};
    return maker;
  }
  Result<Assembled> zip(const std::vector<Digest>& blobs) {
    return assemble(*store_, *actions_, blobs, zips(), "layer");
  }
  std::filesystem::path zips() const { return folder_.path() / "zips"; }
};

TEST_F(AssembleTest, IsNamedByItsDigestAndRemembered) {
  const std::vector<Digest> blobs = {make(recipe_of({})).blob, make(recipe_of(second())).blob};
  EXPECT_FALSE(known_zip(*actions_, blobs).value().has_value());
  const Assembled made = zip(blobs).value();
  EXPECT_EQ(crypto::sha256(os::read_file(made.path).value()), made.facts.sha256);
  EXPECT_EQ(made.path, zip_path(zips(), "layer", made.facts.sha256));
  EXPECT_EQ(known_zip(*actions_, blobs).value(), made.facts);
  EXPECT_EQ(made.facts.entries, 6U);
  EXPECT_EQ(os::file_info(made.path).value()->size, made.facts.zipped_bytes);
}

TEST_F(AssembleTest, OrderIsPartOfWhatIsRemembered) {
  const std::vector<Digest> one = {make(recipe_of({})).blob, make(recipe_of(second())).blob};
  const std::vector<Digest> turned = {one[1], one[0]};
  ASSERT_TRUE(zip(one).has_value());
  EXPECT_FALSE(known_zip(*actions_, turned).value().has_value());
  EXPECT_FALSE(known_zip(*actions_, std::vector<Digest>{one[0]}).value().has_value());
}

TEST_F(AssembleTest, ADamagedSegmentIsNeverShippedAndHealsWhenMadeAgain) {
  const Recipe recipe = recipe_of({});
  const SegmentRecord record = make(recipe);
  const auto file = file_of(record.blob);
  const std::string good = os::read_file(file).value();
  ASSERT_TRUE(os::set_mode(file, 0644).has_value());
  std::string bad = good;
  bad[good.find("return 'bytecode'")] ^= 1;
  ASSERT_TRUE(os::write_file_atomic(file, bad).has_value());

  const auto made = zip({record.blob});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kCorrupt);
  EXPECT_THAT(made.error().to_string(), HasSubstr("assembling layer"));
  EXPECT_TRUE(std::filesystem::is_empty(zips())) << "no half zip stays";
  EXPECT_FALSE(maker_.find(recipe.key()).value().has_value()) << "the damaged blob is out of the way";

  EXPECT_EQ(make(recipe).blob, record.blob);
  EXPECT_TRUE(zip({record.blob}).has_value());
}

TEST_F(AssembleTest, WhatIsRememberedIsAssembledToTheSameBytes) {
  const std::vector<Digest> blobs = {make(recipe_of({})).blob, make(recipe_of(second())).blob};
  const Assembled first = zip(blobs).value();
  std::filesystem::remove(first.path);
  const Assembled again = zip(blobs).value();
  EXPECT_EQ(again.facts, first.facts);
  EXPECT_EQ(crypto::sha256(os::read_file(again.path).value()), first.facts.sha256);
}

TEST_F(AssembleTest, DamageIsFoundThoughTheZipIsRemembered) {
  const Digest blob = make(recipe_of({})).blob;
  ASSERT_TRUE(zip({blob}).has_value());
  const auto file = file_of(blob);
  std::string bytes = os::read_file(file).value();
  bytes[bytes.find("return 'bytecode'")] ^= 1;
  ASSERT_TRUE(os::set_mode(file, 0644).has_value());
  ASSERT_TRUE(os::write_file_atomic(file, bytes).has_value());
  const auto made = zip({blob});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kCorrupt);
}

TEST_F(AssembleTest, RefusesTwoFilesUnderOneName) {
  WheelMaker clash = second();
  clash.files["tiny/__init__.py"] = "something else";
  const auto made = zip({make(recipe_of({})).blob, make(recipe_of(clash)).blob});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kRejected);
  EXPECT_THAT(made.error().to_string(), HasSubstr("tiny/__init__.py"));
  EXPECT_TRUE(std::filesystem::is_empty(zips()));
}

TEST_F(AssembleTest, SaysWhichSegmentIsNotThere) {
  const Digest absent = crypto::sha256("never made");
  EXPECT_THAT(zip({absent}).error().to_string(), HasSubstr(absent.hex()));
}

TEST_F(AssembleTest, ADamagedMemoryIsAMiss) {
  const std::vector<Digest> blobs = {make(recipe_of({})).blob};
  ASSERT_TRUE(zip(blobs).has_value());
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "actions")) {
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 10);
  }
  EXPECT_FALSE(known_zip(*actions_, blobs).value().has_value());
}

TEST(SegmentRecord, SurvivesItsRecord) {
  SegmentRecord record{.blob = crypto::sha256("b"),
                       .distribution = "numpy",
                       .version = "1.24.3",
                       .wheel_bytes = 9,
                       .unzipped_bytes = 8,
                       .zipped_bytes = 7,
                       .entries = 6,
                       .stripped_bytes = 5,
                       .bytecode_bytes = 4,
                       .source_bytes = 3};
  record.dropped = {{"generic/tests", {2, 1}}, {"services", {3, 4}}};
  record.kept = {{"keep tiny/**", {5, 6}}};
  record.stripped = {{"tiny/lib.so", 7}};
  EXPECT_EQ(from_action(to_action(record)).value(), record);
  auto action = to_action(record);
  action.kind = "zip";
  EXPECT_EQ(from_action(action).error().code(), ErrorCode::kCorrupt);
  action = to_action(record);
  action.outputs.clear();
  EXPECT_EQ(from_action(action).error().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lamella::package
