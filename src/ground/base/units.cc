// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <utility>

namespace lamella::base {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 9> kSizeUnits = {{{"B", 1},
                                             {"kB", 1'000},
                                             {"KB", 1'000},
                                             {"MB", 1'000'000},
                                             {"GB", 1'000'000'000},
                                             {"KiB", 1ULL << 10},
                                             {"MiB", 1ULL << 20},
                                             {"GiB", 1ULL << 30},
                                             {"TB", 1'000'000'000'000}}};
constexpr std::array<Unit, 5> kTimeUnits = {
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

constexpr std::string_view kDigits = "0123456789";

/// A decimal number with an optional fraction, times the unit behind it; nullopt on any overflow.
std::optional<std::uint64_t> scaled(std::string_view number, std::uint64_t unit) {
  const auto dot = number.find('.');
  const std::string_view whole = number.substr(0, dot);
  std::uint64_t value = 0;
  if (std::from_chars(whole.data(), whole.data() + whole.size(), value).ec != std::errc())
    return std::nullopt;
  if (unit != 0 && value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / unit) {
    return std::nullopt;
  }
  std::uint64_t total = value * unit;
  std::uint64_t part = unit;
  for (const char c : dot == std::string_view::npos ? std::string_view() : number.substr(dot + 1)) {
    part /= 10;
    total += part * static_cast<std::uint64_t>(c - '0');
  }
  return total;
}

bool is_number(std::string_view text) {
  const auto dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "0" : text.substr(dot + 1);
  return !whole.empty() && !fraction.empty() && whole.find_first_not_of(kDigits) == std::string_view::npos &&
         fraction.find_first_not_of(kDigits) == std::string_view::npos;
}

Result<std::uint64_t> parse_with(std::string_view text, std::span<const Unit> units, std::string_view noun,
                                 std::string_view example) {
  const auto split = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, split);
  std::string_view suffix = text.substr(split);
  while (suffix.starts_with(' ')) suffix.remove_prefix(1);
  const auto fail = [&](std::string why) {
    return Error(ErrorCode::kUsage, fmt::format("'{}' is not a {}", escaped(text), noun))
        .because(std::move(why))
        .remedy(fmt::format("write it with a unit, such as \"{}\"", example));
  };
  if (!is_number(number)) return fail("it does not start with a plain number");
  for (const auto& [name, factor] : units) {
    if (suffix != name) continue;
    const auto value = scaled(number, factor);
    if (!value) return fail("it is too large");
    return *value;
  }
  return fail(suffix.empty() ? "it has no unit" : fmt::format("'{}' is not a known unit", escaped(suffix)));
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_with(text, kSizeUnits, "size", "100 MB");
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_size(std::uint64_t bytes) {
  if (bytes < 1'000) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 4> kNames = {"kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes) / 1e3;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kNames.size()) {
    value /= 1e3;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  LAMELLA_TRY_ASSIGN(const std::uint64_t value, parse_with(text, kTimeUnits, "duration", "30s"));
  return std::chrono::milliseconds(value);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const double ms = static_cast<double>(duration.count()) / 1e6;
  if (ms < 10) return fmt::format("{:.1f} ms", ms);
  if (ms < 1'000) return fmt::format("{:.0f} ms", ms);
  if (ms < 60'000) return fmt::format("{:.2f} s", ms / 1e3);
  const auto seconds = static_cast<std::int64_t>(ms / 1e3);
  return fmt::format("{} min {} s", seconds / 60, seconds % 60);
}

}  // namespace lamella::base
