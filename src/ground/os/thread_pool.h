// SPDX-License-Identifier: Apache-2.0
//
// A fixed number of threads and the two ways to use them.
//
// Invariants
//   P1 parallel_for claims indices in ascending order, so a caller that sorts its work largest first gets
//      it started largest first.
//   P2 The error it returns is the one of the lowest index that fails, however threads are timed.
//   P3 The calling thread works too: parallel_for inside a task of the same pool cannot deadlock.
//
// Threads: every method from any thread.  The destructor runs what was submitted, then joins.
//
//   LAMELLA_TRY(pool.parallel_for(wheels.size(), [&](std::size_t i) { return fetch(wheels[i]); }, stop));
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

namespace lamella::os {

class ThreadPool {
 public:
  /// 0: as many as there are processors to use.  A parallel_for from outside keeps this many busy, the caller
  /// among them: with 1 everything runs on the caller, one after the other.
  explicit ThreadPool(unsigned threads = 0);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool();

  unsigned size() const { return static_cast<unsigned>(threads_.size()); }

  /// Runs `work` on some thread.  Dropping the future does not wait.
  template <class F>
  auto submit(F work) -> std::future<std::invoke_result_t<F&>> {
    using R = std::invoke_result_t<F&>;
    auto task = std::make_shared<std::packaged_task<R()>>(std::move(work));
    auto future = task->get_future();
    enqueue([task] { (*task)(); });
    return future;
  }

  /// work(0) ... work(n - 1), each once unless one fails or a stop is requested: then nothing new is begun,
  /// what runs is waited for, and that error, or kInterrupted, is returned.
  Result<> parallel_for(std::size_t n, const std::function<Result<>(std::size_t)>& work,
                        std::stop_token stop = {});

 private:
  void enqueue(std::function<void()> task);
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  bool closing_ = false;                     // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace lamella::os
