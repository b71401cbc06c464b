// SPDX-License-Identifier: Apache-2.0
#include "package/source_build.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "archive/tar_fixture.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "package/package_fixture.h"
#include "package/project_fixture.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class SourceBuildTest : public PackageTest {
 protected:
  SourceBuildTest() { write_project(); }

  void write_project() {
    source_ = {.place = "libs/shop", .distribution = "shop", .backend = "backend"};
    source_.backend_path = {"tools"};
    source_.interpreter = python().version;
    for (const auto& [name, text] : project_) {
      const fs::path path = folder_.path() / "libs/shop" / name;
      EXPECT_TRUE(os::make_directories(path.parent_path()).has_value());
      EXPECT_TRUE(os::write_file_atomic(path, text).has_value());
      source_.files.push_back({name, path, crypto::sha256(text), false, false, {}});
    }
  }
  void change_backend(const std::string& from, const std::string& to) {
    std::string& text = project_["tools/backend.py"];
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    write_project();
  }
  Result<Wheel> build() {
    LAMELLA_TRY_ASSIGN(
        auto built,
        build_wheel({*store_, *actions_, folder_.path(), folder_.path(), base::no_events()}, source_, {}));
    return std::move(built.wheel);
  }

  std::map<std::string, std::string> project_ = fixture::project();
  SourceBuild source_;
};

TEST_F(SourceBuildTest, B1_B2_BuildsACopyOnce) {
  EXPECT_FALSE(find_built(*store_, *actions_, source_).value().has_value());
  const auto wheel = build();
  ASSERT_TRUE(wheel.has_value()) << wheel.error().to_string();
  EXPECT_EQ(wheel->filename, "shop-1.0-py3-none-any.whl");
  EXPECT_EQ(wheel->version, "1.0");
  EXPECT_FALSE(os::exists(folder_.path() / "libs/shop/left-over"));
  const auto known = find_built(*store_, *actions_, source_).value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->wheel.sha256, wheel->sha256);
  EXPECT_EQ(known->wheel.distribution, "shop");
  Recipe recipe{.wheel = *wheel, .source = source_};
  recipe.bytecode.settings.fallback = model::BytecodeMode::kNone;
  const SegmentRecord record = make(recipe);
  EXPECT_THAT(names(record), ElementsAre("python/shop-1.0.dist-info/METADATA",
                                         "python/shop-1.0.dist-info/WHEEL", "python/shop/__init__.py"));
}

TEST_F(SourceBuildTest, B2_ASourceDistributionIsBuiltFromItsArchive) {
  std::vector<archive::fixture::TarEntry> entries;
  for (const auto& [name, text] : project_) entries.push_back({.name = "shop-1.0/" + name, .content = text});
  const auto give = [&] {
    const std::string bytes = archive::fixture::gzip_of(archive::fixture::tar_of(entries));
    const Digest sha256 = store::put(*store_, base::as_bytes(bytes)).value();
    source_.archive = Wheel{.distribution = "shop", .filename = "shop-1.0.tar.gz", .sha256 = sha256};
  };
  const Digest in_repo = source_.key();
  source_.files.clear();
  give();
  EXPECT_NE(source_.key(), in_repo);
  const auto wheel = build();
  ASSERT_TRUE(wheel.has_value()) << wheel.error().to_string();
  EXPECT_EQ(find_built(*store_, *actions_, source_).value()->wheel.sha256, wheel->sha256);

  const Digest sound = source_.key();
  entries.push_back({.name = "shop-1.0/../outside", .content = "x"});
  give();
  EXPECT_NE(source_.key(), sound);
  EXPECT_EQ(build().error().code(), ErrorCode::kRejected);
  EXPECT_EQ(build().error().fact("rule"), "name");

  source_.archive->sha256 = crypto::sha256("not fetched");
  EXPECT_EQ(build().error().code(), ErrorCode::kInternal);
}

TEST_F(SourceBuildTest, WhatIsDeclaredIsTheSameOnEveryMachine) {
  SourceBuild elsewhere = source_;
  elsewhere.interpreter = "3.11.99";
  elsewhere.compiled_by = CompiledBy{"gcc 1", "another", {}};
  EXPECT_EQ(elsewhere.declared(), source_.declared());
  EXPECT_NE(elsewhere.key(), source_.key());
  elsewhere.backend_path.push_back("more");
  EXPECT_NE(elsewhere.declared(), source_.declared());
}

TEST_F(SourceBuildTest, ABuildThatFailsSaysWhy) {
  change_backend("    print('building')\n", "    raise OSError('no such luck')\n");
  const auto wheel = build();
  ASSERT_FALSE(wheel.has_value());
  EXPECT_EQ(wheel.error().code(), ErrorCode::kRejected);
  EXPECT_THAT(wheel.error().to_string(), HasSubstr("no such luck"));
  EXPECT_THAT(wheel.error().what(), HasSubstr("libs/shop cannot be built"));
}

TEST_F(SourceBuildTest, ABackendMayChangeTheModesOfWhatItBuilds) {
  const auto before = build();
  ASSERT_TRUE(before.has_value()) << before.error().to_string();
  change_backend("    print('building')\n",
                 "    os.chmod('src/shop/__init__.py', 0o600)\n    os.utime('src/shop', (1, 1))\n");
  const auto after = build();
  ASSERT_TRUE(after.has_value()) << after.error().to_string();
  EXPECT_EQ(after->sha256, before->sha256);
}

