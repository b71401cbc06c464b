// SPDX-License-Identifier: Apache-2.0
//
// Layers of every kind of content, and of several kinds at once, from plan to zip.
#include <gmock/gmock.h>

#include "archive/archive_test_support.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "build/build_fixture.h"
#include "crypto/sha256.h"
#include "package/native_fixture.h"
#include "package/project_fixture.h"
#include "package/source_build.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class LayerContentTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("numpy", "1.24.3");
    write("tree/python/mine.py", "x = 1\n");
    write("tree/lib/libx.so.1", "x");
    fs::create_symlink("libx.so.1", root() / "tree/lib/libx.so");
    write("tree/bin/run", "#!/bin/sh\n");
    fs::permissions(root() / "tree/bin/run", fs::perms::owner_all);
    write("ready.zip", ready_);
  }

  std::vector<std::string> names(const Made& made) {
    const std::string bytes = os::read_file(root() / made.artifact.path).value();
    const auto profile = made.as_it_is ? archive::Profile::kUploaded : archive::Profile::kOwn;
    const auto zip = archive::ZipReader::open(base::as_bytes(bytes), profile).value();
    std::vector<std::string> out;
    for (const archive::Entry& entry : zip.entries()) {
      const bool link = entry.kind == archive::EntryKind::kSymlink;
      const char* mark = link ? "@" : entry.executable() ? "*" : "";
      EXPECT_TRUE(link || made.as_it_is || entry.mode == 0644 || entry.mode == 0755) << entry.name;
      out.push_back(entry.name + mark);
    }
    return out;
  }
  Error failure() {
    const auto report = try_build();
    if (!report) return report.error();
    for (const Unmade& one : report->unmade) {
      if (one.error) return *one.error;
    }
    return Error(ErrorCode::kInternal, "it was built");
  }
  void fetched(const std::string& url, const std::string& sha256) {
    add_layer("fetched", {}).archive = model::Archive{placed(url), true, Digest::from_hex(sha256), false};
  }

  const std::string ready_ =
      archive::fixture::write_zip({{"python/ready.py", {"y = 1\n"}}, {"bin/r", {"r", true}}});
};

TEST_F(LayerContentTest, ALaidOutFolderIsShippedAsItLiesThere) {
  add_layer("laid-out", {}).tree = placed("tree");
  const Report report = build_all();
  EXPECT_THAT(names(report.made.at(0)),
              ElementsAre("bin/run*", "lib/libx.so@", "lib/libx.so.1", "python/mine.py"));
}

TEST_F(LayerContentTest, KindsMixInOneLayer) {
  model::Layer& layer = add_layer("mixed", {"numpy"});
  layer.tree = placed("tree");
  layer.archive = model::Archive{placed("ready.zip"), false, {}, true};
  layer.layout = model::ModuleLayout::kSitePackages;
  write("lib/own/__init__.py", "");
  layer.packages = {placed("lib/own")};
  const Report report = build_all();
  const std::string site = "python/lib/python3.11/site-packages/";
  EXPECT_THAT(names(report.made.at(0)),
              testing::UnorderedElementsAre(site + "numpy/__init__.py", site + "numpy/tests/test_it.py",
                                            site + "numpy-1.24.3.dist-info/METADATA",
                                            site + "numpy-1.24.3.dist-info/WHEEL", "bin/r*",
                                            "python/ready.py", "bin/run*", "lib/libx.so@", "lib/libx.so.1",
                                            site + "own/__init__.py", "python/mine.py"));
  EXPECT_EQ(report.made.at(0).artifact.packages.at(1).name, "archive:ready.zip");
}

TEST_F(LayerContentTest, AnArchiveAsItIsKeepsItsDigest) {
  add_layer("ready", {}).archive = model::Archive{placed("ready.zip"), false, {}, false};
  const Report report = build_all();
  EXPECT_EQ(report.made.at(0).artifact.sha256, crypto::sha256(ready_));
  EXPECT_EQ(os::read_file(root() / report.made.at(0).artifact.path).value(), ready_);
  EXPECT_EQ(build_all().made.at(0).artifact.action, model::ArtifactAction::kUnchanged);
  write("ready.zip", archive::fixture::write_zip({{"python/ready.py", {"y = 2\n"}}}));
  const Report second = build_all();
  EXPECT_EQ(second.made.at(0).artifact.reasons.at(0).kind, "archive-changed");
  EXPECT_NE(second.made.at(0).artifact.sha256, crypto::sha256(ready_));
}

