// SPDX-License-Identifier: Apache-2.0
//
// Segments whose wheels arrive while others are made, from a server that answers when it is told to.
#include "build/segments.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "build/build_fixture.h"
#include "crypto/sha256.h"
#include "os/fd.h"

namespace lamella::build {
namespace {

using testing::HasSubstr;

constexpr std::chrono::seconds kPatience{20};

/// A flag that one thread raises and others wait for.
class Flag {
 public:
  void raise() {
    const std::lock_guard lock(mutex_);
    raised_ = true;
    changed_.notify_all();
  }
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

/// Answers its requests, one after the other, once that is allowed.
class LateServer {
 public:
  explicit LateServer(std::string answer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(socket_.get(), 8), 0);
    EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] { serve(answer); });
  }
  ~LateServer() {
    ::shutdown(socket_.get(), SHUT_RDWR);
    allowed.raise();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/late.whl"; }
  bool gave_up() const { return gave_up_; }

  Flag asked;
  Flag allowed;

 private:
  void serve(const std::string& answer) {
    for (;;) {
      const os::UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer) return;
      std::string request(65536, '\0');
      if (::recv(peer.get(), request.data(), request.size(), 0) <= 0) continue;
      asked.raise();
      if (!allowed.wait()) gave_up_ = true;
      ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  os::UniqueFd socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> gave_up_ = false;
  std::thread thread_;
};

std::string answer(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

/// Calls back at the end of each segment.
class SegmentWatch final : public base::EventSink {
 public:
  void emit(const Event& event) override {
    if (event.kind == "job.done" && event.fields.at(0).second == "segment") on_made(event.subject);
  }
  std::function<void(const std::string&)> on_made = [](const std::string&) {};
};

class SegmentsTest : public BuildTest {
 protected:
  /// One layer of numpy, whose wheel is in the store, and boto, which `server` has.
  void want_both(const std::string& late, const LateServer& server) {
    lock_wheel("boto", "1.0");
    lock_wheel("numpy", "1.24.3");
    lock_.lock.packages[0].wheel.url = server.url();
    lock_.lock.packages[0].wheel.sha256 = crypto::sha256(late);
    lock_.lock.packages[0].wheel.size = late.size();
    add_layer("core", {"boto", "numpy"});
  }
  /// A wheel of boto that is not the one that lock_wheel() puts into the store.
  static std::string late_wheel() {
    package::fixture::WheelMaker maker;
    maker.distribution = "boto";
    maker.version = "1.0";
    maker.dist_info = "boto-1.0.dist-info";
    maker.files = {{"boto/__init__.py", "late = True\n"}};
    return maker.bytes();
  }
  Result<EnsuredSegments> ensure(OnFailure on_failure = OnFailure::kStop, unsigned threads = 2) {
    os::ThreadPool pool(threads);
    const Tools tools{root(), folder_.path() / "cache", *store_, *actions_, pool, watch_, {}, {}};
    const auto plans = plan();
    std::vector<const ArtifactPlan*> wanted;
    for (const ArtifactPlan& one : plans) wanted.push_back(&one);
    return ensure_segments(tools, wanted, Again::kNothing, on_failure, stop_.get_token());
  }

  SegmentWatch watch_;
  std::stop_source stop_;
};

TEST_F(SegmentsTest, OneIsMadeBeforeTheWheelOfTheOtherArrives) {
  const std::string wheel = late_wheel();
  LateServer server(answer("200 OK", wheel));
  want_both(wheel, server);
  watch_.on_made = [&](const std::string& name) {
    if (name == "numpy 1.24.3") server.allowed.raise();
  };
  const auto made = ensure(OnFailure::kStop, 1);
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(made->segments.size(), 2U);
  EXPECT_FALSE(server.gave_up()) << "it was not made before";
}

TEST_F(SegmentsTest, AFailingFetchIsTheErrorAndKeepsNobodyWaiting) {
  LateServer server(answer("404 Not Found", "gone"));
  want_both(late_wheel(), server);
  watch_.on_made = [&](const std::string&) { server.allowed.raise(); };
  const auto made = ensure();
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kMismatch);
  EXPECT_THAT(made.error().to_string(), HasSubstr("fetching boto-1.0"));
}

TEST_F(SegmentsTest, KeepingGoingAFailingFetchIsTheFailureOfItsOwn) {
  LateServer server(answer("200 OK", "not what was locked"));
  server.allowed.raise();
  want_both(late_wheel(), server);
  lock_.lock.packages[0].wheel.size = 0;
  const auto made = ensure(OnFailure::kKeepGoing);
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(made->segments.size(), 1U);
  ASSERT_EQ(made->failures.size(), 1U);
  EXPECT_EQ(made->failures[0].name, "boto 1.0");
}

TEST_F(SegmentsTest, AnArchiveThatIsNotAtItsAddressIsToldAsThat) {
  LateServer server(answer("404 Not Found", "gone"));
  server.allowed.raise();
  const Digest digest = crypto::sha256("an archive");
  add_layer("fetched", {}).archive = model::Archive{placed(server.url()), true, digest, false};
  const Report report = build_all();
  ASSERT_EQ(report.unmade.size(), 1U);
  ASSERT_TRUE(report.unmade[0].error.has_value());
  const Error& error = *report.unmade[0].error;
  EXPECT_EQ(error.code(), ErrorCode::kRemote);
  EXPECT_EQ(error.where(), server.url());
  EXPECT_THAT(error.why(), HasSubstr("HTTP 404"));
  EXPECT_THAT(error.remedy(), HasSubstr("mend the address"));
  EXPECT_THAT(error.to_string(), HasSubstr("while building layer fetched"));
}

TEST_F(SegmentsTest, AFailingMakingEndsTheFetching) {
  LateServer server(answer("200 OK", ""));
  want_both(late_wheel(), server);
  const std::string text = "no wheel";
  ASSERT_TRUE(store::put(*store_, base::as_bytes(text)).has_value());
  lock_.lock.packages[1].wheel.sha256 = crypto::sha256(text);
  const auto made = ensure();
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  ASSERT_EQ(made->failures.size(), 1U);
  EXPECT_EQ(made->failures[0].name, "numpy 1.24.3");
  EXPECT_FALSE(server.gave_up());
}

TEST_F(SegmentsTest, AStopEndsTheWaitForAWheel) {
  LateServer server(answer("200 OK", ""));
  want_both(late_wheel(), server);
  std::jthread stopper([&] {
    EXPECT_TRUE(server.asked.wait());
    stop_.request_stop();
  });
  const auto made = ensure();
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), ErrorCode::kInterrupted);
  EXPECT_FALSE(server.gave_up());
}

}  // namespace
}  // namespace lamella::build
