// SPDX-License-Identifier: Apache-2.0
#include "resolve/requirement_check.h"

#include <gtest/gtest.h>

namespace lamella::resolve {
namespace {

/// "" if it is taken, else why not.
std::string refusal(const std::string& text) {
  auto parsed = config::parse_requirement(text);
  if (!parsed) return "not even a requirement";
  config::RequirementsFile file;
  file.requirements.push_back({std::move(*parsed), {text, {"r.txt", 3, 1}}, {}});
  const auto checked = check_requirements(file);
  if (checked) return "";
  EXPECT_EQ(checked.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(checked.error().where(), "r.txt:3:1");
  return checked.error().why();
}

TEST(RequirementCheck, R8VersionsAndMarkersThatAreNoneAreRefusedWhereTheyStand) {
  EXPECT_EQ(refusal("six==1.0.foo"), "'1.0.foo' is not a version");
  EXPECT_EQ(refusal("six>=1,<2.x"), "'2.x' is not a version");
  EXPECT_EQ(refusal("six>=1.*"), "'1.*' is not a version");
  EXPECT_NE(refusal("six==" + std::string(400, '9')), "");
  EXPECT_NE(refusal("six; python_version > '3' and").find("its marker is malformed"), std::string::npos);
  EXPECT_NE(refusal("six; nope == '1'"), "");
}

TEST(RequirementCheck, TakesWhatPeopleWrite) {
  for (const char* text :
       {"six", "six==1.16.0", "six==1.*", "six!=1.16.*", "six~=1.4", "six===whatever", "six>=1!2.0rc1",
        "six==1.0+local.1", "six>=v1,<2.dev0", "six; python_version < '3.9' or extra == 'x'"}) {
    EXPECT_EQ(refusal(text), "") << text;
  }
}

}  // namespace
}  // namespace lamella::resolve
