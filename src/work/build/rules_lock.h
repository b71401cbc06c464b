// SPDX-License-Identifier: Apache-2.0
//
// locks/rules.toml: what building found out and later builds take as given, so that they run straight and
// give the same bytes everywhere: which modules the functions import, per layer and distribution (bytecode
// goes there when a layer's `bytecode.traced` says so), which modules get bytecode where it does not fit a
// budget, and what prune rules may not drop because a proof broke.
//
// On disk: docs/formats/rules-lock.md.  parse is the inverse of render.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::build {

inline constexpr int kRulesSchema = 1;

/// Paths below site-packages, sorted, by (layer, distribution).
using TracedModules = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

/// A rule of one artifact that broke a proof, and what it may not drop since.
struct BackedOut {
  std::string artifact;  ///< the layer or function whose content the rule thinned
  std::string distribution;
  std::string rule;               ///< "scipy/linear-algebra-only", "drop scipy/io/**"
  std::vector<std::string> keep;  ///< patterns, sorted
  std::string version;            ///< of the distribution, when it was found
  std::string why;                ///< what failed without them

  auto key() const { return std::tie(artifact, distribution, rule); }
  bool operator==(const BackedOut&) const = default;
};

/// Of a layer whose bytecode does not fit its budget: the modules of one distribution that get theirs all the
/// same.
struct BytecodeLimit {
  std::string layer;
  std::string distribution;
  std::string version;  ///< of the distribution, when it was measured; the row holds for no other
  std::vector<std::string> modules;  ///< below site-packages, sorted
  std::int64_t bytes = 0;            ///< that their bytecode adds
  std::uint64_t saved_us = 0;        ///< that they took to compile, over all that ran
  std::uint64_t without = 0;         ///< modules that get none
  std::uint64_t without_us = 0;      ///< that those take to compile

  auto key() const { return std::tie(layer, distribution); }
  bool operator==(const BytecodeLimit&) const = default;
};

/// What the rows of one layer were chosen for: build/placement.h.
struct Placement {
  std::string inputs;   ///< digest of its budget, packages and settings
  std::string imports;  ///< digest of what its functions import of it; "" where not all of them were proved

  bool operator==(const Placement&) const = default;
};

/// Libraries of one distribution in one artifact that load as the wheel brings them and not when stripped.
struct Unstripped {
  std::string artifact;
  std::string distribution;
  std::vector<std::string> files;  ///< below site-packages, sorted
  std::string why;                 ///< what the loader said of the first

  auto key() const { return std::tie(artifact, distribution); }
  bool operator==(const Unstripped&) const = default;
};

struct RulesLock {
  TracedModules traced;
  std::vector<BytecodeLimit> limits;        ///< sorted by key, which is unique
  std::map<std::string, Placement> placed;  ///< by layer
  std::vector<Unstripped> unstripped;       ///< sorted by key, which is unique
  std::vector<BackedOut> backed_out;        ///< sorted by key, which is unique

  bool has_layer(const std::string& layer) const;
  const Placement* find_placement(const std::string& layer) const;
  /// All that is said of its bytecode within its budget.
  void forget_placement(const std::string& layer);
  /// In the place of what is known of that layer.
  void set_limits(const std::string& layer, const std::vector<BytecodeLimit>& rows);
  /// Joins with what is known of the same rule; the newer version and reason stay.  True if a pattern is new.
  bool add(const BackedOut& found);
  bool add(const Unstripped& found);
  bool operator==(const RulesLock&) const = default;
};

/// Errors: usage, with the place.
Result<RulesLock> parse_rules_lock(std::string_view text, std::string_view file);
std::string render_rules_lock(const RulesLock& rules);

inline constexpr std::string_view kRulesLockPath = "locks/rules.toml";
/// Empty when there is no such file.
Result<RulesLock> load_rules_lock(const base::FileTree& tree);

}  // namespace lamella::build
