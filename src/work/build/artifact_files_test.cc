// SPDX-License-Identifier: Apache-2.0
#include "build/artifact_files.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;

class ArtifactFilesTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("numpy", "1.24.3");
    add_layer("core", {"numpy"});
    add_layer("core-more", {"numpy"});
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    const auto entries = os::list_directory(artifact_folder(root())).value();
    for (const auto& entry : entries) names.push_back(entry.name);
    return names;
  }
};

TEST(ZipName, PartsAreReadFromTheRight) {
  const auto zip = parse_zip_name("layer-core-data-py311-x86_64-0123456789ab.zip");
  ASSERT_TRUE(zip.has_value());
  EXPECT_EQ(zip->kind, "layer");
  EXPECT_EQ(zip->name, "core-data");
  EXPECT_EQ(zip->target, "py311-x86_64");
  EXPECT_EQ(zip->brief, "0123456789ab");
}

TEST(ZipName, NothingElseIsOne) {
  for (const char* name :
       {"", "a.zip", "layer-core-py311-x86_64-0123456789ab", "notes-core-py311-x86_64-0123456789ab.zip",
        "layer-core-py311-x86_64-0123456789aX.zip", "layer-py311-x86_64-0123456789ab.zip",
        "layer-core-py311-x86_64-0123456789ab.zip.bak", "layer-core-py311-x86_64-0123.zip"}) {
    EXPECT_FALSE(parse_zip_name(name).has_value()) << name;
  }
}

TEST_F(ArtifactFilesTest, ForgettingANameLeavesTheOthers) {
  build_all();
  ASSERT_EQ(files().size(), 6U) << "two zips, each with what is told of it";
  ASSERT_TRUE(forget(root(), {.names = {"core"}}).has_value());
  EXPECT_EQ(files().size(), 3U);
  EXPECT_EQ(load_manifest(root()).made.at(0).artifact.name, "core-more");
  ASSERT_TRUE(forget(root(), {}).has_value());
  EXPECT_TRUE(files().empty());
  EXPECT_TRUE(load_manifest(root()).made.empty());
}

TEST_F(ArtifactFilesTest, SweepsWhatNobodyRefersToAfterTheGrace) {
  constexpr std::int64_t kHour = 3'600'000'000'000;
  build_all();
  const Manifest manifest = load_manifest(root());
  const auto folder = artifact_folder(root());
  write(".lamella/artifacts/layer-core-py311-x86_64-aaaaaaaaaaaa.zip", "old");
  write(".lamella/artifacts/layer-core-py311-x86_64-aaaaaaaaaaaa.zip.cdx.json", "goes with it");
  write(".lamella/artifacts/layer-core-py311-x86_64-bbbbbbbbbbbb.zip", "deployed");
  write(".lamella/artifacts/mine.txt", "not ours");
  const auto now = os::file_info(folder / "mine.txt").value()->mtime_ns;
  EXPECT_TRUE(old_zips(root(), now, std::chrono::hours(1))->empty());
  const auto old = old_zips(root(), now + 2 * kHour, std::chrono::hours(1)).value();
  EXPECT_EQ(old.size(), 4U);
  const auto swept = sweep_zips(old, manifest, {"bbbbbbbbbbbb"});
  EXPECT_EQ(swept->files, 1U);
  EXPECT_EQ(swept->bytes, 3U);
  EXPECT_EQ(files().size(), 8U);
}

}  // namespace
}  // namespace lamella::build
