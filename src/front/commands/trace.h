// SPDX-License-Identifier: Apache-2.0
//
// `lamella trace FUNCTION`: runs its checks and those of everything else that uses its layers, and proposes
// what those layers could do without.  Nothing is changed.
#pragma once

#include <string>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"function","stale","unchecked":[function],"opened_files","checks":[...],"layers":[{layer,files,bytes,used_files,
///  used_bytes,users,"proposals":[{pattern,files,bytes,risk,why}],"drop":[pattern],"prune":{profile,extra,keep,drop},
///  "prune_written"}],"passes_without","fails_without"}
///
/// "prune" is what the layer's `prune` says now (where it does: "prune_written") together with the proposals of low
/// and medium risk, ready to be pasted; "drop" is its list.  "unchecked" are functions of which no check made a call.
/// Errors: usage (no such function, never built), refused (its checks fail as it is).
Result<Outcome> trace(const Setting& setting, const std::string& function);

}  // namespace lamella::commands
