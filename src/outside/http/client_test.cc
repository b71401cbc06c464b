// SPDX-License-Identifier: Apache-2.0
//
// The client against our own server, and against one that misbehaves byte by byte.
#include "http/client.h"

#include <atomic>
#include <stop_token>
#include <vector>

#include "http/test_peer.h"

namespace lamella::http {
namespace {

using std::chrono::milliseconds;

std::string url(std::uint16_t port, const std::string& target = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + target;
}

/// Runs one script per accepted connection, in order, each on the raw socket.
class Script {
 public:
  using Step = std::function<void(Peer&)>;

  explicit Script(std::vector<Step> steps) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, steps = std::move(steps)] {
      for (const Step& step : steps) {
        os::UniqueFd accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!accepted) return;
        Peer peer(std::move(accepted));
        step(peer);
      }
    });
  }
  ~Script() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::uint16_t port() const { return port_; }

 private:
  os::UniqueFd socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

Script::Step answer(const std::string& text) {
  return [text](Peer& peer) {
    peer.read_answers("\r\n\r\n");
    peer.send(text);
  };
}

std::optional<TransportFailure> failure_of(const Result<Reply>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? std::nullopt : transport_failure(result.error());
}

TEST(Client, SendsWhatItIsGivenAndNothingElse) {
  const Host host({}, [](const Request& request, Responder responder) {
    std::string seen = request.method + " " + request.target + "\n";
    for (const auto& [name, value] : request.headers) seen += name + "=" + value + "\n";
    responder.send(Response::text(201, seen + request.body));
  });
  Client client({.user_agent = "lamella/test"});
  const auto reply = client.send({.method = "PUT",
                                  .url = url(host.listener.port(), "/a%2Fb?x=%20"),
                                  .headers = {{"X-One", "1"}, {"X-Empty", ""}},
                                  .body = "hello"});
  ASSERT_TRUE(reply.has_value()) << reply.error().to_string();
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->headers.get("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply->body, "PUT /a%2Fb?x=%20\nHost=127.0.0.1:" + std::to_string(host.listener.port()) +
                             "\nUser-Agent=lamella/test\nX-One=1\nX-Empty=\nContent-Length=5\nhello");
}

TEST(Client, EveryMethodAndEveryStatusIsAReply) {
  const Host host({}, [](const Request& request, Responder responder) {
    Response response = Response::text(500, request.method + std::to_string(request.body.size()));
    responder.send(std::move(response));
  });
  Client client;
  for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) {
    const auto reply = client.send({.method = method, .url = url(host.listener.port())});
    ASSERT_TRUE(reply.has_value()) << method << reply.error().to_string();
    EXPECT_EQ(reply->status, 500);
    EXPECT_EQ(reply->body, std::string(method) + "0");
  }
  EXPECT_EQ(client.send({.method = "HEAD", .url = url(host.listener.port())})->body, "");
  EXPECT_EQ(client.send({.method = "GET", .url = url(host.listener.port()), .body = "x"})->body, "GET1");
}

TEST(Client, ReusesItsConnections) {
  const Host host({}, [](const Request& request, Responder responder) {
    responder.send(Response::text(200, std::to_string(request.connection)));
  });
  Client client;
  const Call call{.url = url(host.listener.port())};
  EXPECT_EQ(client.send(call)->body, client.send(call)->body);
}

TEST(Client, ServesManyThreads) {
  const Host host;
  Client client;
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        const std::string body = std::to_string(t) + "-" + std::to_string(i);
        const auto reply =
            client.send({.method = "POST", .url = url(host.listener.port(), "/t"), .body = body});
        good += reply && reply->body == "POST /t|" + body + "\n" ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 200);
}