TEST_F(LayerContentTest, AnArchiveIsMergedOnlyWhereNothingStandsInItsWay) {
  model::Layer& layer = add_layer("mixed", {});
  layer.archive = model::Archive{placed("ready.zip"), false, {}, true};
  write("other.py", "another\n");
  layer.files = {{placed("other.py"), "python/ready.py"}};
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_THAT(error.what(), HasSubstr("'python/ready.py'"));
  EXPECT_EQ(error.where(), "other.py");
  EXPECT_EQ(error.why(), "the archive ready.zip brings one, 'other.py' the other");
  write("other.py", "y = 1\n");
  EXPECT_THAT(names(build_all().made.at(0)), ElementsAre("bin/r*", "python/ready.py"));
}

TEST_F(LayerContentTest, AClashOfModulesNamesTheModuleAndWhereBothComeFrom) {
  model::Layer& layer = add_layer("mixed", {"numpy"});
  write("mine/numpy/__init__.py", "mine = 1\n");
  layer.packages = {placed("mine/numpy")};
  for (const auto mode : {model::BytecodeMode::kUncheckedHash, model::BytecodeMode::kOnly}) {
    layer.bytecode.fallback = mode;
    const Error error = failure();
    EXPECT_EQ(error.code(), ErrorCode::kRejected);
    EXPECT_THAT(error.what(), HasSubstr("'python/numpy/__init__.py'"));
    EXPECT_EQ(error.why(), "numpy 1.24.3 brings one, 'mine/numpy/__init__.py' the other");
  }
}

TEST_F(LayerContentTest, AFetchedArchiveIsWhatItsDigestSays) {
  const std::string url = "file://" + (root() / "ready.zip").string();
  fetched(url, crypto::sha256(ready_).hex());
  EXPECT_EQ(build_all().made.at(0).artifact.sha256, crypto::sha256(ready_));
}

TEST_F(LayerContentTest, AnotherDigestThanTheStatedOneIsAMismatch) {
  const std::string other(64, 'a');
  fetched("file://" + (root() / "ready.zip").string(), other);
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kMismatch);
  EXPECT_EQ(error.fact("wanted"), other);
  EXPECT_EQ(error.fact("got"), crypto::sha256(ready_).hex());
}

TEST_F(LayerContentTest, ALocalArchiveMayBePinnedToo) {
  add_layer("ready", {}).archive =
      model::Archive{placed("ready.zip"), false, Digest::from_hex(std::string(64, 'a')), false};
  EXPECT_EQ(failure().code(), ErrorCode::kMismatch);
}

TEST_F(LayerContentTest, WhatIsNotThereIsSaidWhereItIsNamed) {
  add_layer("ready", {}).archive = model::Archive{placed("nowhere.zip"), false, {}, false};
  EXPECT_EQ(failure().code(), ErrorCode::kUsage);
  workspace_.layers.clear();
  add_layer("laid-out", {}).tree = placed("ready.zip");
  EXPECT_THAT(failure().what(), HasSubstr("is no folder"));
}

TEST_F(LayerContentTest, TwoLayersOfOneContentAreMadeOnceWhateverTheyAreMadeOf) {
  add_layer("laid-out", {}).tree = placed("tree");
  add_layer("as-files", {}).files = {{placed("tree/python"), "python"}};
  add_layer("again", {}).tree = placed("tree");
  add_layer("ready", {}).archive = model::Archive{placed("ready.zip"), false, {}, false};
  write("copy.zip", ready_);
  add_layer("copy", {}).archive = model::Archive{placed("copy.zip"), false, {}, false};
  const Report report = build_all();
  const auto twin = [&](std::size_t i) {
    const auto& reasons = report.made.at(i).artifact.reasons;
    return reasons.back().kind == "same-content" ? reasons.back().subject : "";
  };
  EXPECT_EQ(twin(0), "");
  EXPECT_EQ(twin(1), "");
  EXPECT_EQ(twin(2), "laid-out");
  EXPECT_EQ(twin(4), "ready");
}

