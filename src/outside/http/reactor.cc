// SPDX-License-Identifier: Apache-2.0
#include "http/reactor.h"

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer does not know fences.  Asio's order nothing that its queue's mutex does not order too.
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace lamella::http {

namespace asio = boost::asio;
using Code = boost::system::error_code;

struct Reactor::Io {
  /// Asio keeps what the loop itself posts in a queue of its own, so that it may come after what another
  /// thread posted later.  Pieces of a stream need one order.
  void run_posted() {
    std::deque<std::function<void()>> now;
    {
      const std::lock_guard lock(mutex);
      now.swap(posted);
    }
    for (auto& function : now) std::exchange(function, nullptr)();
  }

  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  std::atomic<std::thread::id> thread{};
  std::mutex mutex;
  std::deque<std::function<void()>> posted;  ///< destroyed before the context that its sockets need
};

Reactor::Reactor() : io_(std::make_unique<Io>()) {}
Reactor::~Reactor() = default;

void Reactor::run() {
  io_->thread = std::this_thread::get_id();
  io_->context.run();
  io_->thread = std::thread::id();
}

void Reactor::stop() { io_->context.stop(); }

bool Reactor::on_loop() const { return io_->thread.load() == std::this_thread::get_id(); }

void Reactor::post(std::function<void()> function) {
  const std::lock_guard lock(io_->mutex);
  io_->posted.push_back(std::move(function));
  if (io_->posted.size() == 1) asio::post(io_->context, [io = io_.get()] { io->run_posted(); });
}

struct Reactor::Watch::State {
  State(asio::io_context& context, os::UniqueFd fd) : descriptor(context, fd.release()) {}
  asio::posix::stream_descriptor descriptor;
  bool open = true;
};

Reactor::Watch::Watch(Reactor& reactor, os::UniqueFd fd)
    : state_(std::make_shared<State>(reactor.io_->context, std::move(fd))) {}

Reactor::Watch::~Watch() { close(); }

int Reactor::Watch::fd() const { return state_->descriptor.native_handle(); }

void Reactor::Watch::when_readable(std::function<void()> ready) {
  state_->descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                [state = state_, ready = std::move(ready)](const Code& code) {
                                  if (state->open && !code) ready();
                                });
}

void Reactor::Watch::when_writable(std::function<void()> ready) {
  state_->descriptor.async_wait(asio::posix::stream_descriptor::wait_write,
                                [state = state_, ready = std::move(ready)](const Code& code) {
                                  if (state->open && !code) ready();
                                });
}

void Reactor::Watch::close() {
  if (!state_->open) return;
  state_->open = false;
  Code ignored;
  state_->descriptor.close(ignored);
}

struct Reactor::Alarm::State {
  explicit State(asio::io_context& context) : timer(context) {}
  asio::steady_timer timer;
  std::uint64_t round = 0;  ///< a call that was already queued when it was replaced or cancelled is not made
};

Reactor::Alarm::Alarm(Reactor& reactor) : state_(std::make_shared<State>(reactor.io_->context)) {}

Reactor::Alarm::~Alarm() { cancel(); }

void Reactor::Alarm::set(std::chrono::milliseconds delay, std::function<void()> due) {
  const std::uint64_t round = ++state_->round;
  state_->timer.expires_after(delay);
  state_->timer.async_wait([state = state_, round, due = std::move(due)](const Code& code) {
    if (!code && state->round == round) due();
  });
}

void Reactor::Alarm::cancel() {
  ++state_->round;
  Code ignored;
  state_->timer.cancel(ignored);
}

}  // namespace lamella::http
