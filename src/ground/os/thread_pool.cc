// SPDX-License-Identifier: Apache-2.0
#include "os/thread_pool.h"

#include <algorithm>
#include <optional>

#include "os/environment.h"

namespace lamella::os {
namespace {

/// One parallel_for, shared by the caller and its helpers; it outlives helpers that come too late.
class Loop {
 public:
  Loop(std::size_t n, const std::function<Result<>(std::size_t)>& work, std::stop_token stop)
      : n_(n), work_(work), stop_(std::move(stop)) {}

  /// Works until nothing is left to claim.
  void help() {
    std::unique_lock lock(mutex_);
    while (!failure_ && next_ < n_ && !stop_.stop_requested()) {
      const std::size_t index = next_++;
      ++running_;
      lock.unlock();
      Result<> result = work_(index);
      lock.lock();
      --running_;
      if (!result && (!failure_ || index < failed_index_)) {
        failure_ = std::move(result).error();
        failed_index_ = index;
      }
    }
    idle_.notify_all();
  }

  /// REQUIRES: the caller's help() has returned, so nothing new is claimed.
  Result<> wait() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return running_ == 0; });
    if (failure_) return *failure_;
    if (next_ < n_) return Error(ErrorCode::kInterrupted, "interrupted");
    return {};
  }

 private:
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t n_;
  const std::function<Result<>(std::size_t)>& work_;  // alive while an index is left to claim
  std::stop_token stop_;
  std::size_t next_ = 0;  // guarded by mutex_, as all below
  std::size_t running_ = 0;
  std::optional<Error> failure_;
  std::size_t failed_index_ = 0;
};

}  // namespace

ThreadPool::ThreadPool(unsigned threads) {
  const unsigned count = threads > 0 ? threads : cpu_count();
  threads_.reserve(count);
  for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { serve(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::enqueue(std::function<void()> task) {
  // Notified under the lock: the task may run, and what it says may end the pool, before a later call
  // returns.
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  wake_.notify_one();
}

void ThreadPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return closing_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

Result<> ThreadPool::parallel_for(std::size_t n, const std::function<Result<>(std::size_t)>& work,
                                  std::stop_token stop) {
  const auto loop = std::make_shared<Loop>(n, work, std::move(stop));
  const std::size_t helpers = std::min<std::size_t>(n, size()) - (n > 0 ? 1 : 0);
  for (std::size_t i = 0; i < helpers; ++i) enqueue([loop] { loop->help(); });
  loop->help();
  return loop->wait();
}

}  // namespace lamella::os
