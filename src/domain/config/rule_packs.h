// SPDX-License-Identifier: Apache-2.0
//
// Prune packs: the ones compiled in (rules/*.toml) and the parser for them.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/rule_pack.h"

namespace lamella::config {

/// Errors: usage, with position and nearest key.
Result<model::RulePack> parse_rule_pack(std::string_view text, std::string_view file);

/// Every pack this binary carries, sorted by file name.  Errors: internal (a pack does not parse).
Result<std::vector<model::RulePack>> built_in_rule_packs();

}  // namespace lamella::config
