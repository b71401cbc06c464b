// SPDX-License-Identifier: Apache-2.0
#include "http/loop.h"

#include <pthread.h>

#include <csignal>

#include "http/listener_state.h"

namespace lamella::http {
namespace {

constexpr std::size_t kScratch = std::size_t{128} * 1024;

/// Signals are for other threads; SIGPIPE, which sendfile() cannot turn off, is for nobody.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
}

}  // namespace

Loop::Loop(ServerOptions options) : options_(options), scratch_(kScratch) {}

Loop::~Loop() { stop(std::chrono::milliseconds(0)); }

void Loop::start() {
  thread_ = std::thread([this] {
    block_signals();
    reactor_.run();
  });
}

void Loop::stop(std::chrono::milliseconds drain) {
  const std::lock_guard stopping(stop_mutex_);
  if (!thread_.joinable()) return;
  post([this, drain] { begin_drain(drain); });
  thread_.join();
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  run_waiting();
  for (const auto& listener : listeners_) listener->close();
  listeners_.clear();
  timers_.clear();
  drain_alarm_.reset();
}

void Loop::begin_drain(std::chrono::milliseconds drain) {
  draining_ = true;
  for (const auto& listener : listeners_) listener->begin_drain();
  if (drain.count() <= 0) return reactor_.stop();
  drain_alarm_ = std::make_unique<Reactor::Alarm>(reactor_);
  drain_alarm_->set(drain, [this] { reactor_.stop(); });
  connection_ended();
}

void Loop::connection_ended() {
  if (!draining_) return;
  for (const auto& listener : listeners_) {
    if (listener->connections() != 0) return;
  }
  reactor_.stop();
}

void Loop::run_and_wait(const std::function<void()>& function) {
  if (reactor_.on_loop()) return function();
  Waiting waiting{.function = &function};
  std::unique_lock lock(mutex_);
  if (ended_) {
    lock.unlock();
    return function();
  }
  waiting_.push_back(&waiting);
  post([this] { run_waiting(); });
  waited_.wait(lock, [&waiting] { return waiting.done; });
}

void Loop::run_waiting() {
  std::unique_lock lock(mutex_);
  std::vector<Waiting*> now;
  now.swap(waiting_);
  for (Waiting* waiting : now) {
    lock.unlock();
    (*waiting->function)();
    lock.lock();
    waiting->done = true;
    waited_.notify_all();
  }
}

std::shared_ptr<TimerState> Loop::call_after(std::chrono::milliseconds delay,
                                             std::function<void()> function) {
  const std::uint64_t id = ++last_timer_;
  auto state = std::make_shared<TimerState>(weak_from_this(), id);
  post([this, id, delay, state, function = std::move(function)]() mutable {
    if (state->cancelled()) return;
    auto& alarm = timers_[id] = std::make_unique<Reactor::Alarm>(reactor_);
    alarm->set(delay, [this, id, state, function = std::move(function)] {
      timers_.erase(id);
      if (!state->cancelled()) function();
    });
  });
  return state;
}

void Loop::cancel(std::uint64_t timer) {
  post([this, timer] { timers_.erase(timer); });
}

void TimerState::cancel() {
  if (cancelled_.exchange(true)) return;
  if (const auto loop = loop_.lock()) loop->cancel(id_);
}

void Loop::emit(base::Severity severity, std::string kind, std::string subject, std::string text) {
  if (options_.events == nullptr) return;
  options_.events->emit({.kind = std::move(kind),
                         .subject = std::move(subject),
                         .text = std::move(text),
                         .severity = severity,
                         .fields = {}});
}

void Loop::add(std::shared_ptr<ListenerState> listener) { listeners_.insert(std::move(listener)); }

void Loop::remove(const std::shared_ptr<ListenerState>& listener) {
  listeners_.erase(listener);
  connection_ended();
}

}  // namespace lamella::http
