// SPDX-License-Identifier: Apache-2.0
#include "os/clock.h"

#include <fmt/format.h>

#include <charconv>
#include <condition_variable>

namespace lamella::os {
namespace {

class SystemClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
  bool sleep(std::chrono::milliseconds duration, std::stop_token stop) override {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, duration, [] { return false; });
    return !stop.stop_requested();
  }
};

/// Takes fixed-width numbers and punctuation off the front of a text; one failure spoils the rest.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  int number(std::size_t width) {
    int value = 0;
    if (rest_.size() < width) return fail();
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value;
  }
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_[0]) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool next_is_digit() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }

 private:
  int fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

int milliseconds_of(Fields& fields) {
  if (!fields.next_is('.')) return 0;
  fields.one_of(".");
  int value = 0;
  int digits = 0;
  for (; fields.next_is_digit() || digits == 0; ++digits) {
    const int digit = fields.number(1);
    if (!fields.good()) return 0;
    if (digits < 3) value = value * 10 + digit;
  }
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

std::chrono::minutes offset_of(Fields& fields) {
  const char sign = fields.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z' || !fields.good()) return {};
  const int hours = fields.number(2);
  fields.one_of(":");
  const int minutes = fields.number(2);
  if (hours > 23 || minutes > 59) fields.number(99);
  const auto offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
  return sign == '-' ? -offset : offset;
}

}  // namespace

std::string Clock::timestamp() const { return render_time(wall()); }

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

MonotonicTime ManualClock::monotonic() const {
  const std::lock_guard lock(mutex_);
  return MonotonicTime(passed_);
}

WallTime ManualClock::wall() const {
  const std::lock_guard lock(mutex_);
  return start_ + passed_;
}

bool ManualClock::sleep(std::chrono::milliseconds duration, std::stop_token stop) {
  if (stop.stop_requested()) return false;
  advance(duration);
  return true;
}

void ManualClock::advance(std::chrono::milliseconds duration) {
  const std::lock_guard lock(mutex_);
  passed_ += duration;
}

std::string render_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::optional<WallTime> parse_time(std::string_view text) {
  Fields fields(text);
  const int year = fields.number(4);
  fields.one_of("-");
  const int month = fields.number(2);
  fields.one_of("-");
  const int day = fields.number(2);
  fields.one_of("Tt ");
  const int hour = fields.number(2);
  fields.one_of(":");
  const int minute = fields.number(2);
  fields.one_of(":");
  const int second = fields.number(2);
  const int milliseconds = milliseconds_of(fields);
  const auto offset = offset_of(fields);
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  // 60: a leap second is a valid spelling, and the same instant as the next minute here.
  if (!fields.at_end() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) - offset +
         std::chrono::seconds(second) + std::chrono::milliseconds(milliseconds);
}

}  // namespace lamella::os
