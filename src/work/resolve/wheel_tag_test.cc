// SPDX-License-Identifier: Apache-2.0
#include "resolve/wheel_tag.h"

#include <gtest/gtest.h>

namespace lamella::resolve {
namespace {

using model::Architecture;
const model::Target kOn226{{model::Language::kPython, 3, 11}, Architecture::kX86_64};
const model::Target kOn234{{model::Language::kPython, 3, 13}, Architecture::kArm64};

std::optional<std::size_t> place(const std::string& filename, const model::Target& target) {
  return fit(parse_wheel_name(filename).value(), accepted_tags(target));
}

TEST(WheelName, is_taken_apart) {
  const auto name =
      parse_wheel_name("numpy-1.24.3-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->distribution, "numpy");
  EXPECT_EQ(name->version, "1.24.3");
  EXPECT_EQ(name->build, "1");
  EXPECT_EQ(name->platform, (std::vector<std::string>{"manylinux_2_17_x86_64", "manylinux2014_x86_64"}));
  EXPECT_EQ(name->tag(), "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64");
}

TEST(WheelName, refuses_what_is_none) {
  for (const char* name : {"numpy-1.0.tar.gz", "numpy.whl", "a-b-c-d.whl", "a-1-x-py3-none-any.whl",
                           "a--py3-none-any.whl", "a-1-2-3-py3-none-any.whl"}) {
    EXPECT_FALSE(parse_wheel_name(name).has_value()) << name;
  }
}

TEST(WheelFit, knows_the_glibc_of_each_target) {
  EXPECT_TRUE(place("a-1-cp311-cp311-manylinux_2_26_x86_64.whl", kOn226));
  EXPECT_FALSE(place("a-1-cp311-cp311-manylinux_2_27_x86_64.whl", kOn226));
  EXPECT_FALSE(place("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", kOn226));
  EXPECT_TRUE(place("a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_17_x86_64.whl", kOn226));
  EXPECT_TRUE(place("a-1-cp313-cp313-manylinux_2_34_aarch64.whl", kOn234));
  EXPECT_FALSE(place("a-1-cp313-cp313-manylinux_2_35_aarch64.whl", kOn234));
  EXPECT_TRUE(place("a-1-cp311-cp311-manylinux1_x86_64.whl", kOn226));
}

TEST(WheelFit, knows_every_target_that_can_be_built_for) {
  for (int minor = 9; minor <= 14; ++minor) {
    for (const auto architecture : {model::Architecture::kX86_64, model::Architecture::kArm64}) {
      const auto accepted = accepted_tags({{model::Language::kPython, 3, minor}, architecture});
      const std::string machine(model::machine_name(architecture));
      const std::string cp = "cp3" + std::to_string(minor);
      const auto loads = [&](const std::string& glibc) {
        const std::string name = "a-1-" + cp + "-" + cp + "-manylinux_" + glibc + "_" + machine + ".whl";
        return fit(parse_wheel_name(name).value(), accepted).has_value();
      };
      EXPECT_TRUE(loads("2_26")) << cp << machine;
      EXPECT_EQ(loads("2_34"), minor >= 12) << cp << machine;
      EXPECT_FALSE(loads("2_35")) << cp << machine;
    }
  }
}

TEST(WheelFit, refuses_foreign_interpreters_machines_and_systems) {
  for (const char* name :
       {"a-1-cp312-cp312-manylinux_2_17_x86_64.whl", "a-1-cp311-cp311-manylinux_2_17_aarch64.whl",
        "a-1-cp311-cp311-musllinux_1_1_x86_64.whl", "a-1-cp311-cp311-win_amd64.whl",
        "a-1-cp311-cp311-macosx_10_9_x86_64.whl", "a-1-py2-none-any.whl",
        "a-1-cp312-abi3-manylinux_2_17_x86_64.whl", "a-1-cp310-cp310-linux_x86_64.whl"}) {
    EXPECT_FALSE(place(name, kOn226)) << name;
  }
}

TEST(WheelFit, prefers_the_most_specific) {
  const std::vector<std::string> best_first = {"a-1-cp311-cp311-manylinux_2_26_x86_64.whl",
                                               "a-1-cp311-cp311-manylinux2014_x86_64.whl",
                                               "a-1-cp311-abi3-manylinux_2_17_x86_64.whl",
                                               "a-1-cp38-abi3-manylinux_2_17_x86_64.whl",
                                               "a-1-py3-none-manylinux2014_x86_64.whl",
                                               "a-1-cp311-none-any.whl",
                                               "a-1-py3-none-any.whl",
                                               "a-1-py30-none-any.whl"};
  for (std::size_t i = 1; i < best_first.size(); ++i) {
    ASSERT_TRUE(place(best_first[i], kOn226)) << best_first[i];
    EXPECT_LT(*place(best_first[i - 1], kOn226), *place(best_first[i], kOn226)) << best_first[i];
  }
  EXPECT_TRUE(place("a-1-py2.py3-none-any.whl", kOn226));
}

}  // namespace
}  // namespace lamella::resolve
