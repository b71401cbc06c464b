// SPDX-License-Identifier: Apache-2.0
#include "build/manifest.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"
#include "crypto/sha256.h"
#include "document/json.h"
#include "os/temp_directory.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Made example() {
  Made made;
  made.artifact = {.kind = model::ArtifactKind::kLayer,
                   .name = "core",
                   .target = {},
                   .path = ".lamella/artifacts/x.zip",
                   .sha256 = crypto::sha256("zip"),
                   .zipped_bytes = 10,
                   .unzipped_bytes = 20,
                   .release = "",
                   .proved = true,
                   .action = model::ArtifactAction::kReused,
                   .reasons = {{"first-build", "core", "", "", "never built"}},
                   .packages = {{"numpy", "1.24.3", 20}}};
  made.key = crypto::sha256("key");
  package::SegmentRecord segment{
      .blob = crypto::sha256("blob"), .distribution = "numpy", .version = "1.24.3"};
  segment.dropped = {{"generic/tests", {3, 4}}};
  made.parts = {{crypto::sha256("part"), segment}};
  made.files = {{"python/a.py", crypto::sha256("a")}};
  made.budget.unzipped = 100;
  made.built_at = "2026-01-02T03:04:05Z";
  made.import_ms = {{"numpy", 90.5}};
  made.without_bytecode = {"/opt/python/x.py"};
  made.idle = {"drop x/**"};
  made.bought = {{"numpy", 1, -2, 3, 4, 5}};
  return made;
}

class ManifestTest : public BuildTest {
 protected:
  std::vector<std::string> reasons(const ArtifactPlan& now, const Made* before, bool present = true) {
    std::vector<std::string> out;
    for (const Reason& reason : why_build(now, before, present))
      out.push_back(reason.kind + " " + reason.subject);
    return out;
  }
  ArtifactPlan core() { return plan({.names = {"core"}}).at(0); }
};

TEST_F(ManifestTest, LoadsWhatWasSaved) {
  ASSERT_TRUE(save_manifest(root(), Manifest{{example()}}).has_value());
  const Manifest again = load_manifest(root());
  ASSERT_EQ(again.made.size(), 1U);
  const Made& made = again.made[0];
  EXPECT_EQ(document::render_json(to_value(made.artifact)),
            document::render_json(to_value(example().artifact)));
  EXPECT_EQ(made.key, example().key);
  ASSERT_EQ(made.parts.size(), 1U);
  EXPECT_EQ(made.parts[0].key, example().parts[0].key);
  EXPECT_EQ(made.parts[0].segment, example().parts[0].segment);
  EXPECT_THAT(made.files, IsEmpty()) << "they lie apart";
  EXPECT_EQ(with_files(root(), made).files, example().files);
  EXPECT_EQ(made.budget.unzipped, 100U);
  EXPECT_FALSE(made.budget.zipped.has_value());
  Made other = made;
  other.key = crypto::sha256("other");
  EXPECT_THAT(with_files(root(), other).files, IsEmpty()) << "the files of another key";
  EXPECT_EQ(made.built_at, example().built_at);
  EXPECT_EQ(made.import_ms, example().import_ms);
  EXPECT_EQ(made.without_bytecode, example().without_bytecode);
  EXPECT_EQ(made.idle, example().idle);
  EXPECT_EQ(made.bought, example().bought);
  EXPECT_FALSE(made.as_it_is);
  EXPECT_NE(again.find_layer("core", model::Target{}), nullptr);
  EXPECT_EQ(again.find(model::ArtifactKind::kFunction, "core", model::Target{}), nullptr);
}

TEST_F(ManifestTest, LeavesOutWhatIsEmptyOrSaysItself) {
  Made made;
  made.artifact.name = "bare";
  made.artifact.path = ".lamella/artifacts/bare.zip";
  made.artifact.action = model::ArtifactAction::kUnchanged;
  made.artifact.reasons = {{"up-to-date", "bare", "", "", "nothing it is made of changed"}};
  made.as_it_is = true;
  ASSERT_TRUE(save_manifest(root(), Manifest{{made}}).has_value());
  const std::string text = os::read_file(manifest_path(root())).value();
  for (const auto* word : {"reasons", "release", "parts", "budget", "import_us", "findings", "idle", "null"})
    EXPECT_THAT(text, Not(HasSubstr(word)));
  const Manifest again = load_manifest(root());
  ASSERT_EQ(again.made.size(), 1U);
  EXPECT_EQ(again.made[0].artifact.name, "bare");
  EXPECT_TRUE(again.made[0].as_it_is);
  EXPECT_FALSE(again.made[0].budget.unzipped.has_value());
}

