// SPDX-License-Identifier: Apache-2.0
//
// The spellings of time on the wire.  Values only; nobody here asks what time it is.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::wire {

using Instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-11-21T01:07:34.305+0000": LastModified and CreatedDate of Lambda.
std::string render_timestamp(Instant instant);
/// The inverse; also takes "Z", "+00:00" and a missing or longer fraction, which other servers write.
std::optional<Instant> parse_timestamp(std::string_view text);

/// "20261121T010734Z": signing.
std::string render_basic_time(std::chrono::sys_seconds time);
std::optional<std::chrono::sys_seconds> parse_basic_time(std::string_view text);

/// "Sat, 21 Nov 2026 01:07:34 GMT": the Date header.
std::string render_http_date(std::chrono::sys_seconds time);
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace lamella::wire
