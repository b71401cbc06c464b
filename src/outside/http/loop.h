// SPDX-License-Identifier: Apache-2.0
//
// What all connections of a Server share: the reactor and its thread, the listeners, the end; private to
// this room.
//
// Threads: post, run_and_wait, call_after, cancel and stop from any thread; everything else on the loop.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "http/reactor.h"
#include "http/server.h"

namespace lamella::http {

class Loop : public std::enable_shared_from_this<Loop> {
 public:
  explicit Loop(ServerOptions options);
  ~Loop();

  void start();
  void stop(std::chrono::milliseconds drain);

  void post(std::function<void()> function) { reactor_.post(std::move(function)); }
  /// Runs `function` on the loop and waits for it; here and now if this is the loop or it has ended.
  void run_and_wait(const std::function<void()>& function);
  std::shared_ptr<TimerState> call_after(std::chrono::milliseconds delay, std::function<void()> function);
  void cancel(std::uint64_t timer);

  Reactor& reactor() { return reactor_; }
  os::WallTime now() const { return options_.clock->wall(); }
  void emit(base::Severity severity, std::string kind, std::string subject, std::string text);
  std::uint64_t next_connection() { return ++last_connection_; }
  /// Room to receive into, shared since nothing is received while another read is looked at.
  std::vector<char>& scratch() { return scratch_; }

  void add(std::shared_ptr<ListenerState> listener);
  void remove(const std::shared_ptr<ListenerState>& listener);
  bool draining() const { return draining_; }
  /// Ends the loop if it drains and this was the last connection.
  void connection_ended();

 private:
  void begin_drain(std::chrono::milliseconds drain);
  void run_waiting();

  struct Waiting {
    const std::function<void()>* function;
    bool done = false;
  };

  ServerOptions options_;
  Reactor reactor_;
  std::thread thread_;
  std::vector<char> scratch_;
  std::uint64_t last_connection_ = 0;
  bool draining_ = false;
  std::unique_ptr<Reactor::Alarm> drain_alarm_;
  std::unordered_set<std::shared_ptr<ListenerState>> listeners_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Reactor::Alarm>> timers_;
  std::atomic<std::uint64_t> last_timer_{0};

  std::mutex stop_mutex_;  ///< held for the whole of stop()
  std::mutex mutex_;       ///< guards what follows
  std::condition_variable waited_;
  bool ended_ = false;
  std::vector<Waiting*> waiting_;
};

class TimerState {
 public:
  TimerState(std::weak_ptr<Loop> loop, std::uint64_t id) : loop_(std::move(loop)), id_(id) {}
  void cancel();
  bool cancelled() const { return cancelled_; }

 private:
  std::weak_ptr<Loop> loop_;
  std::uint64_t id_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace lamella::http
