// SPDX-License-Identifier: Apache-2.0
//
// Sizes, counts and durations as people write them.  "100 MB" is 10^8 bytes, "250 MiB" is 262,144,000;
// durations are "5ms", "30s", "5m", "2h", "7d".  A bare number is refused for both: the unit is
// part of the meaning.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::base {

/// Errors: usage, also when the value does not fit 64 bits.
Result<std::uint64_t> parse_size(std::string_view text);
/// Decimal units, three significant digits at least: "99.8 MB", "812 B".
std::string format_size(std::uint64_t bytes);

/// "1 file", "2 files".
std::string counted(std::uint64_t count, std::string_view noun);

/// Errors: usage, also on overflow.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// "850 ms", "2.41 s", "3 min 12 s".
std::string format_duration(std::chrono::nanoseconds duration);

}  // namespace lamella::base