TEST_F(LayerContentTest, AMatrixOfOneContentIsOneZip) {
  model::Layer& layer = add_layer("data", {});
  layer.files = {{placed("tree/bin"), "bin"}};
  layer.targets = {model::Target{}, {{model::Language::kPython, 3, 12}, model::Architecture::kArm64}};
  const Report report = build_all();
  ASSERT_EQ(report.made.size(), 2U);
  EXPECT_EQ(report.made[0].artifact.sha256, report.made[1].artifact.sha256);
  EXPECT_NE(report.made[0].artifact.path, report.made[1].artifact.path);
}

class ProjectTest : public LayerContentTest {
 protected:
  void SetUp() override {
    LayerContentTest::SetUp();
    for (const auto& [name, text] : package::fixture::project()) write("libs/shop/" + name, text);
  }
};

TEST_F(ProjectTest, IsBuiltToAWheelFirst) {
  add_layer("shop", {"numpy"}).packages = {placed("libs/shop")};
  const Report report = build_all();
  EXPECT_THAT(names(report.made.at(0)),
              testing::IsSupersetOf({"python/shop/__init__.py", "python/numpy/__init__.py",
                                     "python/shop-1.0.dist-info/METADATA"}));
  ASSERT_EQ(report.made.at(0).artifact.packages.size(), 2U);
  EXPECT_EQ(report.made.at(0).artifact.packages.at(1).name, "shop");
  EXPECT_EQ(report.made.at(0).artifact.packages.at(1).version, "1.0");
  EXPECT_FALSE(fs::exists(root() / "libs/shop/left-over"));
  EXPECT_EQ(build_all().made.at(0).artifact.action, model::ArtifactAction::kUnchanged);
}

TEST_F(ProjectTest, WhatOnlyItsBuildKnowsThatItNeedsIsHeldAgainstTheLock) {
  lock_wheel("six", "1.16.0");
  std::string backend = package::fixture::project().at("tools/backend.py");
  const std::string named = "Version: 1.0\\n";
  const auto at = backend.find(named);
  ASSERT_NE(at, std::string::npos);
  backend.insert(at + named.size(),
                 "Requires-Dist: Idna==3.6\\nRequires-Dist: numpy>=1.20\\nRequires-Dist: six<1\\n"
                 "Requires-Dist: old; python_version < \"3\"\\nRequires-Dist: more; extra == \"more\"\\n");
  write("libs/shop/tools/backend.py", backend);
  add_layer("shop", {"numpy", "six"}).packages = {placed("libs/shop")};
  const auto found = [&] {
    std::vector<std::string> texts;
    const Report report = build_all();
    for (const model::Finding& one : report.made.at(0).findings) {
      if (one.kind == model::FindingKind::kUnmetRequirement) texts.push_back(one.text);
    }
    return texts;
  };
  EXPECT_THAT(found(),
              ElementsAre("shop 1.0 of layer shop needs idna==3.6, which is not in its lock, nor beside it",
                          "shop 1.0 of layer shop needs six<1, and would get six 1.16.0"));
  workspace_.lock.overrides = {placed("six>=1.16"), placed("idna; python_version < '3'")};
  write("libs/shop/src/shop/__init__.py", "NAME = 'more'\n");
  EXPECT_THAT(found(), testing::IsEmpty());
  workspace_.lock.overrides.clear();
  workspace_.layers[0].no_deps = true;
  write("libs/shop/src/shop/__init__.py", "NAME = 'alone'\n");
  EXPECT_THAT(found(), testing::IsEmpty());
}

