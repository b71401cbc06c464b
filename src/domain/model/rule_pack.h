// SPDX-License-Identifier: Apache-2.0
//
// A prune pack: what may be left out of a distribution, with the reason and the proof it needs.
// Patterns are on paths below the module root (site-packages).
#pragma once

#include <string>
#include <vector>

#include "model/glob.h"
#include "model/packaging.h"

namespace lamella::model {

/// A distribution that a rule relies on, in versions of which its reason is true.
struct RuleNeed {
  std::string name;       ///< normalised
  std::string specifier;  ///< ">=1.22,<2"; "" for any version

  bool operator==(const RuleNeed&) const = default;
};

struct PruneRule {
  std::string id;                              ///< unique within the pack, e.g. "tests"
  PruneProfile profile = PruneProfile::kSafe;  ///< the mildest profile it applies to
  bool by_name = false;  ///< part of no profile: applies where `prune.extra` names it ("extra" in the file)
  std::vector<Glob> drop;
  std::vector<Glob> keep;       ///< exceptions to `drop`
  std::vector<RuleNeed> needs;  ///< that must be in the layer or below it
  std::string why;
};

struct RulePack {
  int schema = 1;
  std::string pack;
  std::string distribution;  ///< normalised name, or "*" for every distribution
  std::vector<PruneRule> rules;
};

/// True if `rule` is part of `profile`: kSafe rules apply to kAggressive too, none to kNone; one by name to
/// none.
bool applies(const PruneRule& rule, PruneProfile profile);

}  // namespace lamella::model
