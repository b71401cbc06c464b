// SPDX-License-Identifier: Apache-2.0
#include "aws/client.h"

#include <gtest/gtest.h>

#include "aws/download.h"
#include "aws/identity.h"
#include "aws/invoker.h"
#include "aws/lambda_control.h"
#include "aws/scripted_transport.h"
#include "os/clock.h"
#include "os/random.h"
#include "wire/timestamp.h"

namespace lamella::aws {
namespace {

using namespace std::chrono_literals;
using testing::ScriptedTransport;
using wire::CallClass;

class ClientTest : public ::testing::Test {
 protected:
  Result<wire::HttpResponse> call(CallClass call_class, CallOptions options = {}) {
    return client_.call(endpoint_, {"POST", "/x", "", {}, "{}"}, call_class, options);
  }
  std::string code(const Result<wire::HttpResponse>& result) {
    return result ? "ok" : result.error().fact("service-code");
  }

  ScriptedTransport transport_;
  std::unique_ptr<CredentialProvider> credentials_ =
      fixed_credentials({"AKID", Secret("secret"), Secret("token")});
  os::ManualClock clock_;
  os::SeededRandom random_{1};
  Client client_{transport_, *credentials_, clock_, random_};
  ServiceEndpoint endpoint_{"http://LOCALHOST:4000", {"us-west-2", "lambda"}};
};

TEST_F(ClientTest, SignsEveryAttemptSoThatAServerAcceptsIt) {
  transport_.refuses("TooManyRequestsException", 429).answers(200);
  ASSERT_TRUE(call(CallClass::kCreate));
  ASSERT_EQ(transport_.requests.size(), 2U);
  const auto keys = [](std::string_view) { return wire::KnownKey{Secret("secret"), Secret("token")}; };
  for (const auto& request : transport_.requests) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    EXPECT_TRUE(wire::verify(request, keys, now)) << wire::verify(request, keys, now).error().to_string();
    EXPECT_EQ(wire::find_header(request.headers, "host"), "localhost:4000");
  }
  EXPECT_EQ(wire::find_header(transport_.requests[0].headers, "amz-sdk-invocation-id"),
            wire::find_header(transport_.requests[1].headers, "amz-sdk-invocation-id"));
  EXPECT_EQ(wire::find_header(transport_.requests[1].headers, "amz-sdk-request"), "attempt=2; max=6");
}

TEST_F(ClientTest, RepeatsWhatWasNeverSentForEveryClass) {
  for (const auto call_class :
       {CallClass::kRead, CallClass::kCompareAndSet, CallClass::kCreate, CallClass::kRun}) {
    transport_.unreachable().unreachable().answers(200);
    EXPECT_TRUE(call(call_class));
  }
  EXPECT_EQ(transport_.requests.size(), 12U);
}

TEST_F(ClientTest, NeverRepeatsAChangeWhoseFateIsUnknown) {
  for (const auto call_class : {CallClass::kCompareAndSet, CallClass::kCreate, CallClass::kRun}) {
    transport_.loses();
    const auto lost = call(call_class);
    ASSERT_FALSE(lost);
    EXPECT_EQ(certainty(lost.error()), Certainty::kUnknown);
    transport_.refuses("ServiceException", 500);
    const auto broken = call(call_class);
    ASSERT_FALSE(broken);
    EXPECT_EQ(certainty(broken.error()), Certainty::kUnknown);
    EXPECT_EQ(broken.error().code(), ErrorCode::kRemote);
  }
  EXPECT_EQ(transport_.requests.size(), 6U);
}

TEST_F(ClientTest, NeverRepeatsWhatNoRepetitionMendsWhateverItsStatus) {
  for (const char* lasting : {"InvalidRuntimeException", "InvalidZipFileException"}) {
    transport_.refuses(lasting, 502);
    const auto refused = call(CallClass::kRead);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kRefused) << lasting;
  }
  EXPECT_EQ(transport_.requests.size(), 2U);
}

TEST_F(ClientTest, RepeatsReadsAndDeletesWhateverHappened) {
  transport_.loses().answers(503, "<html>").loses(Certainty::kUnknown, true).answers(200);
  EXPECT_TRUE(call(CallClass::kRead));
  transport_.loses().answers(204);
  EXPECT_TRUE(call(CallClass::kDelete));
}

