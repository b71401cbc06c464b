// SPDX-License-Identifier: Apache-2.0
#include "model/rule_pack.h"

namespace lamella::model {

bool applies(const PruneRule& rule, PruneProfile profile) {
  if (rule.by_name || profile == PruneProfile::kNone || rule.profile == PruneProfile::kNone) return false;
  return profile == PruneProfile::kAggressive || rule.profile == PruneProfile::kSafe;
}

}  // namespace lamella::model
