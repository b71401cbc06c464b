// SPDX-License-Identifier: Apache-2.0
//
// Time, passed in.  Timers and measurements use monotonic(); records use wall().
//
// Threads: every method from any thread.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace lamella::os {

using MonotonicTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime monotonic() const = 0;
  virtual WallTime wall() const = 0;
  /// Sleeps; false if `stop` was requested before the time was over.
  virtual bool sleep(std::chrono::milliseconds duration, std::stop_token stop = {}) = 0;

  /// wall() as RFC 3339.
  std::string timestamp() const;
};

Clock& system_clock();

/// Stands still until it is moved; sleep() moves it.  For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start = WallTime(std::chrono::seconds(1'700'000'000))) : start_(start) {}
  MonotonicTime monotonic() const override;
  WallTime wall() const override;
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop = {}) override;
  void advance(std::chrono::milliseconds duration);

 private:
  mutable std::mutex mutex_;
  WallTime start_;
  std::chrono::milliseconds passed_{0};
};

/// "2026-11-21T06:02:33.120Z": RFC 3339, UTC, always three decimals, so that text order is time order.
std::string render_time(WallTime time);
/// Any RFC 3339 date-time; decimals beyond milliseconds are cut.  nullopt if it is none.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace lamella::os
