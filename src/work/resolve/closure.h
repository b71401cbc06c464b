// SPDX-License-Identifier: Apache-2.0
//
// Who ships which package.  A layer's closure is everything its requirements reach in the lock; it ships
// that, less the closures of the layers it depends on, directly or not.  A function ships its closure
// less those of all its layers that are resolved with it; an isolated layer provides nothing to count on.
//
// Invariants (resolve/closure_test.cc)
//   C1 a layer and the layers it depends on never ship the same package.
//   C2 what a function ships together with what its layers ship holds its whole closure.
//
// Results are sorted by name.  Pointers are into the lock.
// Errors: usage, when the lock does not know the layer or function (it is stale) or lacks a package it needs.
//
//   LAMELLA_TRY_ASSIGN(const auto shipped, shipped_by_layer(workspace, lock, "ml-libraries"));
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/workspace.h"
#include "resolve/lock.h"

namespace lamella::resolve {

using Packages = std::vector<const LockedPackage*>;

/// Everything the root's requirements reach, itself nothing subtracted.
Result<Packages> closure_of(const LockFile& lock, RootKind kind, std::string_view name);

Result<Packages> shipped_by_layer(const model::Workspace& workspace, const LockFile& lock,
                                  std::string_view layer);
Result<Packages> shipped_by_function(const model::Workspace& workspace, const LockFile& lock,
                                     std::string_view function);
/// What a function would ship if its layers did not exist: its closure and theirs.
Result<Packages> self_contained(const model::Workspace& workspace, const LockFile& lock,
                                std::string_view function);

/// The packages that the root asks for by name, sorted.
Result<Packages> direct_packages(const LockFile& lock, RootKind kind, std::string_view name);

}  // namespace lamella::resolve
