// SPDX-License-Identifier: Apache-2.0
#include "model/check.h"

#include <gtest/gtest.h>

#include "document/json.h"

namespace lamella::model {
namespace {

using document::Value;

Value json(std::string_view text) { return *document::parse_json(text, "test"); }

Expectation at(std::string_view path) {
  Expectation expect;
  expect.path = *parse_json_path(path);
  return expect;
}

CheckResult judge(const Expectation& expect, std::string_view payload, std::string error = "") {
  return evaluate(expect, {json(payload), std::move(error)});
}

TEST(JsonPath, ParsesRendersAndFinds) {
  for (const char* text : {"$", "$.a.b", "$.items[0].id", "$['a key'].b", "$[-1]"}) {
    const auto path = parse_json_path(text);
    ASSERT_TRUE(path.has_value()) << text;
    EXPECT_EQ(to_string(*path), text);
  }
  for (const char* bad : {"", "a", "$.", "$.a.", "$[", "$[x]", "$['a]", "$..a", "$[*]", "$ .a"}) {
    EXPECT_FALSE(parse_json_path(bad).has_value()) << bad;
  }
  const Value root = json(R"({"items":[{"id":1},{"id":2}],"a key":3})");
  EXPECT_EQ(*find(root, *parse_json_path("$.items[-1].id")), Value(2));
  EXPECT_EQ(*find(root, *parse_json_path("$['a key']")), Value(3));
  for (const char* gone : {"$.items[2]", "$.items[-3]", "$.items.id", "$.x", "$['a key'][0]"}) {
    EXPECT_EQ(find(root, *parse_json_path(gone)), nullptr) << gone;
  }
}

TEST(Check, EqualsComparesNumbersAsNumbers) {
  Expectation expect = at("$.statusCode");
  expect.equals = Value(200);
  EXPECT_TRUE(judge(expect, R"({"statusCode":200})").passed);
  EXPECT_TRUE(judge(expect, R"({"statusCode":200.0})").passed);
  EXPECT_FALSE(judge(expect, R"({"statusCode":"200"})").passed);
  const CheckResult failed = judge(expect, R"({"statusCode":500})");
  EXPECT_EQ(failed.detail, "expected $.statusCode = 200, got 500");
  EXPECT_EQ(judge(expect, "{}").detail, "expected $.statusCode = 200, got nothing in {}");
}

TEST(Check, ExistsMatchesBelow) {
  Expectation absent = at("$.error");
  absent.exists = false;
  EXPECT_TRUE(judge(absent, "{}").passed);
  EXPECT_FALSE(judge(absent, R"({"error":null})").passed);
  Expectation match = at("$.body");
  match.matches = "item.: .eggs";
  EXPECT_TRUE(judge(match, R"({"body":"{\"item\": \"eggs\"}"})").passed);
  EXPECT_FALSE(judge(match, R"({"body":"milk"})").passed);
  EXPECT_FALSE(judge(match, "{\"body\":\"" + std::string(100'000, 'a') + "\"}").passed);
  Expectation below = at("$.ms");
  below.below = 5;
  EXPECT_TRUE(judge(below, R"({"ms":4.9})").passed);
  EXPECT_FALSE(judge(below, R"({"ms":5})").passed);
  EXPECT_FALSE(judge(below, R"({"ms":"1"})").passed);
  EXPECT_FALSE(judge(at("$.gone"), "{}").passed);
}

TEST(Check, AFunctionErrorFailsUnlessItIsExpected) {
  const char* error = R"({"errorType":"ValueError","errorMessage":"bad row"})";
  const CheckResult failed = judge(Expectation{}, error, "Unhandled");
  EXPECT_FALSE(failed.passed);
  EXPECT_EQ(failed.detail, "the function failed: ValueError: bad row");
  Expectation expect;
  expect.error = "ValueError";
  EXPECT_TRUE(judge(expect, error, "Unhandled").passed);
  EXPECT_FALSE(judge(expect, R"({"errorType":"KeyError"})", "Unhandled").passed);
  EXPECT_FALSE(judge(expect, "{}").passed);
  EXPECT_TRUE(judge(Expectation{}, "null").passed);
}

TEST(Check, HttpStatusDefaultsToSuccess) {
  EXPECT_TRUE(evaluate(Expectation{}, 200, Value()).passed);
  EXPECT_FALSE(evaluate(Expectation{}, 400, Value()).passed);
  Expectation expect;
  expect.status = 404;
  EXPECT_TRUE(evaluate(expect, 404, Value()).passed);
  EXPECT_FALSE(evaluate(expect, 200, Value()).passed);
}

TEST(Check, DetailsArePrintable) {
  Expectation expect = at("$.a");
  expect.equals = Value("x");
  const CheckResult result = judge(expect, "{\"a\":\"\\u202e" + std::string(500, 'z') + "\"}");
  EXPECT_LT(result.detail.size(), 300U);
  EXPECT_EQ(result.detail.find("\xe2\x80\xae"), std::string::npos);
}

}  // namespace
}  // namespace lamella::model