TEST(Client, UploadsFromASourceAndDownloadsIntoASink) {
  const Host host({.limits = {.body_bytes = 1 << 24}});
  const std::string bytes(5'000'000, 'u');
  base::StringSource source(bytes);
  base::StringSink sink;
  const auto reply = Client().send({.method = "POST",
                                    .url = url(host.listener.port(), "/u"),
                                    .upload = &source,
                                    .upload_size = bytes.size(),
                                    .sink = &sink,
                                    .max_body = 0});
  ASSERT_TRUE(reply.has_value()) << reply.error().to_string();
  EXPECT_EQ(reply->body, "");
  EXPECT_EQ(sink.text(), "POST /u|" + bytes + "\n");
}

TEST(Client, ASinkGetsNothingBeforeItsLengthWasToldOnce) {
  const std::string bytes(3'000'000, 'x');
  const Host host({},
                  [&](const Request&, Responder responder) { responder.send(Response::text(200, bytes)); });
  base::StringSink sink;
  std::vector<std::optional<std::uint64_t>> told;
  const auto note = [&](std::optional<std::uint64_t> length) -> Result<> {
    EXPECT_EQ(sink.text(), "");
    told.push_back(length);
    return {};
  };
  const auto reply = Client().send({.url = url(host.listener.port()), .sink = &sink, .before_body = note});
  ASSERT_TRUE(reply.has_value()) << reply.error().to_string();
  EXPECT_EQ(sink.text(), bytes);
  EXPECT_EQ(told, std::vector<std::optional<std::uint64_t>>{bytes.size()});

  const auto refuse = [](std::optional<std::uint64_t>) -> Result<> {
    return Error(ErrorCode::kInterrupted, "no longer wanted");
  };
  base::StringSink nothing;
  const auto ended =
      Client().send({.url = url(host.listener.port()), .sink = &nothing, .before_body = refuse});
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().what(), "no longer wanted");
  EXPECT_EQ(nothing.text(), "");
}

TEST(Client, ASinkNeverGetsAnErrorPage) {
  const Host host(
      {}, [](const Request&, Responder responder) { responder.send(Response::text(404, "no such")); });
  base::StringSink sink;
  const auto reply = Client().send({.url = url(host.listener.port()), .sink = &sink});
  EXPECT_EQ(reply->body, "no such");
  EXPECT_EQ(sink.text(), "");
}

TEST(Client, ErrorsOfSinkSourceAndBoundComeThrough) {
  class Full final : public base::ByteSink {
    Result<> write(std::span<const std::byte>) override { return Error(ErrorCode::kIo, "disk full"); }
  } full;
  const Host host;
  Client client;
  const auto unwritten = client.send({.url = url(host.listener.port()), .sink = &full});
  EXPECT_EQ(unwritten.error().what(), "disk full");
  const auto long_one = client.send({.url = url(host.listener.port()), .max_body = 3});
  EXPECT_EQ(long_one.error().code(), ErrorCode::kLimit);
  base::StringSource shorter("abc");
  const auto early = client.send(
      {.method = "POST", .url = url(host.listener.port()), .upload = &shorter, .upload_size = 10});
  EXPECT_EQ(early.error().code(), ErrorCode::kIo);
  EXPECT_TRUE(client.send({.url = url(host.listener.port())}).has_value());
}

TEST(Client, ARefusedConnectionWasNotSent) {
  std::uint16_t port = 0;
  {
    const Host host;
    port = host.listener.port();
  }
  const auto result = Client().send({.method = "POST", .url = url(port), .body = "x"});
  EXPECT_EQ(failure_of(result), TransportFailure::kNotSent);
  EXPECT_EQ(result.error().code(), ErrorCode::kRemote);
  EXPECT_EQ(failure_of(Client().send({.url = "http://name.invalid/"})), TransportFailure::kNotSent);
}

TEST(Client, ALostOrCutAnswerMayHaveBeenApplied) {
  for (const char* text :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    const Script script({answer(text)});
    const auto result = Client().send({.method = "POST", .url = url(script.port()), .body = "x"});
    EXPECT_EQ(failure_of(result), TransportFailure::kMaybeApplied) << text;
  }
}

