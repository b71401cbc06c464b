// SPDX-License-Identifier: Apache-2.0
#include "endpoint/endpoint.h"

#include <gmock/gmock.h>

#include "endpoint/bench_test.h"
#include "endpoint/serve_record.h"
#include "os/file.h"
#include "wire/sts.h"

namespace lamella::endpoint {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kCode = "def handler(event, context): return event\n";

TEST(Endpoint, HasOneHostForAStateDirectory) {
  Bench bench;
  const auto record = running_host(bench.options().state_dir).value();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->port, bench.endpoint().port());
  EXPECT_EQ(record->url, bench.endpoint().url());
  EXPECT_GT(record->pid, 1);
  const auto second = Endpoint::start(bench.options(), base::no_events());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(second.error().fact("url"), bench.endpoint().url());
  bench.endpoint().stop();
  EXPECT_FALSE(running_host(bench.options().state_dir).value());
}

TEST(Endpoint, NamesAPortThatIsTaken) {
  Bench first;
  const os::TempDirectory folder = must(os::TempDirectory::create());
  EndpointOptions options = first.options();
  options.state_dir = folder.path() / "state";
  options.port = first.endpoint().port();
  const auto second = Endpoint::start(options, base::no_events());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(second.error().fact("port"), std::to_string(options.port));
}

TEST(Endpoint, RemembersEverythingOverARestart) {
  Bench bench;
  bench.publish_layer("words", {{"python/words.py", "WORD = 1\n"}});
  bench.create(Bench::creation("f", kCode));
  bench.publish("f");
  bench.get<wire::Alias>(Operation::kCreateAlias, {{"FunctionName", "f"}}, {},
                         wire::render(wire::CreateAliasRequest{"live", "1", "main", {}}));
  const auto before = bench.configuration("f");
  bench.restart();
  EXPECT_EQ(bench.configuration("f"), before);
  EXPECT_EQ(
      bench.get<wire::Alias>(Operation::kGetAlias, {{"FunctionName", "f"}, {"Name", "live"}}).description,
      "main");
  EXPECT_EQ(bench.publish_layer("words", {{"python/words.py", "WORD = 2\n"}}).version, 2);
  EXPECT_EQ(bench.invoke("f", "7", "live").payload, "7");
}

TEST(Endpoint, LosesNoTransitionInAKill) {
  os::ManualClock clock(os::system_clock().wall());
  Bench bench({.create_time = milliseconds(800), .clock = &clock});
  const auto made = bench.get<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {},
                                                           wire::render(Bench::creation("f", kCode)));
  EXPECT_EQ(made.state, "Pending");
  // What a killed process leaves is what is on the disk now; it is served by another.
  const os::TempDirectory folder = must(os::TempDirectory::create());
  EndpointOptions options = bench.options();
  options.state_dir = folder.path() / "state";
  std::filesystem::copy(bench.options().state_dir, options.state_dir,
                        std::filesystem::copy_options::recursive);
  const auto survivor = must(Endpoint::start(options, base::no_events()));
  auto read = wire::make_request(Operation::kGetFunctionConfiguration, {{"FunctionName", "f"}});
  const std::string host = "127.0.0.1:" + std::to_string(survivor->port());
  wire::set_header(read.headers, "Host", host);
  wire::sign(read, {"AKTEST", Secret("secret"), Secret()}, {std::string(Bench::kRegion), "lambda"},
             Bench::now());
  http::Call call{.url = "http://" + host + read.target()};
  for (const auto& [name, value] : read.headers) call.headers.add(name, value);
  http::Client client;
  const auto pending = must(wire::parse<wire::FunctionConfiguration>(must(client.send(call)).body));
  EXPECT_EQ(pending.state, "Pending");
  EXPECT_EQ(pending.revision_id, made.revision_id);
  const auto settled = bench.settled("f");
  const auto theirs = must(wire::parse<wire::FunctionConfiguration>(must(client.send(call)).body));
  EXPECT_EQ(theirs, settled) << "state and revision id of the second half are derived alike";
  EXPECT_NE(theirs.revision_id, made.revision_id);
}

class Gate : public testing::Test {
 protected:
  wire::HttpRequest request() {
    wire::HttpRequest out = wire::make_request(Operation::kGetAccountSettings, {});
    wire::set_header(out.headers, "Host", bench_.host());
    return out;
  }
  std::string signed_by(wire::HttpRequest request, const std::string& secret, std::chrono::sys_seconds at) {
    wire::sign(request, {"AKTEST", Secret(secret), Secret()}, {"us-east-1", "lambda"}, at);
    return said(bench_.send_as_is(request));
  }
  /// With a correct signature over whatever headers it has.
  std::string from(std::string_view name, std::string value) {
    wire::HttpRequest out = request();
    wire::set_header(out.headers, name, std::move(value));
    return signed_by(out, "secret", Bench::now());
  }

