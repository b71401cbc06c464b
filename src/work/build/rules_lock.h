// SPDX-License-Identifier: Apache-2.0
//
// locks/rules.toml: what building found out and later builds take as given, so that they run straight and
// give the same bytes everywhere.  Today: which modules the functions import, per layer and distribution;
// that is where bytecode goes when a layer's `bytecode.traced` says so.
//
// On disk: docs/formats/rules-lock.md.  parse is the inverse of render.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::build {

inline constexpr int kRulesSchema = 1;

/// Paths below site-packages, sorted, by (layer, distribution).
using TracedModules = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

struct RulesLock {
  TracedModules traced;

  bool has_layer(const std::string& layer) const;
  bool operator==(const RulesLock&) const = default;
};

/// Errors: usage, with the place.
Result<RulesLock> parse_rules_lock(std::string_view text, std::string_view file);
std::string render_rules_lock(const RulesLock& rules);

inline constexpr std::string_view kRulesLockPath = "locks/rules.toml";
/// Empty when there is no such file.
Result<RulesLock> load_rules_lock(const base::FileTree& tree);

}  // namespace lamella::build
