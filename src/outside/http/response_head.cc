// SPDX-License-Identifier: Apache-2.0
#include "http/response_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace lamella::http {
namespace {

bool fits_a_line(const Headers::Field& field) {
  const auto in_name = [](char c) { return c > ' ' && c < '\x7f' && c != ':'; };
  const auto in_value = [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
  };
  return !field.first.empty() && std::all_of(field.first.begin(), field.first.end(), in_name) &&
         std::all_of(field.second.begin(), field.second.end(), in_value);
}

bool belongs_to_server(std::string_view name) {
  static constexpr std::array<std::string_view, 4> kNames = {"Content-Length", "Transfer-Encoding",
                                                             "Connection", "Date"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [name](std::string_view one) { return same_ignoring_case(one, name); });
}

}  // namespace

bool bodiless(int status) { return status < 200 || status == 204 || status == 304; }

std::string render_http_date(os::WallTime time) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
                     kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                     kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<std::string> render_head(const Response& response, const HeadStyle& style, os::WallTime now) {
  if (response.status < 200 || response.status > 999) return std::nullopt;
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                                 reason_phrase(response.status), render_http_date(now));
  for (const auto& field : response.headers) {
    if (!fits_a_line(field)) return std::nullopt;
    if (!belongs_to_server(field.first)) head += fmt::format("{}: {}\r\n", field.first, field.second);
  }
  if (style.framing == Framing::kChunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (style.framing == Framing::kLength && !bodiless(response.status)) {
    head +=
        fmt::format("Content-Length: {}\r\n", response.file ? response.file->length : response.body.size());
  }
  if (style.close) {
    head += "Connection: close\r\n";
  } else if (style.minor_version == 0) {
    head += "Connection: keep-alive\r\n";
  }
  return head + "\r\n";
}

}  // namespace lamella::http
