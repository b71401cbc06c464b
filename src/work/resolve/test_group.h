// SPDX-License-Identifier: Apache-2.0
//
// What tests need besides what ships: a lock of its own for each lock group whose members declare tests,
// resolved after the group's own lock and with every version of that as a constraint.  So that a test tool
// that shares a package with a layer runs on the layer's version, and none ever gets into an artifact.
//
// Named like its group with "-tests" behind it.
//
// Errors of read_test_inputs(): those of reading requirements.
#pragma once

#include <vector>

#include "base/file_tree.h"
#include "base/result.h"
#include "model/workspace.h"
#include "resolve/lock.h"
#include "resolve/lock_group.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {

struct TestGroup {
  LockGroup group;  ///< the members whose tests require something
  LockGroup of;     ///< the group whose versions hold
};

/// In the order of lock_groups().
std::vector<TestGroup> test_groups(const model::Workspace& workspace);

/// `shipped` is the lock of `group.of`; nullptr if that requires nothing.
Result<LockInputs> read_test_inputs(const base::FileTree& tree, const model::Workspace& workspace,
                                    const TestGroup& group, const LockFile* shipped);

}  // namespace lamella::resolve
