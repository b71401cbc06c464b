// SPDX-License-Identifier: Apache-2.0
//
// What the resolver says when pip is asked in uv's place and something has no wheel.
#include <gtest/gtest.h>

#include "os/process.h"
#include "resolve/resolver_fixture.h"

namespace lamella::resolve {
namespace {

class ResolverPip : public ResolverTest {
 protected:
  void SetUp() override {
    settings_.cache = root_.path() / "cache";
    settings_.wheelhouse = root_.path() / "wheels";
    fs::create_directories(settings_.wheelhouse);
    const auto python = os::find_program("python3.11");
    if (!python || os::host_machine() != "x86_64") GTEST_SKIP() << "no python3.11 of the target";
    os::Command has_pip{.argv = {python->string(), "-I", "-m", "pip", "--version"}, .inherit_env = true};
    if (const auto run = os::run(has_pip); !run || !run->succeeded()) GTEST_SKIP() << "python3.11 has no pip";
    settings_.pip = *python;
  }
  void source(const std::string& file) {
    ASSERT_TRUE(os::write_file_atomic(settings_.wheelhouse / file, "never read").has_value());
  }
  Error refusal(const std::string& body) {
    auto lock = resolve(inputs(body));
    return lock ? Error(ErrorCode::kInternal, "it was taken") : std::move(lock).error();
  }
};

TEST_F(ResolverPip, a_wheel_for_a_newer_glibc_is_refused_with_the_tags_seen_and_wanted) {
  wheel("native", "1.0", {}, "cp311-cp311-manylinux_2_17_x86_64");
  wheel("native", "2.0", {}, "cp311-cp311-manylinux_2_28_x86_64");
  const Error refused = refusal(layer("core", "\"native==2.0\""));
  EXPECT_EQ(refused.code(), ErrorCode::kRejected) << refused.to_string();
  EXPECT_NE(refused.why().find("seen: native 2.0 has only cp311-cp311-manylinux_2_28_x86_64"),
            std::string::npos)
      << refused.to_string();
  EXPECT_NE(refused.why().find("wanted: "), std::string::npos);
  EXPECT_EQ(resolve(inputs(layer("core", "\"native\"")))->packages.at(0).version, "1.0");
}

TEST_F(ResolverPip, a_package_without_a_wheel_is_refused_with_what_to_do) {
  source("demo-1.0.tar.gz");
  const Error refused = refusal(layer("core", "\"demo>=1\""));
  EXPECT_EQ(refused.code(), ErrorCode::kRejected) << refused.to_string();
  EXPECT_EQ(refused.what(), "no wheel of demo for py311-x86_64");
  EXPECT_NE(refused.remedy().find("install uv, and `allow_source = [\"demo\"]` on layer core"),
            std::string::npos)
      << refused.remedy();
}

TEST_F(ResolverPip, a_package_without_a_wheel_is_no_conflict_where_a_constraint_names_it) {
  source("demo-1.0.tar.gz");
  wheel("a", "1.0");
  for (const std::string& body :
       {layer("core", "\"a\"") + layer("bare", "\"demo\"", "no_deps = true\n") +
            function("f", "\"core\", \"bare\""),
        "[lock]\nconstraints = [\"demo<9\"]\n" + layer("core", "\"a\", \"demo\"")}) {
    const Error refused = refusal(body);
    EXPECT_EQ(refused.code(), ErrorCode::kRejected) << refused.to_string();
    EXPECT_EQ(refused.what(), "no wheel of demo for py311-x86_64");
  }
}

TEST_F(ResolverPip, a_conflict_is_one) {
  wheel("a", "1.0", {"b<2"});
  wheel("b", "1.0");
  wheel("b", "2.0");
  EXPECT_EQ(refusal(layer("core", "\"a\", \"b>=2\"")).code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace lamella::resolve
