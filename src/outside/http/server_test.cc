// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <atomic>
#include <deque>
#include <stdexcept>
#include <vector>

#include "http/test_peer.h"

namespace lamella::http {
namespace {

using std::chrono::milliseconds;

const std::string kGet = "GET /a%20b?x=1 HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(Server, AnswersOnOneConnectionAgainAndAgain) {
  const Host host;
  Peer peer = host.peer();
  for (int i = 0; i < 3; ++i) {
    const std::string answer = peer.send(kGet).read_answers("|\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nDate: ")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nGET /a%20b?x=1|\n")) << answer;
  }
  EXPECT_EQ(host.listener.connections(), 1U);
}

TEST(Server, PipelinedRequestsAreHandledInOrder) {
  Host host;
  std::deque<Responder> held;
  Signal first;
  std::atomic<int> handled{0};
  const Listener slow = *host.server->listen({}, [&](Request request, Responder responder) {
    ++handled;
    if (request.target != "/1") return echo(std::move(request), std::move(responder));
    held.push_back(std::move(responder));
    first.raise();
  });
  Peer peer(slow.port());
  peer.send(post("/1", "one") + post("/2", "two") + post("/3", "three"));
  ASSERT_TRUE(first.wait());
  EXPECT_EQ(handled, 1);
  host.server->post([&] { held.front().send(Response::text(200, "first\n")); });
  const std::string answers = peer.read_answers("three\n");
  const auto at = [&](const char* text) { return answers.find(text); };
  EXPECT_LT(at("first\n"), at("POST /2|two"));
  EXPECT_LT(at("POST /2|two"), at("POST /3|three"));
}

TEST(Server, HoldsHundredsOfRequestsThatAnotherThreadAnswers) {
  constexpr std::size_t kHeld = 300;
  std::mutex mutex;
  std::vector<std::pair<std::string, Responder>> held;
  Signal all;
  const Host host({}, [&](Request request, Responder responder) {
    const std::lock_guard lock(mutex);
    held.emplace_back(request.body, std::move(responder));
    if (held.size() == kHeld) all.raise();
  });
  std::vector<Peer> peers;
  for (std::size_t i = 0; i < kHeld; ++i) peers.push_back(host.peer());
  for (std::size_t i = 0; i < kHeld; ++i) peers[i].send(post("/next", "call " + std::to_string(i)));
  ASSERT_TRUE(all.wait());
  std::thread worker([&] {
    const std::lock_guard lock(mutex);
    for (auto& [body, responder] : held) responder.send(Response::text(200, body + "\n"));
  });
  worker.join();
  for (std::size_t i = 0; i < kHeld; ++i) {
    EXPECT_TRUE(peers[i]
                    .read_answers("call " + std::to_string(i) + "\n")
                    .ends_with("call " + std::to_string(i) + "\n"));
  }
}

TEST(Server, AGivenUpRequestIs500) {
  const Host host({}, [](const Request&, const Responder&) {});
  EXPECT_TRUE(host.peer().send(kGet).read_answers("up.\n").starts_with("HTTP/1.1 500 "));
}

TEST(Server, AThrowingHandlerIs500) {
  const Host host({}, [](const Request&, const Responder&) { throw std::runtime_error("no"); });
  EXPECT_TRUE(host.peer().send(kGet).read_answers("up.\n").starts_with("HTTP/1.1 500 "));
}

TEST(Server, TellsThatTheClientWentAway) {
  Signal gone;
  Signal arrived;
  Responder held;
  const Host host({}, [&](const Request&, Responder responder) {
    held = std::move(responder);
    held.on_disconnect([&] { gone.raise(); });
    arrived.raise();
  });
  Peer peer = host.peer();
  peer.send(kGet);
  ASSERT_TRUE(arrived.wait());
  EXPECT_FALSE(held.disconnected());
  peer.close();
  EXPECT_TRUE(gone.wait());
  EXPECT_TRUE(held.disconnected());
  held.send(Response::text(200, "too late"));
}

TEST(Server, AClientThatClosedOnlyItsSendingHalfIsAnswered) {
  const Host host;
  Peer peer = host.peer();
  peer.send(kGet).half_close();
  EXPECT_TRUE(peer.read_to_end().ends_with("|\n"));
}

TEST(Server, ContinuesWhenAskedAndOnlyForABodyItWants) {
  const Host host({.limits = {.body_bytes = 100}});
  Peer peer = host.peer();
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ";
  EXPECT_EQ(peer.send(head + "5\r\n\r\n").read_answers("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_TRUE(peer.send("hello").read_answers("hello\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(peer.send(head + "101\r\n\r\n").read_answers("\r\n\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(peer.closes());
}

TEST(Server, HeadHasLengthAndNoBody) {
  const Host host;
  Peer peer = host.peer();
  const std::string answer = peer.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").read_answers("\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_TRUE(peer.send(kGet).read_answers("|\n").starts_with("HTTP/1.1 200 "));
}

TEST(Server, OldClientsGetOneAnswerUnlessTheyAskForMore) {
  const Host host;
  EXPECT_TRUE(host.peer().send("GET / HTTP/1.0\r\n\r\n").closes());
  Peer kept = host.peer();
  for (int i = 0; i < 2; ++i) {
    const std::string answer =
        kept.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").read_answers("|\n");
    EXPECT_NE(answer.find("Connection: keep-alive\r\n"), std::string::npos) << answer;
  }
}

TEST(Server, JoinsChunksAndKeepsTrailersApart) {
  const Host host({}, [](const Request& request, Responder responder) {
    responder.send(Response::text(200, request.body + "/" + std::string(request.headers.get("X-Sum")) + "/" +
                                           std::string(request.trailers.get("x-sum")) + "\n"));
  });
  Peer peer = host.peer();
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;name=\"v\"\r\nhello\r\n");
  peer.send("6\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n" + kGet);
  const std::string answers = peer.read_answers("/\n", 1);
  EXPECT_NE(answers.find("hello world//11\n"), std::string::npos) << answers;
}

TEST(Server, ABodyLimitIsAskedPerRequest) {
  ListenOptions options;
  options.body_limit = [](const RequestHead& head) { return head.path() == "/big" ? 70'167'211ULL : 10ULL; };
  const Host host(std::move(options), [](const Request& request, Responder responder) {
    responder.send(Response::text(200, std::to_string(request.body.size()) + "\n"));
  });
  EXPECT_TRUE(host.peer()
                  .send(post("/big?x", std::string(70'167'211, 'z')))
                  .read_answers("211\n")
                  .ends_with("70167211\n"));
  EXPECT_TRUE(
      host.peer().send(post("/small", std::string(11, 'z'))).read_to_end().starts_with("HTTP/1.1 413 "));
  Peer chunks = host.peer();
  chunks.send("POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n");
  EXPECT_TRUE(chunks.read_to_end().starts_with("HTTP/1.1 413 "));
}

TEST(Server, ARefusedUploadStillReadsTheAnswer) {
  const Host host({.limits = {.body_bytes = 10}});
  Peer peer = host.peer();
  std::thread sender([&] { peer.send(post("/", std::string(2'000'000, 'z'))); });
  const std::string answer = peer.read_to_end();
  sender.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
}

TEST(Server, RefusalsTakeTheShapeTheirListenerGives) {
  ListenOptions options;
  options.render_refusal = [](const Refusal& refusal) {
    return Response::json(refusal.status, "{\"Type\":\"" + refusal.head.method + "\"}");
  };
  options.limits.body_bytes = 1;
  const Host host(std::move(options));
  EXPECT_TRUE(host.peer().send(post("/", "four")).read_to_end().ends_with("{\"Type\":\"POST\"}"));
}

TEST(Server, SlowSendersAndIdleOnesAreLetGo) {
  const milliseconds soon(80);
  const Host host({.limits = {.head_time = soon, .progress_time = soon, .idle_time = soon}});
  EXPECT_EQ(host.peer().read_to_end(), "");
  EXPECT_TRUE(host.peer().send("GET / HT").read_to_end().starts_with("HTTP/1.1 408 "));
  Peer drip = host.peer();
  drip.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  std::atomic<bool> done{false};
  std::thread dripper([&] {
    while (!done) {
      drip.send("z");
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  const std::string answer = drip.read_answers("\r\n\r\n");
  done = true;
  dripper.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST(Server, AReaderWhoDoesNotReadIsLetGo) {
  const Host host({.limits = {.progress_time = milliseconds(80)}}, [](const Request&, Responder responder) {
    responder.send(Response::text(200, std::string(32'000'000, 'z')));
  });
  Peer peer = host.peer();
  peer.send(kGet);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (host.listener.connections() == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  while (host.listener.connections() != 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_EQ(host.listener.connections(), 0U);
}

TEST(Server, BeyondTheMostConnectionsTheLongestIdleGivesWay) {
  const Host host({.limits = {.max_connections = 3}});
  Peer first = host.peer();
  EXPECT_FALSE(first.send(kGet).read_answers("|\n").empty());
  Peer second = host.peer();
  Peer third = host.peer();
  EXPECT_FALSE(third.send(kGet).read_answers("|\n").empty());
  Peer fourth = host.peer();
  EXPECT_FALSE(fourth.send(kGet).read_answers("|\n").empty());
  EXPECT_TRUE(first.closes());
  EXPECT_FALSE(second.send(kGet).read_answers("|\n").empty());
}

TEST(Server, ListensOnLoopbackOnlyUnlessToldOtherwise) {
  const auto server = *Server::start();
  for (const char* address : {"0.0.0.0", "::", "localhost", "10.0.0.1", ""}) {
    const auto refused = server->listen({.addresses = {address}}, echo);
    ASSERT_FALSE(refused.has_value()) << address;
    EXPECT_EQ(refused.error().code(), ErrorCode::kUsage);
  }
  EXPECT_TRUE(server->listen({.addresses = {"0.0.0.0"}, .exposure = Exposure::kPublic}, echo).has_value());
}

TEST(Server, BothLoopbackAddressesShareAPort) {
  const Host host({.addresses = {"127.0.0.1", "::1"}});
  EXPECT_NE(host.listener.port(), 0);
  EXPECT_FALSE(host.peer().send(kGet).read_answers("|\n").empty());
}

TEST(Server, ABusyPortIsAConflict) {
  const Host host;
  const auto again = host.server->listen({.port = host.listener.port()}, echo);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
  EXPECT_NE(again.error().to_string().find(std::to_string(host.listener.port())), std::string::npos);
}

TEST(Server, AdoptsAListeningSocketWithItsOwnHandler) {
  Host host;
  os::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(0);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_FALSE(host.server->adopt(os::UniqueFd(::dup(socket.get())), {}, echo).has_value());
  ASSERT_EQ(::listen(socket.get(), 8), 0);
  auto adopted = host.server->adopt(std::move(socket), {.limits = {.idle_time = milliseconds(0)}},
                                    [](const Request&, Responder responder) {
                                      responder.send(Response::json(202, "{\"status\":\"OK\"}\n"));
                                    });
  ASSERT_TRUE(adopted.has_value());
  Peer peer(adopted->port());
  EXPECT_TRUE(peer.send(kGet).read_answers("}\n").starts_with("HTTP/1.1 202 Accepted"));
  EXPECT_TRUE(host.peer().send(kGet).read_answers("|\n").starts_with("HTTP/1.1 200 "));
  *adopted = Listener();
  EXPECT_TRUE(peer.closes());
  EXPECT_TRUE(host.peer().send(kGet).read_answers("|\n").starts_with("HTTP/1.1 200 "));
}

TEST(Server, EndingAListenerTellsThoseWhoStillOweAnAnswer) {
  Host host;
  Signal arrived;
  Signal gone;
  Responder held;
  auto listener = *host.server->listen({}, [&](const Request&, Responder responder) {
    held = std::move(responder);
    held.on_disconnect([&] { gone.raise(); });
    arrived.raise();
  });
  Peer peer(listener.port());
  peer.send(kGet);
  ASSERT_TRUE(arrived.wait());
  listener = Listener();
  EXPECT_TRUE(gone.wait());
  EXPECT_TRUE(peer.closes());
}

TEST(Server, AListenerMayEndInItsOwnHandlerAndInItsOwnRefusal) {
  const Host host;
  for (const std::string& request : {kGet, std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")}) {
    // What the callbacks hold goes with the listener, while they run.
    auto own = std::make_shared<Listener>();
    Signal ended;
    ListenOptions options;
    options.render_refusal = [&ended, own](const Refusal&) {
      *own = Listener();
      ended.raise();
      return Response::text(400, "too late\n");
    };
    *own = *host.server->listen(std::move(options), [&ended, own](Request, Responder responder) {
      *own = Listener();
      responder.send(Response::text(200, "too late\n"));
      ended.raise();
    });
    Peer peer(own->port());
    peer.send(request + kGet);
    EXPECT_TRUE(ended.wait());
    EXPECT_TRUE(peer.closes());
  }
}

TEST(Server, TimersComeInOrderAndCancelledOnesDoNot) {
  const auto server = *Server::start();
  std::vector<int> seen;
  Signal done;
  const Timer late = server->call_after(milliseconds(60), [&] {
    seen.push_back(3);
    done.raise();
  });
  const Timer early = server->call_after(milliseconds(10), [&] { seen.push_back(1); });
  Timer never = server->call_after(milliseconds(20), [&] { seen.push_back(2); });
  never.cancel();
  ASSERT_TRUE(done.wait());
  server->stop(milliseconds(0));
  EXPECT_EQ(seen, (std::vector<int>{1, 3}));
}

TEST(Server, DrainsAnswersUnderWayAndThenEnds) {
  Responder held;
  Signal arrived;
  Host host({}, [&](const Request&, Responder responder) {
    held = std::move(responder);
    arrived.raise();
  });
  Peer idle = host.peer();
  Peer busy = host.peer();
  busy.send(kGet);
  ASSERT_TRUE(arrived.wait());
  std::thread stopper([&] { host.server->stop(std::chrono::seconds(10)); });
  EXPECT_TRUE(idle.closes());
  held.send(Response::text(200, "done\n"));
  const std::string answer = busy.read_to_end();
  EXPECT_TRUE(answer.ends_with("done\n"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  busy.close();
  stopper.join();
}

TEST(Server, DrainingHasADeadline) {
  Responder held;
  Signal arrived;
  Host host({}, [&](const Request&, Responder responder) {
    held = std::move(responder);
    arrived.raise();
  });
  Peer busy = host.peer();
  busy.send(kGet);
  ASSERT_TRUE(arrived.wait());
  host.server->stop(milliseconds(30));
  EXPECT_TRUE(busy.closes());
  EXPECT_TRUE(held.disconnected());
  host.server.reset();
  held.send(Response::text(200, "nobody listens"));
}

TEST(Server, AnAnswerThatWouldSplitItsHeadIs500) {
  const Host host({}, [](const Request&, Responder responder) {
    responder.send({.status = 200, .headers = {{"X", "a\r\nSet-Cookie: b"}}, .body = {}, .file = {}});
  });
  const std::string answer = host.peer().send(kGet).read_answers("written.\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
}

}  // namespace
}  // namespace lamella::http