TEST_F(ProjectTest, WhatItNeedsMayComeFromAnotherLayerOfTheFunction) {
  lock_wheel("idna", "3.6");
  std::string backend = package::fixture::project().at("tools/backend.py");
  const std::string named = "Version: 1.0\\n";
  backend.insert(backend.find(named) + named.size(), "Requires-Dist: idna==3.6\\n");
  write("libs/shop/tools/backend.py", backend);
  add_layer("shop", {}).packages = {placed("libs/shop")};
  add_layer("words", {"idna"});
  add_function("both", {"shop", "words"});
  add_function("one", {"shop"});
  const Report report = build_all();
  const auto unmet = [&](const std::string& name) {
    std::size_t count = 0;
    for (const Made& made : report.made) {
      if (made.artifact.name != name) continue;
      for (const model::Finding& one : made.findings)
        count += one.kind == model::FindingKind::kUnmetRequirement;
    }
    return count;
  };
  EXPECT_EQ(unmet("both"), 0U);
  EXPECT_EQ(unmet("one"), 1U);
  EXPECT_EQ(unmet("shop"), 0U) << "its functions decide";
}

TEST_F(ProjectTest, AChangedFileIsWhyItIsBuiltAgain) {
  add_layer("shop", {}).packages = {placed("libs/shop")};
  const Digest before = build_all().made.at(0).artifact.sha256;
  write("libs/shop/src/shop/__init__.py", "NAME = 'other'\n");
  const Report report = build_all();
  ASSERT_EQ(report.made.at(0).artifact.reasons.size(), 1U);
  EXPECT_EQ(report.made.at(0).artifact.reasons.at(0).kind, "file-changed");
  EXPECT_EQ(report.made.at(0).artifact.reasons.at(0).subject, "libs/shop/src/shop/__init__.py");
  EXPECT_NE(report.made.at(0).artifact.sha256, before);
}

TEST_F(ProjectTest, AFunctionMayListItToo) {
  add_function("f", {}).packages = {placed("libs/shop")};
  EXPECT_THAT(names(build_all().made.at(0)), testing::IsSupersetOf({"app.py", "shop/__init__.py"}));
}

TEST_F(ProjectTest, IsCompiledAgainWhereItsCompilerWasReplaced) {
  if (!sandbox::find_compiler().value()) GTEST_SKIP() << "no C compiler here";
  for (const auto& [name, text] : package::fixture::native_project()) write("libs/shop/" + name, text);
  add_layer("shop", {}).packages = {placed("libs/shop")};
  const Report first = build_all();
  EXPECT_THAT(names(first.made.at(0)), testing::Contains(HasSubstr("python/shop/_fast.cpython-311")));
  EXPECT_EQ(build_all().made.at(0).artifact.action, model::ArtifactAction::kUnchanged);
  // Planned anew, it has the key that it was made under.
  fs::remove(root() / ".lamella/index");
  EXPECT_EQ(build_all().made.at(0).artifact.action, model::ArtifactAction::kUnchanged);

  const Digest key = plan().at(0).wheels.at(0).source->key();
  auto record = actions_->get(key).value().value();
  ASSERT_NE(record.value.find("/usr/"), std::string::npos) << record.value;
  record.value.replace(record.value.find("/usr/"), 5, "/old/");
  ASSERT_TRUE(actions_->put(key, record).has_value());
  fs::remove(root() / ".lamella/index");
  const Report again = build_all();
  ASSERT_EQ(again.made.at(0).artifact.reasons.size(), 1U);
  EXPECT_THAT(again.made.at(0).artifact.reasons.at(0).text, HasSubstr("backend, compiler, rules"));
  EXPECT_EQ(again.made.at(0).artifact.sha256, first.made.at(0).artifact.sha256);
  EXPECT_EQ(build_all().made.at(0).artifact.action, model::ArtifactAction::kUnchanged);
}

TEST_F(ProjectTest, WhatItsBuildNeedsMustBeLocked) {
  std::string text = package::fixture::project().at("pyproject.toml");
  write("libs/shop/pyproject.toml", text.replace(text.find("[]"), 2, "[\"hatchling\"]"));
  add_layer("shop", {}).packages = {placed("libs/shop")};
  const Error error = failure();
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.where(), "locks/pylock.build-libs-shop-py311-x86_64.toml");
}

TEST_F(ProjectTest, OneNameComesFromOnePlace) {
  lock_wheel("shop", "0.9");
  add_layer("shop", {"shop"}).packages = {placed("libs/shop")};
  EXPECT_THAT(failure().what(), HasSubstr("shop comes from two places"));
}

}  // namespace
}  // namespace lamella::build
