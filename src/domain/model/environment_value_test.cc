// SPDX-License-Identifier: Apache-2.0
#include "model/environment_value.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lamella::model {
namespace {

using Kind = EnvironmentPart::Kind;

TEST(EnvironmentValue, SplitsPlaceholders) {
  const auto value = parse_environment_value("{{x}}-{environment}/{param:model=a=b}{ssm:/team/token}");
  ASSERT_TRUE(value.has_value()) << value.error().to_string();
  const std::vector<EnvironmentPart> parts = {{Kind::kLiteral, "{x}-", std::nullopt},
                                              {Kind::kEnvironment, "", std::nullopt},
                                              {Kind::kLiteral, "/", std::nullopt},
                                              {Kind::kParam, "model", "a=b"},
                                              {Kind::kSsm, "/team/token", std::nullopt}};
  EXPECT_EQ(value->parts, parts);
  EXPECT_TRUE(value->is_secret());
  EXPECT_FALSE(parse_environment_value("{param:x}")->is_secret());
}

TEST(EnvironmentValue, RefusesStrayBracesAndUnknownPlaceholders) {
  for (const char* bad :
       {"{", "}", "a}b", "{x", "{}", "{parm:x}", "{param:}", "{env:}", "{ssm:x}", "{ssm:/}"}) {
    EXPECT_FALSE(parse_environment_value(bad).has_value()) << bad;
  }
}

TEST(EnvironmentValue, ResolvesWithDefaults) {
  const auto lookup = [](const EnvironmentPart& part) -> Result<std::optional<std::string>> {
    if (part.kind == Kind::kEnvironment) return std::optional<std::string>("dev");
    return std::optional<std::string>();
  };
  EXPECT_EQ(*resolve(*parse_environment_value("{environment}-{param:m=forest}"), lookup), "dev-forest");
  const auto unset = resolve(*parse_environment_value("{param:m}"), lookup);
  ASSERT_FALSE(unset.has_value());
  EXPECT_EQ(unset.error().what(), "{param:m} is not set");
}

TEST(EnvironmentValue, C13ANewlineIsRefusedAndTheValueNeverShown) {
  const auto written = parse_environment_value("hunter2\nx");
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(written.error().to_string().find("hunter2"), std::string::npos);
  const auto found = resolve(*parse_environment_value("{env:TOKEN}"), [](const EnvironmentPart&) {
    return Result<std::optional<std::string>>(std::optional<std::string>("hunter2\nx"));
  });
  ASSERT_FALSE(found.has_value());
  EXPECT_NE(found.error().what().find("{env:TOKEN}"), std::string::npos);
  EXPECT_EQ(found.error().to_string().find("hunter2"), std::string::npos);
  EXPECT_TRUE(parse_environment_value("a\tb").has_value());
}

RC_GTEST_PROP(EnvironmentValue, RenderingIsTheInverse, (const std::string& noise)) {
  for (const std::string& text : {noise, "{param:a=" + noise + "}", noise + "{{{env:A}}}"}) {
    const auto value = parse_environment_value(text);
    if (value) RC_ASSERT(*parse_environment_value(to_string(*value)) == *value);
  }
}

}  // namespace
}  // namespace lamella::model
