// SPDX-License-Identifier: Apache-2.0
//
// What the locks that `lock` and `build` write beside the workspace have in common (rules, releases, external
// layers): TOML of one schema, with lists of texts in order.
//
// Errors: corrupt (a newer version wrote it), usage (malformed, or of a schema of before), with the place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/value.h"

namespace lamella::build {

struct LockKind {
  int schema;
  std::string_view name;    ///< "the rules lock"
  std::string_view remedy;  ///< for one of a schema of before
};

Result<document::Value> parse_lock_text(std::string_view text, std::string_view file, const LockKind& kind);

std::vector<std::string> sorted_texts(const document::Value& row, std::string_view key);

}  // namespace lamella::build
