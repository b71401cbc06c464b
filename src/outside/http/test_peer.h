// SPDX-License-Identifier: Apache-2.0
//
// The other end of a connection, byte by byte, for tests of this room.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "http/server.h"
#include "os/fd.h"

namespace lamella::http {

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// A raw client.
class Peer {
 public:
  explicit Peer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = loopback(port);
    EXPECT_EQ(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  explicit Peer(os::UniqueFd socket) : socket_(std::move(socket)) {}

  /// Sends what the other side takes; it may close in between.
  Peer& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return *this;
  }

  /// Reads until `enough` says so, the other side closes, or `patience` is over.
  std::string read_until(const std::function<bool(const std::string&)>& enough,
                         std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!enough(text_) && !closed_) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd wait{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0) break;
      std::string piece(65536, '\0');
      const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
      if (n <= 0) {
        closed_ = true;
        reset_ = n < 0;
        break;
      }
      text_.append(piece, 0, static_cast<std::size_t>(n));
    }
    return std::exchange(text_, {});
  }
  std::string read_to_end() {
    return read_until([](const std::string&) { return false; });
  }
  /// Reads `count` answers that each end with `last`.
  std::string read_answers(std::string_view last, int count = 1) {
    return read_until([&](const std::string& text) {
      int seen = 0;
      for (std::size_t at = text.find(last); at != std::string::npos; at = text.find(last, at + last.size()))
        ++seen;
      return seen >= count;
    });
  }
  /// True if the other side has closed, or does within `patience`; what it still sends is dropped.
  bool closes(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    read_until([](const std::string&) { return false; }, patience);
    return closed_;
  }
  bool was_reset() const { return reset_; }
  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() { socket_.reset(); }

 private:
  os::UniqueFd socket_;
  std::string text_;
  bool closed_ = false;
  bool reset_ = false;
};

/// A server and one listener whose handler answers "METHOD target|body".
inline void echo(Request request, Responder responder) {
  responder.send(Response::text(200, request.method + " " + request.target + "|" + request.body + "\n"));
}

struct Host {
  explicit Host(ListenOptions options = {}, Handler handler = echo) {
    auto started = Server::start();
    EXPECT_TRUE(started.has_value());
    server = std::move(*started);
    auto listening = server->listen(std::move(options), std::move(handler));
    EXPECT_TRUE(listening.has_value()) << listening.error().to_string();
    listener = std::move(*listening);
  }
  Peer peer() const { return Peer(listener.port()); }

  std::unique_ptr<Server> server;
  Listener listener;
};

/// A flag that one thread raises and another waits for.
class Signal {
 public:
  void raise() {
    const std::lock_guard lock(mutex_);
    raised_ = true;
    changed_.notify_all();
  }
  bool wait(std::chrono::milliseconds patience = std::chrono::seconds(10)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return raised_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool raised_ = false;
};

}  // namespace lamella::http
