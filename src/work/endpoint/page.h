// SPDX-License-Identifier: Apache-2.0
//
// Cutting a list into pages: Marker and MaxItems in, NextMarker out.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "endpoint/constraints.h"
#include "endpoint/service.h"
#include "wire/service_error.h"

namespace lamella::endpoint {

struct PageLimits {
  std::int64_t most;     ///< MaxItems may be
  std::int64_t at_once;  ///< and the service gives
};

/// Leaves of `items` what the call asks for; returns the marker of the rest, if there is any.
template <class T>
Result<std::optional<std::string>> cut_page(std::vector<T>& items, const Call& call, PageLimits limits) {
  const auto number = [&](const char* member, std::int64_t absent) -> Result<std::int64_t> {
    const auto text = call.route.member(member);
    if (!text || text->empty()) return absent;
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (failure == std::errc() && end == text->data() + text->size() && value >= 0) return value;
    return wire::invalid_parameter(std::string("Invalid ") + member);
  };
  LAMELLA_TRY_ASSIGN(const std::int64_t wanted, number("MaxItems", limits.at_once));
  LAMELLA_TRY_ASSIGN(const std::int64_t marker, number("Marker", 0));
  Constraints constraints;
  constraints.range("maxItems", wanted, 1, limits.most);
  LAMELLA_TRY(constraints.verdict());
  const auto from = std::min(static_cast<std::size_t>(marker), items.size());
  const auto count =
      std::min(static_cast<std::size_t>(std::min(wanted, limits.at_once)), items.size() - from);
  std::optional<std::string> next;
  if (from + count < items.size()) next = std::to_string(from + count);
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(from + count), items.end());
  items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(from));
  return next;
}

}  // namespace lamella::endpoint
