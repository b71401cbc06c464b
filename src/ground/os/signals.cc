// SPDX-License-Identifier: Apache-2.0
#include "os/signals.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

#include "os/retry.h"

namespace lamella::os {
namespace {

// A handler reaches nothing but globals, and may only touch what is lock-free.
std::atomic<int> first_signal{0};
std::atomic<int> wake_descriptor{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int number) {
  const int saved = errno;
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, number)) ::_exit(128 + number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wake_descriptor.load(), &one, sizeof one);
  errno = saved;
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptHandler::InterruptHandler() : wake_(::eventfd(0, EFD_CLOEXEC)) {
  first_signal = 0;
  wake_descriptor = wake_.get();
  watcher_ = std::thread([this] {
    std::uint64_t count = 0;
    retry([&] { return ::read(wake_.get(), &count, sizeof count); });
    if (first_signal != 0) source_.request_stop();
  });
  install(on_signal);
}

InterruptHandler::~InterruptHandler() {
  install(SIG_DFL);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wake_.get(), &one, sizeof one);
  watcher_.join();
  wake_descriptor = -1;
}

std::optional<base::ErrorCode> InterruptHandler::code() const {
  switch (first_signal.load()) {
    case 0: return std::nullopt;
    case SIGTERM: return base::ErrorCode::kTerminated;
    default: return base::ErrorCode::kInterrupted;
  }
}

}  // namespace lamella::os
