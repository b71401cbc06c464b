// SPDX-License-Identifier: Apache-2.0
#include "wire/lambda_operations.h"

#include <gtest/gtest.h>

#include <set>

#include "wire/http_message.h"
#include "wire/timestamp.h"

namespace lamella::wire {
namespace {

std::string name_of(std::string_view method, std::string_view path, std::string_view query = {}) {
  const auto route = find_route(method, path, query);
  return route ? std::string(route->row->name) : "none";
}

TEST(LambdaOperations, EveryRowFindsItselfThroughItsOwnRequest) {
  std::set<Operation> seen;
  for (const OperationRow& one : operations()) {
    EXPECT_TRUE(seen.insert(one.operation).second) << one.name;
    const Labels labels = {{"LayerName", "arn:aws:lambda:us-west-2:111122223333:layer:core"},
                           {"FunctionName", "a/b c"},
                           {"VersionNumber", "7"},
                           {"Name", "live"},
                           {"Resource", "arn:x"}};
    const HttpRequest request = make_request(one.operation, labels, {{"Marker", "m&=1"}});
    const auto route = find_route(request.method, request.path, request.query);
    ASSERT_TRUE(route) << one.name;
    EXPECT_EQ(route->row->operation, one.operation) << one.name;
    EXPECT_EQ(route->member("Marker"), "m&=1");
    for (const auto& [label, value] : route->labels) EXPECT_EQ(value, labels.at(label));
  }
}

TEST(LambdaOperations, DecodesPerSegmentAndTakesATrailingSlash) {
  const auto route = find_route(
      "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A111122223333%3Afunction%3Af/", "");
  ASSERT_TRUE(route);
  EXPECT_EQ(route->label("FunctionName"), "arn:aws:lambda:us-west-2:111122223333:function:f");
  EXPECT_EQ(find_route("GET", "/2015-03-31/functions/a%2Fb", "")->label("FunctionName"), "a/b");
  EXPECT_EQ(name_of("GET", "/2015-03-31/functions/"), "ListFunctions");
  EXPECT_EQ(name_of("GET", "/2015-03-31/functions//code"), "none");
  EXPECT_EQ(name_of("GET", "/2015-03-31/functions/%zz"), "none");
  EXPECT_EQ(name_of("PATCH", "/2015-03-31/functions/f"), "none");
}

TEST(LambdaOperations, LayerByArnDiffersFromListByItsQueryInAnyOrder) {
  EXPECT_EQ(name_of("GET", "/2018-10-31/layers"), "ListLayers");
  EXPECT_EQ(name_of("GET", "/2018-10-31/layers", "find=LayerVersion&Arn=a"), "GetLayerVersionByArn");
  EXPECT_EQ(name_of("GET", "/2018-10-31/layers", "Arn=a&find=LayerVersion"), "GetLayerVersionByArn");
}

TEST(LambdaOperations, ReadsEveryFormOfAFunctionName) {
  const auto check = [](std::string_view text, std::string_view name, std::string_view qualifier) {
    const auto reference = parse_function_reference(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->name, name);
    EXPECT_EQ(reference->qualifier, qualifier);
  };
  check("predict", "predict", "");
  check("predict:live", "predict", "live");
  check("predict:$LATEST", "predict", "$LATEST");
  check("111122223333:function:predict", "predict", "");
  check("111122223333:function:predict:7", "predict", "7");
  check("function:predict", "predict", "");
  check("arn:aws:lambda:us-west-2:111122223333:function:predict", "predict", "");
  check("arn:aws:lambda:us-west-2:111122223333:function:predict:live", "predict", "live");
  for (const char* bad : {"", ":", "a b", "arn:aws:lambda:us-west-2:1:layer:x", "predict:", "a:b:c:d",
                          "arn:aws:s3:us-west-2:111122223333:function:x", "1:function:x"}) {
    EXPECT_FALSE(parse_function_reference(bad)) << bad;
  }
}

TEST(LambdaOperations, QualifierInNameAndQueryMustAgree) {
  EXPECT_EQ(parse_function_reference("f", "live")->qualifier, "live");
  EXPECT_EQ(parse_function_reference("f:2", "2")->qualifier, "2");
  const auto refused = parse_function_reference("f:2", "3");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what(),
            "The derived qualifier from the function name does not match the specified qualifier.");
}

TEST(LambdaOperations, ReadsLayerNamesAndArns) {
  EXPECT_EQ(parse_layer_reference("core-1_x")->name, "core-1_x");
  const auto versioned = parse_layer_reference("arn:aws:lambda:us-west-2:111122223333:layer:core:12");
  ASSERT_TRUE(versioned);
  EXPECT_EQ(versioned->version, 12);
  EXPECT_EQ(versioned->region, "us-west-2");
  EXPECT_FALSE(parse_layer_reference("arn:aws:lambda:us-west-2:111122223333:layer:core:x"));
  EXPECT_FALSE(parse_layer_reference("a.b"));
  EXPECT_FALSE(parse_layer_reference(""));
}

TEST(HttpMessage, QueryAndFormDecodeDifferently) {
  EXPECT_EQ(parse_query("a=1+2&b").value(), (QueryPairs{{"a", "1+2"}, {"b", ""}}));
  EXPECT_EQ(parse_form("a=1+2&b=%2B").value(), (QueryPairs{{"a", "1 2"}, {"b", "+"}}));
  EXPECT_FALSE(parse_query("a=%4"));
}

TEST(Timestamp, RendersAndParsesTheServicesForms) {
  const auto instant = parse_timestamp("2026-11-21T01:07:34.305+0000");
  ASSERT_TRUE(instant);
  EXPECT_EQ(render_timestamp(*instant), "2026-11-21T01:07:34.305+0000");
  EXPECT_EQ(parse_timestamp("2026-11-21T01:07:34.305999Z"), instant);
  EXPECT_EQ(parse_timestamp("2026-11-21T01:07:34+00:00"), std::chrono::floor<std::chrono::seconds>(*instant));
  for (const char* bad :
       {"", "2026-11-21", "2026-02-30T01:07:34Z", "2026-11-21T25:07:34Z", "2026-11-21T01:07:34Zx"}) {
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
  }
  const auto whole = std::chrono::floor<std::chrono::seconds>(*instant);
  EXPECT_EQ(render_http_date(whole), "Sat, 21 Nov 2026 01:07:34 GMT");
  EXPECT_EQ(parse_http_date(render_http_date(whole)), whole);
  EXPECT_EQ(parse_basic_time(render_basic_time(whole)), whole);
}

}  // namespace
}  // namespace lamella::wire
