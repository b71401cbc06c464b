// SPDX-License-Identifier: Apache-2.0
#include "endpoint/constraints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "base/units.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

/// What is quoted of a value that may be megabytes long.
constexpr std::size_t kShownBytes = 400;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string Constraints::pattern_text(std::string_view pattern) {
  return fmt::format("Member must satisfy regular expression pattern: {}", pattern);
}

void Constraints::require(bool holds, std::string_view member, std::string_view value,
                          std::string constraint) {
  if (holds) return;
  violations_.push_back(fmt::format("Value '{}' at '{}' failed to satisfy constraint: {}",
                                    base::escaped(value.substr(0, kShownBytes)), member, constraint));
}

void Constraints::longest(std::string_view member, std::string_view value, std::size_t most) {
  require(value.size() <= most, member, value,
          fmt::format("Member must have length less than or equal to {}", most));
}

void Constraints::range(std::string_view member, std::int64_t value, std::int64_t least, std::int64_t most) {
  const std::string text = std::to_string(value);
  require(value >= least, member, text,
          fmt::format("Member must have value greater than or equal to {}", least));
  require(value <= most, member, text, fmt::format("Member must have value less than or equal to {}", most));
}

void Constraints::between(std::string_view member, double value, double least, double most) {
  const std::string text = fmt::format("{}", value);
  require(value >= least, member, text,
          fmt::format("Member must have value greater than or equal to {}", least));
  require(value <= most, member, text, fmt::format("Member must have value less than or equal to {}", most));
}

void Constraints::at_most_items(std::string_view member, const std::vector<std::string>& values,
                                std::size_t most) {
  require(values.size() <= most, member, fmt::format("[{}]", fmt::join(values, ", ")),
          fmt::format("Member must have length less than or equal to {}", most));
}

void Constraints::one_of(std::string_view member, std::string_view value,
                         std::span<const std::string_view> allowed) {
  require(std::find(allowed.begin(), allowed.end(), value) != allowed.end(), member, value,
          fmt::format("Member must satisfy enum value set: [{}]", fmt::join(allowed, ", ")));
}

void Constraints::qualifier(std::string_view member, std::string_view value) {
  const bool plain = !value.empty() && std::all_of(value.begin(), value.end(), is_plain);
  require(plain || value == "$LATEST", member, value, pattern_text("(|[a-zA-Z0-9$_-]+)"));
  longest(member, value, 128);
}

Result<> Constraints::verdict() const {
  if (violations_.empty()) return {};
  return wire::refuse("ValidationException",
                      fmt::format("{} detected: {}", base::counted(violations_.size(), "validation error"),
                                  fmt::join(violations_, "; ")));
}

}  // namespace lamella::endpoint
