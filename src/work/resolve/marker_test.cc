// SPDX-License-Identifier: Apache-2.0
#include "resolve/marker.h"

#include <gtest/gtest.h>

namespace lamella::resolve {
namespace {

const model::Target kTarget{{model::Language::kPython, 3, 11}, model::Architecture::kX86_64};
const model::Target kArm{{model::Language::kPython, 3, 13}, model::Architecture::kArm64};

bool holds(const std::string& marker, const std::string& extra = "", const model::Target& target = kTarget) {
  const auto result = marker_holds(marker, marker_environment(target), extra);
  EXPECT_TRUE(result.has_value()) << marker << ": " << result.error().to_string();
  return result.value_or(false);
}

TEST(Marker, is_evaluated_for_the_target) {
  EXPECT_TRUE(holds(""));
  EXPECT_TRUE(holds("python_version >= '3.9'"));
  EXPECT_FALSE(holds("python_version < '3.9'"));
  EXPECT_TRUE(holds("'3.9' <= python_version"));
  EXPECT_TRUE(holds("python_version >= \"3.10\" and python_version < '3.12'"));
  EXPECT_FALSE(holds("python_version == '3.1'"));
  EXPECT_TRUE(holds("python_version == '3.*'"));
  EXPECT_TRUE(holds("sys_platform == 'linux' and platform_machine == 'x86_64'"));
  EXPECT_FALSE(holds("sys_platform == 'linux' and platform_machine == 'x86_64'", "", kArm));
  EXPECT_TRUE(holds("platform_machine == 'aarch64' and python_version >= '3.13'", "", kArm));
  EXPECT_TRUE(holds("platform_python_implementation != 'PyPy'"));
  EXPECT_TRUE(holds("sys_platform in 'linux linux2'"));
  EXPECT_TRUE(holds("sys_platform not in 'win32 darwin'"));
  EXPECT_TRUE(holds("os.name == 'posix' and python_implementation == 'CPython'"));
}

TEST(Marker, binds_and_before_or) {
  EXPECT_TRUE(holds("os_name == 'posix' or os_name == 'nt' and os_name == 'java'"));
  EXPECT_FALSE(holds("(os_name == 'posix' or os_name == 'nt') and os_name == 'java'"));
}

TEST(Marker, asks_for_extras_by_normalised_name) {
  EXPECT_TRUE(holds("extra == 's3_fast'", "S3.Fast"));
  EXPECT_FALSE(holds("extra == 'crt'"));
  EXPECT_TRUE(holds("python_version >= '3.8' and extra == 'crt'", "crt"));
  EXPECT_FALSE(holds("python_version >= '3.8' and extra == 'crt'", "other"));
}

TEST(Marker, refuses_what_is_none) {
  for (const std::string marker :
       {"python_version", "python_version >", "nonsense == '1'", "(os_name == 'posix'", "os_name == 'posix",
        "os_name == 'posix' xor os_name == 'nt'", "os_name == 'posix')", "os_name not 'x'", "and", "''"}) {
    EXPECT_FALSE(marker_holds(marker, marker_environment(kTarget), "").has_value()) << marker;
  }
  EXPECT_FALSE(
      marker_holds("nonsense == 'x' or os_name == 'posix'", marker_environment(kTarget), "").has_value())
      << "also where the answer would not depend on it";
}

TEST(Marker, stays_bounded) {
  std::string many = "os_name == 'nt'";
  for (int i = 0; i < 2000; ++i) many += " or os_name == 'posix'";
  EXPECT_TRUE(holds(many));
  const auto deep = std::string(5000, '(') + "os_name == 'nt'" + std::string(5000, ')');
  EXPECT_FALSE(marker_holds(deep, marker_environment(kTarget), "").has_value());
  EXPECT_FALSE(marker_holds(std::string(70'000, ' ') + "x", marker_environment(kTarget), "").has_value());
}

}  // namespace
}  // namespace lamella::resolve
