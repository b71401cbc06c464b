// SPDX-License-Identifier: Apache-2.0
#include "wire/sigv4.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "wire/service_error.h"
#include "wire/timestamp.h"

namespace lamella::wire {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const sys_seconds kNow = parse_basic_time("20261121T010734Z").value();
const SigningScope kScope{"us-west-2", "lambda"};

SigningCredentials credentials(std::string token = {}) {
  return {"AKIDLOCAL", Secret("secret/key+1"), Secret(std::move(token))};
}

KeyLookup keys(std::string token = {}) {
  return [token](std::string_view id) -> std::optional<KnownKey> {
    if (id != "AKIDLOCAL") return std::nullopt;
    return KnownKey{Secret("secret/key+1"), Secret(token)};
  };
}

HttpRequest layer_request() {
  return {"POST",
          "/2018-10-31/layers/arn%3Aaws%3Alambda%3Aus-west-2%3A111122223333%3Alayer%3Acore/versions",
          "b=2&a=x%20y",
          {{"Host", "127.0.0.1:4000"}, {"Content-Type", "application/json"}},
          "{\"Content\":{}}"};
}

HttpRequest signed_request() {
  HttpRequest request = layer_request();
  sign(request, credentials(), kScope, kNow);
  return request;
}

std::string refusal(const HttpRequest& request, sys_seconds now = kNow) {
  const auto result = verify(request, keys(), now);
  return result ? "accepted" : result.error().fact("service-code");
}

TEST(SigV4, AcceptsWhatItSigned) {
  const auto who = verify(signed_request(), keys(), kNow);
  ASSERT_TRUE(who) << who.error().to_string();
  EXPECT_EQ(who->access_key_id, "AKIDLOCAL");
  EXPECT_EQ(who->scope.service, "lambda");
  EXPECT_FALSE(who->presigned);
}

TEST(SigV4, SigningAgainReplacesTheFirstSignature) {
  HttpRequest request = signed_request();
  sign(request, credentials(), kScope, kNow + seconds(900));
  EXPECT_TRUE(verify(request, keys(), kNow + seconds(900)));
  EXPECT_EQ(refusal(request), "InvalidSignatureException");
}

TEST(SigV4, RefusesEveryChangedPart) {
  HttpRequest body = signed_request();
  body.body += " ";
  EXPECT_EQ(refusal(body), "InvalidSignatureException");
  HttpRequest path = signed_request();
  path.path += "x";
  EXPECT_EQ(refusal(path), "InvalidSignatureException");
  HttpRequest query = signed_request();
  query.query = "b=2&a=x%20z";
  EXPECT_EQ(refusal(query), "InvalidSignatureException");
  HttpRequest host = signed_request();
  set_header(host.headers, "Host", "127.0.0.1:4001");
  EXPECT_EQ(refusal(host), "InvalidSignatureException");
  HttpRequest extra = signed_request();
  extra.headers.emplace_back("X-Amz-Invocation-Type", "Event");
  EXPECT_EQ(refusal(extra), "InvalidSignatureException");
  HttpRequest method = signed_request();
  method.method = "PUT";
  EXPECT_EQ(refusal(method), "InvalidSignatureException");
}

TEST(SigV4, RefusesUnsignedBodiesOutsideS3) {
  HttpRequest request = layer_request();
  SignOptions options;
  options.payload = std::string(kUnsignedPayload);
  options.payload_header = true;
  sign(request, credentials(), kScope, kNow, options);
  EXPECT_EQ(refusal(request), "InvalidSignatureException");
  HttpRequest object = layer_request();
  sign(object, credentials(), {"us-west-2", "s3"}, kNow, options);
  EXPECT_EQ(refusal(object), "accepted");
}

TEST(SigV4, TellsKindsOfRefusalApart) {
  EXPECT_EQ(refusal(layer_request()), "MissingAuthenticationTokenException");
  HttpRequest broken = layer_request();
  broken.headers.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDLOCAL, Signature=aa");
  EXPECT_EQ(refusal(broken), "IncompleteSignatureException");
  HttpRequest stranger = layer_request();
  sign(stranger, {"AKIDOTHER", Secret("x"), {}}, kScope, kNow);
  EXPECT_EQ(refusal(stranger), "UnrecognizedClientException");
  EXPECT_EQ(refusal(signed_request(), kNow + seconds(301)), "InvalidSignatureException");
  EXPECT_EQ(refusal(signed_request(), kNow - seconds(301)), "InvalidSignatureException");
  EXPECT_EQ(refusal(signed_request(), kNow + seconds(299)), "accepted");
}

TEST(SigV4, TokenMustBeTheKeysOwn) {
  HttpRequest request = layer_request();
  sign(request, credentials("tok"), kScope, kNow);
  EXPECT_TRUE(verify(request, keys("tok"), kNow));
  EXPECT_FALSE(verify(request, keys("other"), kNow));
  EXPECT_FALSE(verify(request, keys(), kNow));
}

TEST(SigV4, PresignedUrlWorksUntilItExpires) {
  HttpRequest request{"GET", "/code/abc.zip", "versionId=1", {{"Host", "127.0.0.1:4000"}}, ""};
  presign(request, credentials("tok"), {"us-west-2", "s3"}, kNow, seconds(600));
  const auto who = verify(request, keys("tok"), kNow + seconds(599));
  ASSERT_TRUE(who) << who.error().to_string();
  EXPECT_TRUE(who->presigned);
  EXPECT_FALSE(verify(request, keys("tok"), kNow + seconds(601)));
  request.query += "&x=1";
  EXPECT_FALSE(verify(request, keys("tok"), kNow));
}

TEST(SigV4, CanonicalHeadersJoinAndCollapse) {
  const HttpRequest request{
      "GET", "", "", {{"B", "  two   words "}, {"a", "1"}, {"A", "2"}, {"Host", "h"}}, ""};
  EXPECT_EQ(canonical_request(request, "a;b;host", "P", "lambda"),
            "GET\n/\n\na:1,2\nb:two words\nhost:h\n\na;b;host\nP");
}

RC_GTEST_PROP(SigV4Property, verifyAcceptsEverySignedRequest,
              (const std::string& path, const std::string& query, const std::string& body, bool s3)) {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/" + path;
  request.query = render_query({{query, body}, {"k", path}});
  request.body = body;
  request.headers = {{"Host", "localhost:1"}, {"X-Amz-Meta", query}};
  sign(request, credentials(), {"eu-west-1", s3 ? "s3" : "lambda"}, kNow);
  RC_ASSERT(verify(request, keys(), kNow).has_value());
  request.body += 'x';
  RC_ASSERT(!verify(request, keys(), kNow).has_value());
}

}  // namespace
}  // namespace lamella::wire
