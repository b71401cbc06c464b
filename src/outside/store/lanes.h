// SPDX-License-Identifier: Apache-2.0
//
// How many large downloads run at once.  One that has the line to itself is there soonest, and its work can begin
// while the next one comes; where all share the line, all arrive at its end.  But a single connection need not
// fill a line: its speed may be bounded by the way to the server.  So the first large download runs alone, then a
// second joins it, and when both together are not much faster than the one was, it stays at one after the other.
//
// Who waits has asked its server already and heard how long the answer is.  A server does not wait for ever, so
// after `patience` it goes on, place or not.
//
// Invariants (lanes_test.cc)
//   L1 one place until a measurement shows otherwise, two while the second is measured, then one or all.
//   L2 enter() waits only while somebody else is inside, and no longer than `patience`; the first ones also wait
//      for those that answer within `gathering`.
//   L3 of those that wait the largest is next; for a measurement, which takes from the one inside, the smallest.
//
// Threads: every method from any thread.
//
//   if (!lanes.enter(size, stop)) return interrupted;
//   ... lanes.count(bytes) as they come ...
//   lanes.leave();
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include "os/clock.h"

namespace lamella::store {

class Lanes {
 public:
  /// Left out of a measurement: a connection is slow at its start.
  static constexpr std::chrono::milliseconds kStart{150};
  static constexpr std::chrono::milliseconds kMeasured{100};
  /// A second connection is worth its place where both bring so many times what one brought.
  static constexpr double kWorthIt = 1.4;

  /// Servers close a connection that takes nothing for a minute.
  static constexpr std::chrono::seconds kPatience{20};
  /// The first to enter waits so long for a larger one, whose answer may come a moment later.
  static constexpr std::chrono::milliseconds kGathering{20};

  struct Waits {
    std::chrono::milliseconds gathering = kGathering;
    std::chrono::milliseconds patience = kPatience;
  };
  Lanes(unsigned most, const os::Clock& clock, Waits waits) : most_(most), clock_(clock), waits_(waits) {}
  Lanes(unsigned most, const os::Clock& clock) : Lanes(most, clock, Waits()) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// Waits for a place.  False where there will be none: a stop was requested, or close() called.
  bool enter(std::uint64_t size, const std::stop_token& stop);
  void leave();
  /// Bytes that came, of any download.
  void count(std::uint64_t bytes);
  /// Nobody enters any more.
  void close();

  /// Ends the wait for larger ones before its time.
  void gathered();

  unsigned limit() const;
  std::size_t waiting() const;

 private:
  enum class Phase { kAlone, kPaired, kSettled };
  struct Measurement {
    os::MonotonicTime from;
    std::uint64_t bytes = 0;
  };

  /// Whether one of that size may go in now.
  bool is_next(std::uint64_t size) const;
  /// Bytes a second, once they are known.
  std::optional<double> measure(std::uint64_t bytes);
  void conclude(double rate);

  const unsigned most_;
  const os::Clock& clock_;
  const Waits waits_;
  std::atomic<bool> settled_{false};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Phase phase_ = Phase::kAlone;  // guarded by mutex_, as all below
  unsigned limit_ = 1;
  unsigned inside_ = 0;
  bool closed_ = false;
  bool gathered_ = false;
  std::multiset<std::uint64_t> waiting_;    ///< sizes
  double alone_ = 0;                        ///< bytes a second of one
  std::optional<Measurement> measurement_;  ///< since as many are inside as the phase wants
};

}  // namespace lamella::store
