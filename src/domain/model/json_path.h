// SPDX-License-Identifier: Apache-2.0
//
// The subset of JSONPath that a check may use: one value, no wildcards, no filters.
//
//   $   $.a.b   $.items[0].id   $['a key'].b   $.items[-1]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "document/value.h"

namespace lamella::model {

struct JsonPath {
  using Step = std::variant<std::string, std::int64_t>;  ///< member name, or index (negative from the end)
  std::vector<Step> steps;

  bool operator==(const JsonPath&) const = default;
};

/// Errors: usage.
Result<JsonPath> parse_json_path(std::string_view text);
/// The inverse of parse_json_path(), in the shortest spelling.
std::string to_string(const JsonPath& path);

/// The value at `path`, or nullptr.  Lives as long as `root`.
const document::Value* find(const document::Value& root, const JsonPath& path);

}  // namespace lamella::model
