// SPDX-License-Identifier: Apache-2.0
//
// Over a real socket: what is signed here arrives as it was signed, and lost answers are told apart.
#include <gtest/gtest.h>

#include <mutex>

#include "aws/download.h"
#include "aws/lambda_control.h"
#include "http/client.h"
#include "http/server.h"
#include "os/clock.h"
#include "os/random.h"

namespace lamella::aws {
namespace {

using namespace std::chrono_literals;

wire::HttpRequest as_received(const http::Request& from) {
  wire::HttpRequest to;
  to.method = from.method;
  to.path = std::string(from.path());
  to.query = std::string(from.query());
  for (const auto& [name, value] : from.headers) to.headers.emplace_back(name, value);
  to.body = from.body;
  return to;
}

class HttpTransportTest : public testing::Test {
 protected:
  void serve(http::Handler handler, std::uint64_t body = 1 << 20) {
    server_ = http::Server::start().value();
    http::ListenOptions options;
    options.body_limit = [body](const http::RequestHead&) { return body; };
    listener_ = server_->listen(std::move(options), std::move(handler)).value();
    origin_ = "http://127.0.0.1:" + std::to_string(listener_.port());
  }
  Exchange exchange(std::chrono::milliseconds timeout = 5s) {
    Exchange out;
    out.origin = origin_;
    out.request.method = "POST";
    out.request.body = "{}";
    out.timeout = timeout;
    return out;
  }

  std::unique_ptr<http::Server> server_;
  http::Listener listener_;
  std::string origin_;
  http::Client http_;
  std::unique_ptr<Transport> transport_ = http_transport(http_);
};

TEST_F(HttpTransportTest, WhatArrivesStillVerifies) {
  std::mutex mutex;
  std::vector<std::string> verdicts;
  serve(
      [&](http::Request request, http::Responder responder) {
        const auto keys = [](std::string_view) { return wire::KnownKey{Secret("s"), Secret()}; };
        const auto now = std::chrono::floor<std::chrono::seconds>(os::system_clock().wall());
        const auto who = wire::verify(as_received(request), keys, now);
        const std::lock_guard lock(mutex);
        verdicts.push_back(who ? "accepted" : who.error().to_string());
        responder.send(http::Response::json(201, R"({"LayerVersionArn":"arn:1","Version":1})"));
      },
      std::uint64_t{16} << 20);
  const auto credentials = fixed_credentials({"AKID", Secret("s"), {}});
  Client client(*transport_, *credentials, os::system_clock(), os::system_random());
  const auto lambda = lambda_control(client, {origin_, {"us-west-2", "lambda"}});
  wire::PublishLayerVersionRequest request;
  request.content.zip_file = wire::Blob{std::string(8 << 20, '\xa5')};
  const auto layer = lambda->publish_layer_version("core", request, {});
  ASSERT_TRUE(layer) << layer.error().to_string();
  ASSERT_TRUE(lambda->get_layer_version_by_arn("arn:aws:lambda:us-west-2:000000000000:layer:core:1", {}));
  EXPECT_EQ(verdicts, (std::vector<std::string>{"accepted", "accepted"}));
}

TEST_F(HttpTransportTest, NobodyThereMeansNotApplied) {
  serve([](http::Request, http::Responder responder) { responder.send(http::Response::text(200, "")); });
  listener_ = {};
  const auto result = transport_->exchange(exchange());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kRemote);
  EXPECT_EQ(certainty(result.error()), Certainty::kNotApplied);
}

TEST_F(HttpTransportTest, SilenceAfterSendingMeansUnknown) {
  std::vector<http::Responder> held;
  serve([&](http::Request, http::Responder responder) { held.push_back(std::move(responder)); });
  const auto result = transport_->exchange(exchange(200ms));
  ASSERT_FALSE(result);
  EXPECT_EQ(certainty(result.error()), Certainty::kUnknown);
  EXPECT_EQ(result.error().fact("timeout"), "true");
  server_->stop(0ms);
}

TEST_F(HttpTransportTest, AnAnswerCutShortMeansUnknown) {
  serve([](http::Request, http::Responder responder) {
    auto stream = responder.start_stream(http::Response::text(200, ""));
    static_cast<void>(stream.write("half of it"));
  });
  const auto result = transport_->exchange(exchange());
  ASSERT_FALSE(result);
  EXPECT_EQ(certainty(result.error()), Certainty::kUnknown);
}

TEST_F(HttpTransportTest, EveryStatusIsAnAnswerAndNoRedirectIsFollowed) {
  serve([](http::Request, http::Responder responder) {
    http::Response response = http::Response::text(307, "");
    response.headers.add("Location", "http://127.0.0.1:1/");
    responder.send(std::move(response));
  });
  const auto result = transport_->exchange(exchange());
  ASSERT_TRUE(result) << result.error().to_string();
  EXPECT_EQ(result->status, 307);
}

TEST_F(HttpTransportTest, DownloadsStreamIntoTheSink) {
  const std::string zip(3 << 20, 'z');
  serve([&](http::Request, http::Responder responder) { responder.send(http::Response::text(200, zip)); });
  base::StringSink sink;
  EXPECT_EQ(download(*transport_, origin_ + "/code/a.zip?X-Amz-Signature=s", sink).value(), zip.size());
  EXPECT_EQ(sink.text(), zip);
}

}  // namespace
}  // namespace lamella::aws
