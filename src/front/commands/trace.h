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

/// {"function","opened_files","checks":[...],"layers":[{layer,files,bytes,used_files,used_bytes,users,
///  "proposals":[{pattern,files,bytes,risk,why}],"drop":[pattern]}],"passes_without","fails_without"}
///
/// "drop" is what prune.drop says now together with the proposals of low and medium risk, ready to be pasted.
/// Errors: usage (no such function, never built), refused (its checks fail as it is).
Result<Outcome> trace(const Setting& setting, const std::string& function);

}  // namespace lamella::commands