TEST_F(SourceBuildTest, AVersionThatIsInTheRepositoryAloneIsToBeWritten) {
  change_backend(
      "    print('building')\n",
      "    raise LookupError('setuptools-scm was unable to detect version for /var/task/project.')\n");
  const auto wheel = build();
  ASSERT_FALSE(wheel.has_value());
  EXPECT_THAT(wheel.error().remedy(), HasSubstr("`fallback_version` in [tool.setuptools_scm]"));
}

TEST_F(SourceBuildTest, ItHasNoNetworkAndNothingOfThisMachine) {
  change_backend("    print('building')\n",
                 "    import socket\n"
                 "    assert not os.path.exists('/etc/hostname') and not os.environ.get('PATH_OF_TEST')\n"
                 "    socket.create_connection(('192.0.2.1', 80), timeout=5)\n");
  const auto wheel = build();
  ASSERT_FALSE(wheel.has_value());
  EXPECT_THAT(wheel.error().why(), HasSubstr("Network is unreachable"));
}

TEST_F(SourceBuildTest, ABackendMayNotAskForMoreThanIsLocked) {
  change_backend("def build_wheel(",
                 "def get_requires_for_build_wheel(settings):\n    return ['cython>=3']\n\n\n"
                 "def build_wheel(");
  const auto wheel = build();
  ASSERT_FALSE(wheel.has_value());
  EXPECT_THAT(wheel.error().to_string(), HasSubstr("cython>=3"));
}

TEST_F(SourceBuildTest, B3_WhatComesOutMustBeTheProject) {
  source_.distribution = "another";
  EXPECT_THAT(build().error().to_string(), HasSubstr("shop-1.0-py3-none-any.whl, is not another"));
}

TEST_F(SourceBuildTest, B3_AWheelIsNotReadThroughLinksNorFromWhatIsNoFile) {
  const std::string sound = project_["tools/backend.py"];
  const std::string end = "    return 'shop-1.0-py3-none-any.whl'\n";
  // The wheel that this machine has is sound: only how it is reached is not.
  const fs::path host = folder_.path() / "host";
  const std::string bytes = store::read_all(*store_, build()->sha256).value().value();
  ASSERT_TRUE(os::make_directories(host).has_value());
  ASSERT_TRUE(os::write_file_atomic(host / "shop-1.0-py3-none-any.whl", bytes).has_value());
  const auto refusal = [&](const std::string& last) {
    project_["tools/backend.py"] = sound;
    change_backend(end, last + end);
    const auto wheel = build();
    EXPECT_FALSE(wheel.has_value()) << last;
    return wheel ? "" : wheel.error().why();
  };
  const std::string target = fmt::format("'{}'", host.string());
  EXPECT_EQ(refusal("    import shutil; shutil.rmtree(folder); os.symlink(" + target + ", folder)\n"),
            "its backend left 'out' as a symbolic link");
  const std::string file = "os.path.join(folder, 'shop-1.0-py3-none-any.whl')";
  EXPECT_EQ(refusal("    os.remove(" + file + "); os.symlink('/etc/passwd', " + file + ")\n"),
            "its backend left 'out/shop-1.0-py3-none-any.whl' as a symbolic link");
  EXPECT_EQ(refusal("    os.remove(" + file + "); os.mkfifo(" + file + ")\n"),
            "its backend left 'out/shop-1.0-py3-none-any.whl' as something that is no file");
  EXPECT_EQ(refusal("    os.remove(" + file + ")\n"), "its backend wrote no wheel");
}

TEST_F(SourceBuildTest, AFileThatMovedIsAConflict) {
  ASSERT_TRUE(os::write_file_atomic(source_.files.front().path, "other").has_value());
  EXPECT_EQ(build().error().code(), ErrorCode::kConflict);
}

TEST_F(SourceBuildTest, TheKeyIsOfAllThatCanChangeTheWheel) {
  const Digest key = source_.key();
  const auto changed = [&](auto change) {
    SourceBuild other = source_;
    change(other);
    return other.key() != key;
  };
  EXPECT_TRUE(changed([](auto& one) { one.backend = "other"; }));
  EXPECT_TRUE(changed([](auto& one) { one.backend_path.clear(); }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().sha256 = crypto::sha256("x"); }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().name += "x"; }));
  EXPECT_TRUE(changed([](auto& one) { one.files.front().executable = true; }));
  EXPECT_TRUE(changed([](auto& one) { one.files.pop_back(); }));
  EXPECT_TRUE(changed([](auto& one) { one.requirements.emplace_back(); }));
  EXPECT_TRUE(changed([](auto& one) { one.target.runtime.minor = 12; }));
  EXPECT_TRUE(changed([](auto& one) { one.interpreter = "3.11.99"; }));
  EXPECT_FALSE(changed([](auto& one) { one.place = "elsewhere"; }));
  EXPECT_FALSE(changed([](auto& one) { one.files.front().path = "elsewhere"; }));
}

}  // namespace
}  // namespace lamella::package
