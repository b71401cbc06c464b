// SPDX-License-Identifier: Apache-2.0
//
// `lamella doctor`: what this machine and this workspace need, one line each, with what to do about what is
// missing.  Works without a workspace, too.  Changes nothing.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"findings":[{"name","state":"ok"|"warning"|"failed","detail","remedy"}]}.  The first "failed" finding is
/// also the error, with its own code: tool-missing, isolation, io, usage.
Result<Outcome> doctor(const Setting& setting);

}  // namespace lamella::commands
