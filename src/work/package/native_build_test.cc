// SPDX-License-Identifier: Apache-2.0
//
// Projects with code to compile, built with this machine's own compiler.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "os/directory.h"
#include "os/environment.h"
#include "package/native_fixture.h"
#include "package/package_fixture.h"
#include "package/project_fixture.h"
#include "package/source_build.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Heard : public EventSink {
 public:
  void emit(const base::Event& event) override {
    if (event.severity > base::Severity::kDebug) texts.push_back(event.text);
  }
  std::vector<std::string> texts;
};

class NativeBuildTest : public PackageTest {
 protected:
  void SetUp() override {
    if (!sandbox::find_compiler().value()) GTEST_SKIP() << "no C compiler here";
    if (os::host_machine() == "aarch64") target_.architecture = model::Architecture::kArm64;
  }

  SourceBuild source_of(const std::map<std::string, std::string>& files, const fs::path& folder) {
    SourceBuild source{.place = "libs/shop", .distribution = "shop", .backend = "backend"};
    source.backend_path = {"tools"};
    source.interpreter = python().version;
    source.target = target_;
    for (const auto& [name, text] : files) {
      EXPECT_TRUE(os::make_directories((folder / name).parent_path()).has_value());
      EXPECT_TRUE(os::write_file_atomic(folder / name, text).has_value());
      source.files.push_back({name, folder / name, crypto::sha256(text), false, false, {}});
    }
    return source;
  }
  SourceBuild source_of(const std::map<std::string, std::string>& files) {
    return source_of(files, folder_.path() / "libs/shop");
  }
  Result<BuiltWheel> build(const SourceBuild& source) {
    SourceBuilder builder{*store_, *actions_, folder_.path(), folder_.path(), heard_};
    if (no_compiler_) builder.compilers.clear();
    return build_wheel(builder, source, {});
  }
  Error refusal(const SourceBuild& source) {
    auto built = build(source);
    EXPECT_FALSE(built.has_value());
    return built ? Error(ErrorCode::kInternal, "it was built") : std::move(built).error();
  }

  model::Target target_;
  bool no_compiler_ = false;
  Heard heard_;
};

TEST_F(NativeBuildTest, B4_CodeIsCompiledAndTheWheelKnowsByWhat) {
  const SourceBuild source = source_of(fixture::native_project());
  const auto built = build(source);
  ASSERT_TRUE(built.has_value()) << built.error().to_string();
  EXPECT_EQ(built->wheel.filename, fmt::format("shop-1.0-cp311-cp311-linux_{}.whl", os::host_machine()));
  ASSERT_TRUE(built->compiled_by.has_value());
  EXPECT_THAT(built->compiled_by->name, testing::MatchesRegex("(gcc|clang|cc) [0-9.]+"));
  EXPECT_THAT(heard_.texts,
              testing::ElementsAre(fmt::format("built to {} by backend, compiled with {} of this machine",
                                               built->wheel.filename, built->compiled_by->name)));
  const auto known = find_built(*store_, *actions_, source).value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->wheel.sha256, built->wheel.sha256);
  EXPECT_EQ(known->compiled_by->identity, built->compiled_by->identity);

  Recipe recipe{.wheel = built->wheel, .source = source, .target = target_};
  recipe.bytecode.settings.fallback = model::BytecodeMode::kNone;
  const Digest before = recipe.key();
  recipe.source->compiled_by = built->compiled_by;
  EXPECT_NE(recipe.key(), before);
  EXPECT_THAT(names(make(recipe)), testing::Contains(HasSubstr("python/shop/_fast.cpython-311-")));
}

TEST_F(NativeBuildTest, TwoBuildsGiveTheSameBytesWhereverTheyAre) {
  const auto here = build(source_of(fixture::native_project()));
  ASSERT_TRUE(here.has_value()) << here.error().to_string();
  const auto other = os::TempDirectory::create("elsewhere-entirely").value();
  const auto there = build_wheel({*store_, *actions_, folder_.path(), other.path(), heard_},
                                 source_of(fixture::native_project(), other.path() / "copy"), {});
  ASSERT_TRUE(there.has_value()) << there.error().to_string();
  EXPECT_EQ(here->wheel.sha256, there->wheel.sha256);
}

TEST_F(NativeBuildTest, B4_ItIsFoundOnlyWhileItsCompilerIsTheSame) {
  const SourceBuild source = source_of(fixture::native_project());
  const auto built = build(source);
  ASSERT_TRUE(built.has_value()) << built.error().to_string();
  auto record = actions_->get(source.key()).value().value();
  const auto replaced = record.value.find("/usr/");
  ASSERT_NE(replaced, std::string::npos) << record.value;
  record.value.replace(replaced, 5, "/old/");
  ASSERT_TRUE(actions_->put(source.key(), record).has_value());
  EXPECT_FALSE(find_built(*store_, *actions_, source).value().has_value());
  EXPECT_TRUE(build(source).has_value());
  EXPECT_TRUE(find_built(*store_, *actions_, source).value().has_value());
}

