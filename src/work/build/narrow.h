// SPDX-License-Identifier: Apache-2.0
//
// Where only files of some artifacts changed, only those need a plan: what a build may be narrowed to.
//
// Invariants (narrow_test.cc)
//   N1 every artifact that a changed path may be part of is in the answer, and everything that is mounted
//      with one of these, since its proof may end otherwise.
//   N2 a path that is part of no artifact (lamella.toml, a lock, an interpreter, a zip) narrows nothing.
//
// Threads: pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "build/manifest.h"
#include "build/tools.h"
#include "model/workspace.h"

namespace lamella::build {

/// The names to plan, if the rest is as `last` has it; nullopt: plan everything that was asked for.
std::optional<std::set<std::string>> narrowed(const model::Workspace& workspace, const Manifest& last,
                                              const Request& request,
                                              const std::vector<std::string>& changed);

}  // namespace lamella::build
