// SPDX-License-Identifier: Apache-2.0
#include "build/source_wheel.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"
#include "package/build_interpreter.h"

namespace lamella::build {
namespace {

using testing::HasSubstr;

constexpr model::Runtime kPython311{model::Language::kPython, 3, 11};
constexpr model::Runtime kPython314{model::Language::kPython, 3, 14};

/// While it lives, this machine has none of these.
class Without {
 public:
  explicit Without(std::vector<int> minors) : minors_(std::move(minors)) {
    for (const int minor : minors_) ::setenv(name(minor).c_str(), "/nonexistent/python", 1);
  }
  ~Without() {
    for (const int minor : minors_) ::unsetenv(name(minor).c_str());
  }
  Without(const Without&) = delete;
  Without& operator=(const Without&) = delete;

 private:
  static std::string name(int minor) { return "LAMELLA_INTERPRETER_PYTHON3_" + std::to_string(minor); }

  const std::vector<int> minors_;
};

package::SourceBuild shop(const model::Runtime& runtime) {
  package::SourceBuild source{.place = "libs/shop", .distribution = "shop"};
  source.target.runtime = runtime;
  return source;
}

class StandInTest : public BuildTest {
 protected:
  Result<package::BuildInterpreter> find(const model::Runtime& runtime) {
    return package::find_build_interpreter(runtime, tools_.cache);
  }
};

TEST_F(StandInTest, TheTargetsOwnBuildsWhereItIsHere) {
  const auto found = find(kPython311);
  ASSERT_TRUE(found.has_value()) << found.error().to_string();
  package::SourceBuild source = shop(kPython311);
  found->take_on(source);
  EXPECT_EQ(source.stand_in, std::nullopt);
  EXPECT_EQ(source.built_on(), kPython311);
  EXPECT_THAT(source.interpreter, testing::StartsWith("3.11."));
}

TEST_F(StandInTest, ElseTheNearestThatIs) {
  const Without others({8, 9, 10, 12, 13, 14});
  const auto found = find(kPython314);
  ASSERT_TRUE(found.has_value()) << found.error().to_string();
  package::SourceBuild source = shop(kPython314);
  found->take_on(source);
  EXPECT_EQ(source.built_on(), kPython311);
  EXPECT_THAT(source.interpreter, testing::StartsWith("3.11."));
}

TEST_F(StandInTest, WhereThereIsNoneTheTargetsOwnIsMissed) {
  const Without all({8, 9, 10, 11, 12, 13, 14});
  const auto found = find(kPython314);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), ErrorCode::kToolMissing);
  EXPECT_EQ(found.error().fact("program"), "python3.14");
}

TEST_F(StandInTest, WhatABuildNeedsRunsOnItToo) {
  const resolve::LockGroup group{"build-libs-shop", {kPython314, {}}, {}, {}};
  const auto add = [&](const std::string& wheel, std::optional<model::Runtime> stand_in) {
    resolve::LockFile lock{.group = group.name, .target = group.target};
    lock.roots.push_back({resolve::RootKind::kBuild, "libs/shop", {"cython"}});
    lock.packages.push_back({.name = "cython", .version = "3.2.0", .requires_python = "", .wheel = {}});
    lock.packages.back().wheel.filename = wheel;
    package::SourceBuild source = shop(kPython314);
    source.stand_in = stand_in;
    return add_build_requirements({{group, lock}}, group, source);
  };
  const std::string pure = "cython-3.2.0-py3-none-any.whl";
  const std::string own = "cython-3.2.0-cp314-cp314-manylinux_2_17_x86_64.whl";
  EXPECT_TRUE(add(pure, kPython311).has_value());
  EXPECT_TRUE(add(own, std::nullopt).has_value());
  const auto refused = add(own, kPython311);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kToolMissing);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("it needs " + own + ", and python3.11 stands in"));
  EXPECT_THAT(refused.error().remedy(), HasSubstr("install python3.14"));
}

}  // namespace
}  // namespace lamella::build
