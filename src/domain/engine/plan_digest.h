// SPDX-License-Identifier: Apache-2.0
//
// What a plan's digest is over: canonical JSON of strings, integers and booleans, so that anyone can compute
// it again.  Threads: a pure function.
#pragma once

#include <vector>

#include "base/digest.h"
#include "engine/plan.h"
#include "engine/wanted.h"

namespace lamella::engine {

/// Of `changes` only the actions count: they tell apart what a secret variable's value, which stays outside,
/// leads to.
Digest digest_of(const Wanted& wanted, const Actual& actual, const std::vector<Change>& changes);
/// Version, description and weights; null for none.
document::Value to_value(const std::optional<AliasRecord>& alias);

}  // namespace lamella::engine
