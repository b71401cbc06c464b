// SPDX-License-Identifier: Apache-2.0
#include "wire/timestamp.h"

#include <fmt/format.h>

#include <array>

namespace lamella::wire {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<seconds> time;
};

Parts parts_of(sys_seconds instant) {
  const auto day = std::chrono::floor<days>(instant);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<seconds>(instant - day)};
}

/// Reads fixed-width fields from the front of a text; after the first mismatch nothing more matches.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits) ok_ = false;
    for (std::size_t i = 0; ok_ && i < digits; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') ok_ = false;
      value = value * 10 + (c - '0');
    }
    if (ok_) rest_.remove_prefix(digits);
    return ok_ ? value : 0;
  }
  void literal(std::string_view text) {
    if (!take(text)) ok_ = false;
  }
  bool take(std::string_view text) {
    if (!ok_ || !rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  template <std::size_t N>
  unsigned word(const std::array<std::string_view, N>& words) {
    for (unsigned i = 0; i < N; ++i) {
      if (take(words[i])) return i + 1;
    }
    ok_ = false;
    return 1;
  }
  bool digit_next() const { return ok_ && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<sys_seconds> assemble(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace

std::string render_timestamp(Instant instant) {
  const auto whole = std::chrono::floor<seconds>(instant);
  const Parts p = parts_of(whole);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+0000", static_cast<int>(p.date.year()),
                     static_cast<unsigned>(p.date.month()), static_cast<unsigned>(p.date.day()),
                     p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count(),
                     std::chrono::duration_cast<milliseconds>(instant - whole).count());
}

std::optional<Instant> parse_timestamp(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  reader.literal("-");
  const int month = reader.number(2);
  reader.literal("-");
  const int day = reader.number(2);
  reader.literal("T");
  const int hour = reader.number(2);
  reader.literal(":");
  const int minute = reader.number(2);
  reader.literal(":");
  const int second = reader.number(2);
  int fraction = 0;
  if (reader.take(".")) {
    int weight = 100;
    while (reader.digit_next()) {
      fraction += reader.number(1) * weight;
      weight /= 10;
    }
  }
  if (!reader.take("Z") && !reader.take("+0000") && !reader.take("+00:00")) return std::nullopt;
  const auto whole = assemble(year, month, day, hour, minute, second);
  if (!whole || !reader.done()) return std::nullopt;
  return *whole + milliseconds(fraction);
}

std::string render_basic_time(sys_seconds time) {
  const Parts p = parts_of(time);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(p.date.year()),
                     static_cast<unsigned>(p.date.month()), static_cast<unsigned>(p.date.day()),
                     p.time.hours().count(), p.time.minutes().count(), p.time.seconds().count());
}

std::optional<sys_seconds> parse_basic_time(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4);
  const int month = reader.number(2);
  const int day = reader.number(2);
  reader.literal("T");
  const int hour = reader.number(2);
  const int minute = reader.number(2);
  const int second = reader.number(2);
  reader.literal("Z");
  if (!reader.done()) return std::nullopt;
  return assemble(year, month, day, hour, minute, second);
}

std::string render_http_date(sys_seconds time) {
  const Parts p = parts_of(time);
  const std::chrono::weekday weekday(sys_days(p.date));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kWeekdays[weekday.c_encoding()],
                     static_cast<unsigned>(p.date.day()), kMonths[static_cast<unsigned>(p.date.month()) - 1],
                     static_cast<int>(p.date.year()), p.time.hours().count(), p.time.minutes().count(),
                     p.time.seconds().count());
}

std::optional<sys_seconds> parse_http_date(std::string_view text) {
  Reader reader(text);
  reader.word(kWeekdays);
  reader.literal(", ");
  const int day = reader.number(2);
  reader.literal(" ");
  const unsigned month = reader.word(kMonths);
  reader.literal(" ");
  const int year = reader.number(4);
  reader.literal(" ");
  const int hour = reader.number(2);
  reader.literal(":");
  const int minute = reader.number(2);
  reader.literal(":");
  const int second = reader.number(2);
  reader.literal(" GMT");
  if (!reader.done()) return std::nullopt;
  return assemble(year, static_cast<int>(month), day, hour, minute, second);
}

}  // namespace lamella::wire
