// SPDX-License-Identifier: Apache-2.0
//
// Who needs whom on a lock's target, from the chosen wheels' own metadata, starting from the roots and extra
// by extra.
//
// Errors: usage (a requirement or marker of a wheel is malformed); internal (the resolver and the metadata
// disagree).  Threads: pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "resolve/lock.h"
#include "resolve/lock_inputs.h"
#include "resolve/metadata.h"

namespace lamella::resolve {

/// Fills in `lock.packages[i].needs`; `metadata` is in the order of the packages.  `placed` are names that
/// were asked for only to say where they come from: those nothing needs are dropped.
///
/// `without_needs` are names whose needs were not chosen.  Returns those of them whose needs some root wants after
/// all: then `lock` is unfinished, and to be chosen anew with them.
Result<std::set<std::string>> fill_needs(LockFile& lock, const std::vector<Metadata>& metadata,
                                         const LockInputs& inputs, const std::set<std::string>& placed,
                                         const std::set<std::string>& without_needs);

}  // namespace lamella::resolve
