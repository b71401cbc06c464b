// SPDX-License-Identifier: Apache-2.0
//
// A snapshot's files as files: for what can only work on a folder.  Content is as git has it, without filters
// or conversions; left-overs are left out, and so is a submodule that is not checked out.
//
// Invariants (git_repository_test.cc)
//   W1 nothing is written outside `folder`, whatever the snapshot's links say: they are made last.
//
// Errors: those of the snapshot; io.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "change/snapshot.h"

namespace lamella::change {

/// REQUIRES: `folder` is empty.
Result<> write_out(const Snapshot& snapshot, const std::filesystem::path& folder);

}  // namespace lamella::change
