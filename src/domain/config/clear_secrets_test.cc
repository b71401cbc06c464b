// SPDX-License-Identifier: Apache-2.0
#include "config/clear_secrets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/workspace_file.h"

namespace lamella::config {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Put together here, so that no scanner takes this file for a leak.
const std::string kKey = std::string("AKIA") + "ABCDEFGHIJKLMNOP";
const std::string kRandom = "tq7Rz0LmX4vB9sKd";

std::vector<model::ClearSecret> found_in(const std::string& variables) {
  const std::string text =
      "schema = 1\n[project]\nname = \"p\"\n[functions.f]\nsource = \"f\"\nhandler = \"app.handler\"\nlayers "
      "= []\n"
      "environment = { " +
      variables + " }\n";
  const auto workspace = parse_workspace(text, "lamella.toml");
  EXPECT_TRUE(workspace.has_value()) << workspace.error().to_string();
  return workspace ? workspace->clear_secrets : std::vector<model::ClearSecret>();
}

TEST(ClearSecrets, ATokenIsFoundUnderAnyNameAndIsNotShown) {  // C1
  const auto found =
      found_in("STAGE = \"dev\", PARTNER = \"" + kKey + "\", DB_PASSWORD = \"" + kRandom + "\"");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "functions.f.environment.PARTNER");
  EXPECT_EQ(found[0].what, "an AWS access key");
  EXPECT_EQ(found[0].position.line, 8U);
  EXPECT_EQ(found[1].key, "functions.f.environment.DB_PASSWORD");
  for (const auto& one : found) {
    EXPECT_THAT(one.excerpt, HasSubstr("\"***\""));
    EXPECT_THAT(one.excerpt, HasSubstr("^"));
    for (const std::string& secret : {kKey, kRandom}) EXPECT_THAT(one.excerpt, Not(HasSubstr(secret)));
  }
}

TEST(ClearSecrets, ValuesFromElsewhereAndPlainWordsAreNone) {  // C2
  for (const std::string variable :
       {"API_TOKEN = \"{env:API_TOKEN}\"", "API_TOKEN = \"{ssm:/team/token-a1b2c3d4e5}\"",
        "DB_PASSWORD = \"changeme\"", "DB_PASSWORD = \"correct horse battery staple 1\"",
        "MY_SECRET = \"arn:aws:secretsmanager:us-west-2:111122223333:secret:a1b2c3\"",
        "MY_SECRET = \"/team/item-prediction/secret-1\"", "AUTH_TOKEN = \"https://id.example/token1\"",
        "TOKEN_TABLE = \"tq7Rz0LmX4vB9sKd\"", "BUILD_ID = \"tq7Rz0LmX4vB9sKd\"", "API_KEY = \"\""}) {
    EXPECT_TRUE(found_in(variable).empty()) << variable;
  }
}

TEST(ClearSecrets, NamesThatEndLikeASecretsAre) {
  for (const auto* name : {"PASSWORD", "DB_PASSWORD", "api_token", "STRIPE_SECRET_KEY", "CLIENT_SECRET"})
    EXPECT_TRUE(names_secret(name)) << name;
  for (const auto* name : {"TOKENS", "TOKEN_TABLE", "MYTOKEN", "KEY", "PRIMARY_KEY", ""})
    EXPECT_FALSE(names_secret(name)) << name;
}

TEST(ClearSecrets, RandomTextIsLongMixedAndUneven) {
  for (const auto* value : {"tq7Rz0LmX4vB9sKd", "9f86d081884c7d65", "hunter2-and-More!", "S3cr3t-Pa55w0rd"})
    EXPECT_TRUE(looks_random(value)) << value;
  for (const auto* value :
       {"hunter2", "changeme", "placeholder", "1111111111111111", "aaaaaaaaaaaaaaa1", "us-west-2"})
    EXPECT_FALSE(looks_random(value)) << value;
}

TEST(ClearSecrets, AreFoundOutsideOfVariablesToo) {
  const std::string text =
      "schema = 1\n[project]\nname = \"p\"\n[layers.a]\nrequirements = [\"six==1.16.0\"]\n"
      "description = \"signs with " +
      kKey + "\"\n";
  const auto workspace = parse_workspace(text, "lamella.toml");
  ASSERT_TRUE(workspace.has_value()) << workspace.error().to_string();
  ASSERT_EQ(workspace->clear_secrets.size(), 1U);
  EXPECT_EQ(workspace->clear_secrets[0].key, "layers.a.description");
}

}  // namespace
}  // namespace lamella::config
