// SPDX-License-Identifier: Apache-2.0
//
// `lamella explain NAME`: what a layer's or function's key is made of, and why a build would make it again.
// Builds and runs nothing of the workspace, and writes nothing.
//
// Errors: usage (an unknown name; a lock that is absent or stale); tool-missing for a missing interpreter.
#pragma once

#include <string>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"items":[{kind,name,uses,used_by,artifacts:[{target,key,stale,reasons,findings,segments:[...]}]}]}.  A
/// segment of a wheel:
/// {name,version,key,wheel,built_from,backend,rules,drop,keep,services,bytecode,traced,bought,interpreter,strip}, where
/// "bought" is as in slimming.h, null where all bytecode fits; of an archive:
/// {name:"archive:NAME",version,key,archive,place,as_it_is}; of a command:
/// {name:"command:OUTPUT",key,run,output,network,bytecode,interpreter,tools:[{name,sha256}],
/// inputs:[{path,sha256,executable}]}; the workspace's own files:
/// {name:"in-repo",key,bytecode,interpreter,files:[{name,path,sha256,executable}]}.
Result<Outcome> explain(const Setting& setting, const std::string& name);

}  // namespace lamella::commands
