// SPDX-License-Identifier: Apache-2.0
#include "base/token.h"

#include <gtest/gtest.h>

#include "base/diagnostic.h"

namespace lamella::base {
namespace {

std::string kind_of(const std::string& text) {
  const auto tokens = find_tokens(text);
  return tokens.empty() ? "" : std::string(tokens.front().what);
}

/// Put together here, so that no scanner takes this file for a leak.
std::string some(std::size_t count) { return std::string("Ab3dE6gH").append(count, 'x').substr(0, count); }

TEST(Token, IsToldByItsPrefixAndLength) {
  EXPECT_EQ(kind_of("AKIA"
                    "ABCDEFGHIJKLMNOP"),
            "an AWS access key");
  EXPECT_EQ(kind_of("key = \"ASIA"
                    "ABCDEFGHIJKLMNOP\""),
            "an AWS access key");
  EXPECT_EQ(kind_of("ghp_" + some(36)), "a GitHub token");
  EXPECT_EQ(kind_of("github_pat_" + some(22) + "_" + some(40)), "a GitHub token");
  EXPECT_EQ(kind_of("glpat-" + some(20)), "a GitLab token");
  EXPECT_EQ(kind_of("xoxb-"
                    "123456789012-abcdef"),
            "a Slack token");
  EXPECT_EQ(kind_of("sk_live_" + some(24)), "a Stripe key");
  EXPECT_EQ(kind_of("AIza" + some(35)), "a Google API key");
  EXPECT_EQ(kind_of("eyJhbGciOiJIUzI1NiJ9."
                    "eyJzdWIiOiIxMjM0In0." +
                    some(20)),
            "a JSON Web Token");
  EXPECT_EQ(kind_of("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"), "a private key");
  EXPECT_EQ(kind_of("-----BEGIN PRIVATE KEY-----\\nMIIE"), "a private key");
}

TEST(Token, IsNotFoundInOtherWords) {
  for (const std::string text :
       {"AKIA", "AKIAB", "TAKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOPQ", "ghp_short",
        "xoxo-hugs-and-kisses", "-----BEGIN CERTIFICATE-----",
        "eyJhbGciOiJIUzI1NiJ9eyJhbGciOiJIUzI1NiJ9eyJhbGciOiJIUzI1NiJ9", "sk_test_0123456789abcdef",
        "arn:aws:iam::111122223333:role/lambda", "numpy==1.24.3"}) {
    EXPECT_EQ(kind_of(text), "") << text;
  }
}

TEST(Token, IsStarredOutInTheLineThatAnErrorShows) {
  const std::string key =
      "AKIA"
      "ABCDEFGHIJKLMNOP";
  EXPECT_EQ(without_tokens("a " + key + " b"), "a " + std::string(20, '*') + " b");
  const std::string shown = excerpt("key = \"" + key + "\"", {"f", 1, 1});
  EXPECT_EQ(shown.find(key), std::string::npos);
  EXPECT_NE(shown.find("****"), std::string::npos);
}

TEST(Token, AKeyEndsWhereItsBlockDoes) {
  const std::string text = "a = '-----BEGIN EC PRIVATE KEY-----\nMIIE\n-----END EC PRIVATE KEY-----'\nb = 1";
  const auto tokens = find_tokens(text);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(text.substr(tokens[0].begin + tokens[0].size), "'\nb = 1");
}

}  // namespace
}  // namespace lamella::base
