// SPDX-License-Identifier: Apache-2.0
//
// Runtimes of a workspace that the service no longer keeps up to date, with the days on which it stops things
// (lifecycle_of(), from kLifecycleSource).
//
// Threads: pure.  Tests: model/deprecation_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/target.h"
#include "model/workspace.h"

namespace lamella::model {

struct Deprecation {
  Runtime runtime;
  Lifecycle lifecycle;
  std::vector<std::string> used_by;  ///< "layer core", "function f", in the workspace's order

  /// "deprecated since 2025-12-15; no new functions from 2027-02-01, no changes from 2027-03-03"
  std::string text() const;
};

/// Those deprecated on `day` (YYYY-MM-DD, or any RFC 3339 time), by runtime.
std::vector<Deprecation> deprecations(const Workspace& workspace, std::string_view day);

}  // namespace lamella::model
