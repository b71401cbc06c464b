// SPDX-License-Identifier: Apache-2.0
#include "model/target.h"

#include <gtest/gtest.h>

namespace lamella::model {
namespace {

TEST(Target, NamesAreInverses) {
  for (const char* name : {"python3.8", "python3.11", "python3.14", "nodejs18.x", "nodejs22.x"}) {
    const auto runtime = parse_runtime(name);
    ASSERT_TRUE(runtime.has_value()) << name;
    EXPECT_EQ(to_string(*runtime), name);
    for (const auto architecture : {Architecture::kX86_64, Architecture::kArm64}) {
      const Target target{*runtime, architecture};
      EXPECT_EQ(target_from_short_name(short_name(target)), target);
    }
  }
  EXPECT_EQ(short_name(Target{}), "py311-x86_64");
  EXPECT_EQ(short_name({*parse_runtime("nodejs22.x"), Architecture::kArm64}), "node22-arm64");
  EXPECT_EQ(target_from_short_name("py311"), std::nullopt);
}

TEST(Target, UnknownRuntimesNameTheNearest) {
  const auto runtime = parse_runtime("pyton3.11");
  ASSERT_FALSE(runtime.has_value());
  EXPECT_EQ(runtime.error().remedy(), "did you mean \"python3.11\"?");
  EXPECT_FALSE(parse_runtime("python2.7").has_value());
  EXPECT_FALSE(parse_architecture("amd64").has_value());
}

TEST(Target, TheOperatingSystemChangesWithPython312AndNode20) {
  const auto os = [](const char* name) { return to_string(os_of(*parse_runtime(name))); };
  EXPECT_EQ(os("python3.11"), "al2");
  EXPECT_EQ(os("python3.12"), "al2023");
  EXPECT_EQ(os("nodejs18.x"), "al2");
  EXPECT_EQ(os("nodejs20.x"), "al2023");
  EXPECT_EQ(glibc_of(LambdaOs::kAl2), (GlibcVersion{2, 26}));
  EXPECT_EQ(glibc_of(LambdaOs::kAl2023), (GlibcVersion{2, 34}));
}

TEST(Target, LifecyclesAreOrdered) {
  for (const char* name : {"python3.9", "python3.11", "python3.12", "nodejs24.x"}) {
    const auto life = lifecycle_of(*parse_runtime(name));
    ASSERT_TRUE(life.has_value()) << name;
    EXPECT_LT(life->deprecated, life->create_blocked) << name;
    EXPECT_LT(life->create_blocked, life->update_blocked) << name;
  }
  EXPECT_EQ(lifecycle_of(*parse_runtime("python3.11"))->deprecated, "2027-06-30");
}

}  // namespace
}  // namespace lamella::model
