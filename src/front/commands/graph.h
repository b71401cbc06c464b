// SPDX-License-Identifier: Apache-2.0
//
// `lamella graph`: what uses what, out of the workspace file and the locks.  Runs and writes nothing.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

enum class GraphDetail {
  kArtifacts,  ///< functions, layers, and the packages each ships as a list
  kPackages,   ///< packages and what they need as nodes and edges too
};

/// {"nodes":[{id,kind,name,targets,packages,stale_lock}],"edges":[{from,to,kind}],"warnings":[...]}; an id is
/// "layer core", "function orders" or "package numpy"; an edge goes from what needs to what is needed, its
/// kind is "uses", "depends-on", "ships" or "requires".
Result<Outcome> graph(const Setting& setting, GraphDetail detail);

}  // namespace lamella::commands