  Bench bench_;
};

TEST_F(Gate, TakesSignedRequestsOnly) {
  EXPECT_EQ(bench_.call(Operation::kGetAccountSettings, {}).status, 200);
  EXPECT_THAT(said(bench_.send_as_is(request())), StartsWith("403 MissingAuthenticationTokenException"));
  EXPECT_THAT(signed_by(request(), "other", Bench::now()), StartsWith("403 InvalidSignatureException"));
  EXPECT_THAT(signed_by(request(), "secret", Bench::now() - std::chrono::minutes(6)),
              StartsWith("403 InvalidSignatureException"));
  EXPECT_THAT(signed_by(request(), "secret", Bench::now() + std::chrono::minutes(6)),
              StartsWith("403 InvalidSignatureException"));
  wire::HttpRequest stranger = request();
  wire::sign(stranger, {"AKOTHER", Secret("secret"), Secret()}, {"us-east-1", "lambda"}, Bench::now());
  EXPECT_THAT(said(bench_.send_as_is(stranger)), StartsWith("403 UnrecognizedClientException"));
  EXPECT_THAT(said(bench_.send(request(), "s3")), StartsWith("403 InvalidSignatureException"));
}

TEST_F(Gate, TakesNoForeignHostOrPage) {
  const std::string port = std::to_string(bench_.endpoint().port());
  for (const std::string& host :
       {std::string("evil.com"), "127.0.0.1.evil.com:" + port, std::string("127.0.0.1:1")}) {
    EXPECT_THAT(from("Host", host), StartsWith("403 AccessDeniedException")) << host;
  }
  EXPECT_THAT(from("Origin", "https://evil.com"), StartsWith("403 AccessDeniedException"));
  EXPECT_THAT(from("Origin", "null"), StartsWith("403 AccessDeniedException"));
  EXPECT_THAT(from("Sec-Fetch-Site", "cross-site"), StartsWith("403 AccessDeniedException"));
  wire::HttpRequest local = request();
  wire::set_header(local.headers, "Host", "localhost:" + port);
  wire::sign(local, {"AKTEST", Secret("secret"), Secret()}, {"us-east-1", "lambda"}, Bench::now());
  EXPECT_EQ(bench_.send_as_is(local).status, 200);
}

TEST_F(Gate, TakesPresignedUrlsForBlobsOnly) {
  wire::HttpRequest presigned = request();
  wire::presign(presigned, {"AKTEST", Secret("secret"), Secret()}, {"us-east-1", "lambda"}, Bench::now(),
                std::chrono::seconds(60));
  EXPECT_THAT(said(bench_.send_as_is(presigned)), StartsWith("403 AccessDeniedException"));
}

TEST_F(Gate, TellsUnknownOperationsInJson) {
  const auto response = bench_.send({"GET", "/2015-03-31/event-source-mappings", "", {}, ""});
  EXPECT_THAT(said(response), StartsWith("404 UnknownOperationException"));
  EXPECT_EQ(wire::find_header(response.headers, "x-amzn-ErrorType"), "UnknownOperationException");
  EXPECT_EQ(wire::find_header(response.headers, "Content-Type"), "application/json");
}

TEST_F(Gate, TellsWhoCalls) {
  const auto identity =
      must(wire::parse_caller_identity(bench_.send(wire::caller_identity_request(), "sts")));
  EXPECT_EQ(identity.account, "000000000000");
  const auto refused = bench_.send_as_is([&] {
    auto out = wire::caller_identity_request();
    wire::set_header(out.headers, "Host", bench_.host());
    return out;
  }());
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("<Code>MissingAuthenticationToken</Code>"));
}

TEST(Credentials, AreMadeOnceAndPrivate) {
  const os::TempDirectory folder = must(os::TempDirectory::create());
  const auto first = must(local_credentials(folder.path() / "local", os::system_random()));
  const auto again = must(local_credentials(folder.path() / "local", os::system_random()));
  EXPECT_EQ(first.access_key_id, again.access_key_id);
  EXPECT_TRUE(same(first.secret_access_key, again.secret_access_key));
  EXPECT_EQ(os::file_info(folder.path() / "local/credentials.json").value()->mode, 0600U);
  ASSERT_TRUE(os::write_file_atomic(folder.path() / "local/credentials.json", "{}"));
  EXPECT_EQ(local_credentials(folder.path() / "local", os::system_random()).error().code(),
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lamella::endpoint