/// A kept connection that dies under a request: libcurl alone would send the request a second time.
TEST(Client, NeverSendsAChangeTwice) {
  for (const char* body : {"x", ""}) {
    for (const char* method : {"POST", "PUT", "DELETE"}) {
      std::atomic<int> changes{0};
      const auto whole = [&](const std::string& text) {
        return text.ends_with("\r\n\r\n" + std::string(body));
      };
      const auto take_and_die = [&](Peer& peer) {
        changes += whole(peer.read_until(whole, milliseconds(200))) ? 1 : 0;
      };
      const Script script({[&](Peer& peer) {
                             peer.read_answers("\r\n\r\n");
                             peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                             take_and_die(peer);
                           },
                           take_and_die, take_and_die});
      Client client;
      ASSERT_TRUE(client.send({.url = url(script.port())}).has_value());
      const auto result = client.send({.method = method, .url = url(script.port()), .body = body});
      EXPECT_EQ(failure_of(result), TransportFailure::kMaybeApplied) << method << body;
      EXPECT_EQ(changes, 1) << method << body;
    }
  }
}

TEST(Client, TimeOutsAreToldApart) {
  const Script silent({[](Peer& peer) { peer.read_to_end(); }});
  const auto result = Client().send(
      {.method = "POST", .url = url(silent.port()), .body = "x", .timeouts = {.total = milliseconds(80)}});
  EXPECT_EQ(failure_of(result), TransportFailure::kTimeout);
}

TEST(Client, AStopEndsTheWait) {
  Signal arrived;
  Responder held;
  const Host host({}, [&](const Request&, Responder responder) {
    held = std::move(responder);
    arrived.raise();
  });
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_TRUE(arrived.wait());
    stop.request_stop();
  });
  const auto before = std::chrono::steady_clock::now();
  const auto result = Client().send({.url = url(host.listener.port()), .stop = stop.get_token()});
  stopper.join();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kInterrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(60));
}

TEST(Client, FollowsRedirectsOfReadsOnly) {
  const Host host({}, [](Request request, Responder responder) {
    if (request.target != "/from") return echo(std::move(request), std::move(responder));
    responder.send({.status = 307, .headers = {{"Location", "/to"}}, .body = "moved", .file = {}});
  });
  Client client;
  const auto followed = client.send({.url = url(host.listener.port(), "/from")});
  EXPECT_EQ(followed->body, "GET /to|\n");
  EXPECT_EQ(followed->url, url(host.listener.port(), "/to"));
  EXPECT_EQ(followed->headers.find("Location"), nullptr);
  EXPECT_EQ(client.send({.url = url(host.listener.port(), "/from"), .redirects = Redirects::kReturn})->status,
            307);
  EXPECT_EQ(client.send({.method = "POST", .url = url(host.listener.port(), "/from")})->status, 307);
}

TEST(Client, SpeaksHttpOnly) {
  for (const char* address : {"file:///etc/hostname", "ftp://127.0.0.1/", "not a url", ""}) {
    const auto result = Client().send({.url = address});
    ASSERT_FALSE(result.has_value()) << address;
    EXPECT_EQ(result.error().code(), ErrorCode::kUsage) << address;
  }
  const Script script(
      {answer("HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname\r\nContent-Length: 0\r\n\r\n")});
  EXPECT_FALSE(Client().send({.url = url(script.port())}).has_value());
}

TEST(Client, ErrorsDoNotShowSecretsOfTheUrl) {
  const auto result = Client().send({.url = "http://user:word@127.0.0.1:1/path?X-Amz-Signature=abc"});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().where(), "http://127.0.0.1:1/path");
  EXPECT_EQ(result.error().to_string().find("word"), std::string::npos);
}

TEST(Client, HeadersCannotBeSplit) {
  const Host host;
  const auto result = Client().send({.url = url(host.listener.port()), .headers = {{"X", "a\r\nY: b"}}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace lamella::http