TEST_F(ClientTest, ARefusalSaysThatNothingWasDone) {
  transport_.refuses("ResourceConflictException", 409, {{"x-amzn-RequestId", "req-9"}});
  const auto refused = call(CallClass::kCompareAndSet);
  ASSERT_FALSE(refused);
  EXPECT_EQ(certainty(refused.error()), Certainty::kNotApplied);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(refused.error().fact("service-status"), "409");
  EXPECT_EQ(refused.error().fact("request-id"), "req-9");
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(ClientTest, ADeleteThatMayHaveHappenedStaysUnknownWhenLaterRefused) {
  transport_.loses().refuses("ResourceConflictException", 409);
  const auto result = call(CallClass::kDelete);
  ASSERT_FALSE(result);
  EXPECT_EQ(certainty(result.error()), Certainty::kUnknown);
}

TEST_F(ClientTest, WaitsAtLeastAsLongAsAsked) {
  transport_.refuses("TooManyRequestsException", 429, {{"Retry-After", "7"}}).answers(200);
  const auto before = clock_.monotonic();
  ASSERT_TRUE(call(CallClass::kRead));
  EXPECT_GE(clock_.monotonic() - before, 7s);
}

TEST_F(ClientTest, StopsAtTheDeadlineWithoutWaitingForNothing) {
  transport_.refuses("TooManyRequestsException", 429, {{"Retry-After", "30"}});
  CallOptions options;
  options.deadline = 10s;
  const auto before = clock_.monotonic();
  EXPECT_EQ(code(call(CallClass::kRead, options)), "TooManyRequestsException");
  EXPECT_EQ(clock_.monotonic(), before);
}

TEST_F(ClientTest, GivesUpAfterTheLastAttempt) {
  for (int i = 0; i < 6; ++i) transport_.refuses("TooManyRequestsException", 429);
  const auto result = call(CallClass::kRead);
  EXPECT_EQ(code(result), "TooManyRequestsException");
  EXPECT_EQ(result.error().fact("attempts"), "6");
  EXPECT_EQ(transport_.requests.size(), 6U);
}

TEST_F(ClientTest, TheTokenBucketStopsAStorm) {
  RetryPolicy policy;
  policy.bucket = 12;
  Client client(transport_, *credentials_, clock_, random_, policy);
  for (int i = 0; i < 4; ++i) transport_.refuses("Throttling", 400);
  EXPECT_FALSE(client.call(endpoint_, {}, CallClass::kRead));
  EXPECT_EQ(transport_.requests.size(), 3U);  // 12 tokens pay for two retries
  EXPECT_FALSE(client.call(endpoint_, {}, CallClass::kRead));
  EXPECT_EQ(transport_.requests.size(), 4U);
}

TEST_F(ClientTest, CorrectsItsClockOnceAndKeepsTheOffset) {
  const auto theirs = std::chrono::floor<std::chrono::seconds>(clock_.wall()) + 3600s;
  const wire::Headers date = {{"Date", wire::render_http_date(theirs)}};
  transport_.refuses("InvalidSignatureException", 403, date).answers(200);
  ASSERT_TRUE(call(CallClass::kCreate));
  EXPECT_EQ(wire::find_header(transport_.requests[1].headers, "X-Amz-Date"), wire::render_basic_time(theirs));
  transport_.answers(200);
  ASSERT_TRUE(call(CallClass::kCreate));
  EXPECT_EQ(wire::find_header(transport_.requests[2].headers, "X-Amz-Date"), wire::render_basic_time(theirs));
  transport_.refuses("InvalidSignatureException", 403, date);
  EXPECT_EQ(code(call(CallClass::kCreate)), "InvalidSignatureException");
  EXPECT_EQ(transport_.requests.size(), 4U);
}

TEST_F(ClientTest, AStopBeforeSendingSendsNothing) {
  std::stop_source stop;
  stop.request_stop();
  CallOptions options;
  options.stop = stop.get_token();
  const auto result = call(CallClass::kCreate, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kInterrupted);
  EXPECT_EQ(certainty(result.error()), Certainty::kNotApplied);
  EXPECT_TRUE(transport_.requests.empty());
}

// Services over the same client.

class ServicesTest : public ClientTest {
 protected:
  std::unique_ptr<LambdaControl> lambda_ = lambda_control(client_, endpoint_);
};

std::string configuration(std::string_view extra) {
  return R"({"FunctionName":"f","FunctionArn":"arn:f","CodeSha256":"x","Version":"$LATEST")" +
         std::string(extra) + "}";
}
std::string function(std::string_view extra) { return R"({"Configuration":)" + configuration(extra) + "}"; }

TEST_F(ServicesTest, BuildsThePathFromTheTableAndAcceptsAny2xx) {
  transport_.answers(200, R"({"LayerVersionArn":"arn:1","Version":1})");
  wire::PublishLayerVersionRequest request;
  request.content.zip_file = wire::Blob{"PK"};
  const auto layer = lambda_->publish_layer_version("core", request, {});
  ASSERT_TRUE(layer) << layer.error().to_string();
  EXPECT_EQ(layer->version, 1);
  EXPECT_EQ(transport_.requests[0].target(), "/2018-10-31/layers/core/versions");
  EXPECT_EQ(transport_.requests[0].body, R"({"Content":{"ZipFile":"UEs="}})");
}

TEST_F(ServicesTest, AbsenceIsAValue) {
  transport_.refuses("ResourceNotFoundException", 404);
  const auto missing = lambda_->get_function("f", "live", {});
  ASSERT_TRUE(missing);
  EXPECT_FALSE(*missing);
  EXPECT_EQ(transport_.requests[0].target(), "/2015-03-31/functions/f?Qualifier=live");
  transport_.refuses("AccessDeniedException", 403);
  EXPECT_FALSE(lambda_->get_function("f", "", {}));
}

TEST_F(ServicesTest, AnUnreadableAnswerIsUnknownAndNeverEmpty) {
  transport_.answers(200, "{}").answers(200, "<html>");
  const auto layers = lambda_->list_layers({});
  ASSERT_FALSE(layers);
  EXPECT_EQ(transport_.requests.size(), 2U);  // a read is made again
  transport_.answers(201, R"({"LayerVersionArn":)");
  const auto published = lambda_->publish_layer_version("core", {}, {});
  ASSERT_FALSE(published);
  EXPECT_EQ(certainty(published.error()), Certainty::kUnknown);
  EXPECT_EQ(transport_.requests.size(), 3U);  // a create is not
}

TEST_F(ServicesTest, FollowsMarkersToTheEndAndNotRoundInCircles) {
  transport_.answers(200, R"({"Versions":[)" + configuration("") + R"(],"NextMarker":"a/1"})")
      .answers(200, R"({"Versions":[)" + configuration("") + R"(],"NextMarker":null})");
  const auto versions = lambda_->list_versions("f", {});
  ASSERT_TRUE(versions) << versions.error().to_string();
  EXPECT_EQ(versions->size(), 2U);
  EXPECT_EQ(transport_.requests[1].query, "Marker=a%2F1");
  for (int i = 0; i < 2; ++i) transport_.answers(200, R"({"Layers":[],"NextMarker":"x"})");
  EXPECT_FALSE(lambda_->list_layers({}));
}

TEST_F(ServicesTest, ListsEveryVersionOfEveryFunctionOnEveryPage) {
  transport_.answers(200, R"({"Functions":[)" + configuration("") + R"(],"NextMarker":"m"})")
      .answers(200, R"({"Functions":[)" + configuration("") + "]}");
  EXPECT_EQ(lambda_->list_every_version({}).value().size(), 2U);
  EXPECT_EQ(transport_.requests[0].target(), "/2015-03-31/functions?FunctionVersion=ALL");
  EXPECT_EQ(transport_.requests[1].target(), "/2015-03-31/functions?FunctionVersion=ALL&Marker=m");
  transport_.answers(200, R"({"Functions":[)" + configuration("") + R"(],"NextMarker":"m"})")
      .refuses("AccessDeniedException", 403);
  EXPECT_FALSE(lambda_->list_every_version({})) << "a page is missing";
}

TEST_F(ServicesTest, DeletesALayerVersionAgainUntilItIsAnswered) {
  transport_.answers(204, "");
  ASSERT_TRUE(lambda_->delete_layer_version("core", 3, {}));
  EXPECT_EQ(transport_.requests[0].method, "DELETE");
  EXPECT_EQ(transport_.requests[0].target(), "/2018-10-31/layers/core/versions/3");
  transport_.loses().refuses("ServiceException", 500).answers(204, "");
  EXPECT_TRUE(lambda_->delete_layer_version("core", 3, {}));
  EXPECT_EQ(transport_.requests.size(), 4U);
  transport_.refuses("ResourceNotFoundException", 404);
  EXPECT_TRUE(lambda_->delete_layer_version("core", 3, {})) << "it is gone, as was asked for";
  transport_.refuses("AccessDeniedException", 403);
  EXPECT_FALSE(lambda_->delete_layer_version("core", 3, {}));
  EXPECT_EQ(lambda_->delete_layer_version("", 3, {}).error().code(), ErrorCode::kUsage);
}

TEST_F(ServicesTest, RefusesAnEmptyNameBeforeSending) {
  EXPECT_EQ(lambda_->get_alias("f", "", {}).error().code(), ErrorCode::kUsage);
  EXPECT_TRUE(transport_.requests.empty());
}

TEST_F(ServicesTest, WaitsByGetFunctionUntilReady) {
  transport_.answers(200, function(R"(,"State":"Pending")"))
      .answers(200, function(R"(,"State":"Active","LastUpdateStatus":"InProgress")"))
      .answers(200, function(R"(,"State":"Active","LastUpdateStatus":"Successful")"));
  EXPECT_TRUE(wait_until_updated(*lambda_, clock_, "f", "", {}));
  for (const auto& request : transport_.requests) EXPECT_EQ(request.target(), "/2015-03-31/functions/f");
}

TEST_F(ServicesTest, WaitingEndsOnFailureStrangenessAndTheDeadline) {
  transport_.answers(200, function(R"(,"State":"Failed","StateReason":"no subnet")"));
  const auto failed = wait_until_updated(*lambda_, clock_, "f", "", {});
  EXPECT_EQ(failed.error().code(), ErrorCode::kRefused);
  EXPECT_NE(failed.error().why().find("no subnet"), std::string::npos);
  transport_.answers(200, function(R"(,"State":"Deactivating")"));
  EXPECT_EQ(wait_until_updated(*lambda_, clock_, "f", "", {}).error().code(), ErrorCode::kRemote);
  for (int i = 0; i < 20; ++i) transport_.answers(200, function(R"(,"State":"Pending")"));
  CallOptions options;
  options.deadline = 5s;
  EXPECT_EQ(wait_until_updated(*lambda_, clock_, "f", "", options).error().code(), ErrorCode::kRemote);
}

TEST_F(ServicesTest, InvokesAndReadsTheOutcome) {
  transport_.answers(200, R"({"errorType":"E"})",
                     {{"X-Amz-Function-Error", "Unhandled"}, {"X-Amz-Executed-Version", "3"}});
  const auto outcome = invoker(client_, endpoint_)->invoke({.function = "f", .qualifier = "live"}, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_TRUE(outcome->failed());
  EXPECT_EQ(outcome->executed_version, "3");
}

TEST_F(ServicesTest, AsksWhoItIs) {
  const wire::CallerIdentity me{"U", "000000000000", "arn:aws:iam::000000000000:root"};
  transport_.answers(200, wire::render_caller_identity(me, "r").body);
  EXPECT_EQ(sts_identity(client_, {"http://h", {"us-west-2", "sts"}})->caller({}).value(), me);
  EXPECT_EQ(wire::find_header(transport_.requests[0].headers, "content-type"),
            "application/x-www-form-urlencoded; charset=utf-8");
}

TEST_F(ServicesTest, DownloadsWithoutSigning) {
  transport_.answers(200, "zipbytes");
  base::StringSink sink;
  EXPECT_EQ(download(transport_, "http://h:1/code/a.zip?X-Amz-Signature=s", sink).value(), 8U);
  EXPECT_EQ(sink.text(), "zipbytes");
  EXPECT_EQ(transport_.origins[0], "http://h:1");
  EXPECT_EQ(transport_.requests[0].target(), "/code/a.zip?X-Amz-Signature=s");
  EXPECT_FALSE(wire::find_header(transport_.requests[0].headers, "authorization"));
  EXPECT_EQ(download(transport_, "s3://", sink).error().code(), ErrorCode::kUsage);
  transport_.answers(403, "<Error><Code>AccessDenied</Code></Error>");
  const auto denied = download(transport_, "http://h:1/a?X-Amz-Signature=s", sink);
  EXPECT_EQ(denied.error().to_string().find("Signature=s"), std::string::npos);
}

}  // namespace
}  // namespace lamella::aws
