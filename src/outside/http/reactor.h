// SPDX-License-Identifier: Apache-2.0
//
// The loop itself: one thread, one epoll set, timers and posted functions; private to this room.
// Boost.Asio stays behind it.
//
// Threads: post and stop from any thread.  Watch and Alarm belong to the loop thread; they
// may also be destroyed once run() has returned.  All are destroyed before their Reactor, or by it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "os/fd.h"

namespace lamella::http {

class Reactor {
 public:
  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  void run();  ///< until stop()
  void stop();
  bool on_loop() const;  ///< true on the thread inside run()

  /// Runs `function` later on the loop, after everything posted before it by any thread.  What a stopped loop
  /// has not run is destroyed with the Reactor.
  void post(std::function<void()> function);

  struct Io;  ///< Asio's objects

  /// Owns a non-blocking descriptor and tells once when it is ready.
  class Watch {
   public:
    Watch(Reactor& reactor, os::UniqueFd fd);
    ~Watch();
    int fd() const;
    void when_readable(std::function<void()> ready);
    void when_writable(std::function<void()> ready);
    /// Closes the descriptor; calls that are outstanding never come.
    void close();

   private:
    struct State;
    std::shared_ptr<State> state_;
  };

  /// One call later; setting it anew replaces the call before.
  class Alarm {
   public:
    explicit Alarm(Reactor& reactor);
    ~Alarm();
    void set(std::chrono::milliseconds delay, std::function<void()> due);
    void cancel();

   private:
    struct State;
    std::shared_ptr<State> state_;
  };

 private:
  std::unique_ptr<Io> io_;
};

}  // namespace lamella::http
