// SPDX-License-Identifier: Apache-2.0
#include "model/limits.h"

#include <gtest/gtest.h>

namespace lamella::model {
namespace {

TEST(Limits, SizesAreRefusedOneByteAbove) {
  EXPECT_TRUE(check_unzipped_total(262'144'000).has_value());
  const auto over = check_unzipped_total(262'144'001);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code(), ErrorCode::kLimit);
  EXPECT_NE(over.error().what().find("1 over"), std::string::npos);
  EXPECT_TRUE(check_layer_count(5).has_value());
  EXPECT_FALSE(check_layer_count(6).has_value());
}

TEST(Limits, Names) {
  EXPECT_TRUE(check_function_name(std::string(64, 'f')).has_value());
  EXPECT_FALSE(check_function_name(std::string(65, 'f')).has_value());
  EXPECT_TRUE(check_layer_name(std::string(140, 'l')).has_value());
  EXPECT_FALSE(check_layer_name(std::string(141, 'l')).has_value());
  for (const char* bad : {"", "a.b", "a b", "a/b", "é", "a\n"})
    EXPECT_FALSE(check_layer_name(bad).has_value()) << bad;
}

TEST(Limits, AliasesAreNotVersions) {
  for (const char* good : {"live", "1a", "v-2_x"}) EXPECT_TRUE(check_alias_name(good).has_value()) << good;
  for (const char* bad : {"12", "$LATEST", "", "a b"}) EXPECT_FALSE(check_alias_name(bad).has_value()) << bad;
}

TEST(Limits, Handlers) {
  for (const char* good : {"app.handler", "src/app.main", "a.b.c"})
    EXPECT_TRUE(check_handler(good).has_value()) << good;
  for (const char* bad : {"handler", ".handler", "app.", "app handler.x", ""}) {
    EXPECT_FALSE(check_handler(bad).has_value()) << bad;
  }
  EXPECT_TRUE(check_handler("a." + std::string(126, 'h')).has_value());
  EXPECT_FALSE(check_handler("a." + std::string(127, 'h')).has_value());
}

TEST(Limits, TheEnvironmentIsCountedAsCompactJson) {
  EXPECT_EQ(environment_bytes({}), 2U);                              // {}
  EXPECT_EQ(environment_bytes({{"AB", "c"}}), 10U);                  // {"AB":"c"}
  EXPECT_EQ(environment_bytes({{"AB", "c"}, {"DE", "\"\n"}}), 22U);  // {"AB":"c","DE":"\"\n"}
  std::map<std::string, std::string> variables = {{"KEY", std::string(4096 - 10, 'v')}};
  EXPECT_TRUE(check_environment_size(variables).has_value());
  variables["KEY"] += "v";
  const auto over = check_environment_size(variables);
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().to_string().find("vvv"), std::string::npos);
}

TEST(Limits, VariableNames) {
  for (const char* good : {"STAGE", "aB_9", "PATH", "AWS_LAMBDA_EXEC_WRAPPER"}) {
    EXPECT_TRUE(check_environment_name(good).has_value()) << good;
  }
  for (const char* bad : {"A", "_A1", "1AB", "A-B", "AWS_REGION", "_HANDLER", ""}) {
    EXPECT_FALSE(check_environment_name(bad).has_value()) << bad;
  }
}

TEST(Limits, MemoryAndTimeoutIncludeTheirBounds) {
  for (const int good : {128, 10'240}) EXPECT_TRUE(check_memory(good).has_value());
  for (const int bad : {127, 10'241, -1}) EXPECT_FALSE(check_memory(bad).has_value());
  for (const int good : {1, 900}) EXPECT_TRUE(check_timeout(good).has_value());
  for (const int bad : {0, 901}) EXPECT_FALSE(check_timeout(bad).has_value());
}

}  // namespace
}  // namespace lamella::model