TEST_F(ManifestTest, IsEmptyWhenThereIsNoneOrItCannotBeRead) {
  EXPECT_THAT(load_manifest(root()).made, IsEmpty());
  ASSERT_TRUE(save_manifest(root(), Manifest{{example()}}).has_value());
  const std::string good = os::read_file(manifest_path(root())).value();
  for (std::size_t cut = 0; cut < good.size(); cut += 37) {
    write(".lamella/build.json", good.substr(0, cut));
    EXPECT_THAT(load_manifest(root()).made, IsEmpty()) << "cut at " << cut;
  }
  write(".lamella/build.json", R"({"schema": 3, "made": []})");
  EXPECT_THAT(load_manifest(root()).made, IsEmpty());
}

TEST_F(ManifestTest, EveryChangeHasItsReason) {
  lock_wheel("numpy", "1.24.3");
  lock_wheel("pytz", "2023.3");
  add_layer("core", {"numpy", "pytz"}).packages = {placed("packages/shop")};
  write("packages/shop/__init__.py", "");
  write("packages/shop/a.py", "one");
  EXPECT_THAT(reasons(core(), nullptr), ElementsAre("first-build core"));
  build_all();
  const Manifest manifest = load_manifest(root());
  const Made* found = manifest.find_layer("core", model::Target{});
  ASSERT_NE(found, nullptr);
  const Made whole = with_files(root(), *found);
  const Made* before = &whole;
  EXPECT_THAT(reasons(core(), before), ElementsAre("up-to-date core"));
  EXPECT_THAT(reasons(core(), before, false), ElementsAre("zip-missing " + before->artifact.path));

  write("packages/shop/a.py", "two");
  write("packages/shop/b.py", "new");
  EXPECT_THAT(reasons(core(), before),
              ElementsAre("file-changed python/shop/a.py", "file-added python/shop/b.py"));
  ASSERT_TRUE(os::remove_path(root() / "packages/shop/b.py").has_value());
  ASSERT_TRUE(os::remove_path(root() / "packages/shop/a.py").has_value());
  EXPECT_THAT(reasons(core(), before), ElementsAre("file-removed python/shop/a.py"));
  write("packages/shop/a.py", "one");

  lock_wheel("numpy", "1.24.4");
  EXPECT_THAT(reasons(core(), before), ElementsAre("package-changed numpy"));
  EXPECT_THAT(why_build(core(), before, true)[0].text, HasSubstr("1.24.3 → 1.24.4"));
  lock_wheel("numpy", "1.24.3");
  lock_wheel("six", "1.16");
  lock_.lock.roots[0].requirements = {"numpy", "six"};
  EXPECT_THAT(reasons(core(), before), ElementsAre("package-added six", "package-removed pytz"));
  lock_.lock.roots[0].requirements = {"numpy", "pytz"};

  workspace_.layers[0].strip = false;
  EXPECT_THAT(reasons(core(), before), ElementsAre("setting-changed numpy", "setting-changed pytz"));
  workspace_.layers[0].strip = true;
  std::filesystem::permissions(root() / "packages/shop/a.py", std::filesystem::perms::owner_all);
  EXPECT_THAT(reasons(core(), before), ElementsAre("setting-changed core")) << "an executable bit";
}

TEST(Manifest, C16OneOfANewerVersionIsRefused) {
  const auto folder = os::TempDirectory::create().value();
  EXPECT_TRUE(refuse_newer_manifest(folder.path()).has_value()) << "there is none";
  ASSERT_TRUE(save_manifest(folder.path(), {.made = {example()}}).has_value());
  EXPECT_TRUE(refuse_newer_manifest(folder.path()).has_value());
  for (const auto& [text, refused] :
       std::vector<std::pair<std::string, bool>>{{R"({"schema":3,"made":[]})", true},
                                                 {R"({"schema":10})", true},
                                                 {R"({"schema":)", false},
                                                 {"", false}}) {
    ASSERT_TRUE(os::write_file_atomic(manifest_path(folder.path()), text).has_value());
    const auto checked = refuse_newer_manifest(folder.path());
    EXPECT_EQ(!checked, refused) << text;
    if (!checked) {
      EXPECT_EQ(checked.error().code(), ErrorCode::kCorrupt);
    }
  }
}

}  // namespace
}  // namespace lamella::build
