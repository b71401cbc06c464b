// SPDX-License-Identifier: Apache-2.0
//
// The schema's constraints on members, all of a request told in one ValidationException as the service does:
// "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: Member must ...; ...".
//
//   Constraints constraints;
//   constraints.range("timeout", timeout, 1, 900);
//   LAMELLA_TRY(constraints.verdict());
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::endpoint {

inline constexpr std::string_view kLayerNamePattern =
    "(arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+";

class Constraints {
 public:
  static std::string pattern_text(std::string_view pattern);

  void longest(std::string_view member, std::string_view value, std::size_t most);
  void range(std::string_view member, std::int64_t value, std::int64_t least, std::int64_t most);
  /// A number that need not be whole.
  void between(std::string_view member, double value, double least, double most);
  void at_most_items(std::string_view member, const std::vector<std::string>& values, std::size_t most);
  void one_of(std::string_view member, std::string_view value, std::span<const std::string_view> allowed);
  void qualifier(std::string_view member, std::string_view value);
  /// Adds a violation unless `holds`.
  void require(bool holds, std::string_view member, std::string_view value, std::string constraint);

  /// Ok, or the ValidationException.
  Result<> verdict() const;

 private:
  std::vector<std::string> violations_;
};

}  // namespace lamella::endpoint
