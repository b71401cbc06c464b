// SPDX-License-Identifier: Apache-2.0
//
// What a root of a lock asks for on the lock's target, markers evaluated.
//
// Threads: pure functions.  Errors: usage, for what is no requirement or marker.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/requirement.h"
#include "resolve/lock.h"

namespace lamella::resolve {

struct Asked {
  std::vector<config::Requirement> requirements;
  /// Names that end the way through the root's needs: they come, what they need does not come by them.
  std::set<std::string, std::less<>> alone;
};

Result<Asked> asked_by(const LockedRoot& root, const model::Target& target);

}  // namespace lamella::resolve