TEST_F(NativeBuildTest, B4_WhatNeedsNoCompilerSeesNone) {
  auto files = fixture::project();
  std::string& backend = files["tools/backend.py"];
  backend.replace(backend.find("    print('building')\n"), 0,
                  "    import shutil\n"
                  "    assert shutil.which('cc') is None and 'CC' not in os.environ\n"
                  "    assert not os.path.exists('/usr/include')\n");
  const SourceBuild source = source_of(files);
  const auto built = build(source);
  ASSERT_TRUE(built.has_value()) << built.error().to_string();
  EXPECT_FALSE(built->compiled_by.has_value());
  EXPECT_THAT(heard_.texts, testing::ElementsAre("built to shop-1.0-py3-none-any.whl by backend"));
  EXPECT_FALSE(find_built(*store_, *actions_, source).value()->compiled_by.has_value());
}

TEST_F(NativeBuildTest, TheCompilersSandboxHasProgramsAndNothingElseOfThisMachine) {
  auto files = fixture::native_project();
  std::string& backend = files["tools/backend.py"];
  backend.replace(
      backend.find("    library ="), 0,
      "    assert 'CC' in os.environ, 'not yet'\n"
      "    seen = [p for p in ('/home', '/root', '/etc/hostname', '/etc/shadow') if os.path.exists(p)]\n"
      "    try:\n"
      "        open('/usr/mine', 'w')\n"
      "        seen.append('it may write')\n"
      "    except OSError:\n"
      "        pass\n"
      "    assert not seen, seen\n"
      "    import socket\n"
      "    socket.create_connection(('192.0.2.1', 80), timeout=5)\n");
  const Error error = refusal(source_of(files));
  EXPECT_THAT(error.why(), HasSubstr("Network is unreachable"));
  EXPECT_THAT(error.remedy(), HasSubstr("a build has no network"));
}

TEST_F(NativeBuildTest, B5_NewerSymbolsThanTheTargetHasAreRefused) {
  std::string code = fixture::kFastModule;
  code.insert(0, "#define _GNU_SOURCE\n#include <unistd.h>\nint own_thread(void) { return gettid(); }\n");
  const Error error = refusal(source_of(fixture::native_project(code)));
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_THAT(error.why(), HasSubstr("it asks for symbols of glibc 2.30, al2 has 2.26"));
  EXPECT_THAT(error.where(), HasSubstr("shop/_fast.cpython-311-"));
  EXPECT_THAT(error.remedy(), HasSubstr("glibc 2.26 or older"));
}

TEST_F(NativeBuildTest, B5_SoAreThoseOfTheCxxLibrary) {
  if (sandbox::find_compiler().value()->cxx.empty()) GTEST_SKIP() << "no C++ compiler here";
  std::string code = fixture::kFastModule;
  code.insert(0,
              "#include <condition_variable>\n"
              "void wait_for(std::condition_variable& one, std::unique_lock<std::mutex>& lock) { "
              "one.wait(lock); }\n");
  const Error error = refusal(source_of(fixture::native_project(code, "CXX")));
  EXPECT_THAT(error.why(), HasSubstr("of libstdc++, that of al2 ends at GLIBCXX_3.4.24"));
}

TEST_F(NativeBuildTest, WhyNothingWasCompiledIsSaid) {
  const SourceBuild source = source_of(fixture::native_project());
  no_compiler_ = true;
  EXPECT_THAT(refusal(source).remedy(), HasSubstr("none is below /usr"));
  no_compiler_ = false;
  SourceBuild foreign = source;
  const bool intel = target_.architecture == model::Architecture::kX86_64;
  foreign.target.architecture = intel ? model::Architecture::kArm64 : model::Architecture::kX86_64;
  EXPECT_THAT(refusal(foreign).remedy(), HasSubstr("is compiled on a machine of that kind alone"));
  SourceBuild later = source;
  later.target.runtime.minor = 14;
  later.stand_in = source.target.runtime;
  EXPECT_THAT(refusal(later).remedy(), HasSubstr("install that: python3.11 stood in for it"));
  const Error error = refusal(source_of(fixture::native_project(fixture::kFastModule + "oops\n")));
  EXPECT_THAT(error.why(), AllOf(HasSubstr("fast.c"), HasSubstr("error:")));
  EXPECT_THAT(error.remedy(),
              AllOf(HasSubstr("a build has no network, and of this machine"), Not(HasSubstr("install"))));
}

}  // namespace
}  // namespace lamella::package
