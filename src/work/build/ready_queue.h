// SPDX-License-Identifier: Apache-2.0
//
// Work of which each piece waits for something of its own: handed out as that comes.  Once nothing waits any more
// the heaviest goes first, so that no thread is left with scipy when the others are done; until then the lightest,
// so that threads have work and are soon free for the heavy piece that is still to come.
//
// Invariants (ready_queue_test.cc)
//   R1 each position is handed out once at most, and never before it is ready.
//   R2 of those that are ready the lightest goes first while others wait, then the heaviest; of equally heavy
//      ones the lowest position.
//   R3 take() waits only for what may still come: not once everything was handed out, the queue is closed or
//      a stop is requested.
//
// Threads: every method from any thread.
//
//   ReadyQueue queue(wheels.size());
//   queue.ready(2, size);                                     // as each arrives
//   while (const auto i = queue.take(stop)) make(wheels[*i]);  // on several threads
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <utility>
#include <vector>

namespace lamella::build {

class ReadyQueue {
 public:
  /// Positions 0 to n - 1, all waiting.
  explicit ReadyQueue(std::size_t n) : waits_(n, true), waiting_(n), left_(n) {}

  /// Nothing happens when it was ready before.  REQUIRES: position < n.
  void ready(std::size_t position, std::uint64_t weight);
  /// All that still wait are ready, with weight 0.
  void ready_rest();
  /// Nothing more is handed out.
  void close();

  std::optional<std::size_t> take(const std::stop_token& stop);

 private:
  void admit(std::size_t position, std::uint64_t weight);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<bool> waits_;  // guarded by mutex_, as all below
  std::size_t waiting_;
  std::size_t left_;  ///< not handed out yet
  bool closed_ = false;
  std::set<std::pair<std::uint64_t, std::size_t>> ready_;  ///< the weight's complement, the position
};

}  // namespace lamella::build
