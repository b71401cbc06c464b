// SPDX-License-Identifier: Apache-2.0
//
// Files pinned by hash.  A root whose files pin any file by sha256 gets nothing that they do not pin: each of
// its requirements has one version and a hash, there or in a constraint, and so has everything they need.
//
// Threads: pure.  Errors: mismatch, with everything that is missing.  Tests: resolve/pins_test.cc.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/result.h"
#include "resolve/lock.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {

/// sha256 in hexadecimal, by normalised name.
using Hashes = std::map<std::string, std::set<std::string>>;

/// Of all roots together: of the packages named, only these files will do.
Hashes pinned_hashes(const LockInputs& inputs);

/// What can be said before anything is resolved.
Result<> check_pinned(const LockInputs& inputs);
/// What the lock gives each root that pins.
Result<> check_pinned(const LockInputs& inputs, const LockFile& lock);

}  // namespace lamella::resolve
