// SPDX-License-Identifier: Apache-2.0
//
// What a deployment would do, as data: wanted against actual.  Reasons ride along for people; the digest is
// over what will be done and from where: environment, account, region, artifact digests, settings (names of
// secret variables, never values), checks, actions and each function's base (plan_digest.cc).  Revision ids,
// times, reasons and what a check's event file holds are outside.
//
// Invariants (plan_test.cc)
//   P1 the same wanted and actual give the same digest; any difference that changes an effect changes it.
//   P2 no value of a secret variable is in a plan.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/reason.h"
#include "document/value.h"
#include "engine/wanted.h"

namespace lamella::engine {

enum class Action { kUnchanged, kPublish, kCreate, kUpdate, kMove };
/// "unchanged", "publish", "create", "update", "move".
std::string_view to_string(Action action);

struct Change {
  std::string kind;  ///< "layer", "function", "alias"
  std::string name;  ///< the workspace's; for an alias "FUNCTION:ALIAS"
  std::string region;
  Action action = Action::kUnchanged;
  std::string from;  ///< version or digest before, "" when there was none
  std::string to;
  std::vector<Reason> reasons;
};

struct Plan {
  Digest digest;
  std::string environment;
  std::vector<Change> changes;

  /// True if applying it does nothing.
  bool empty() const;
  const Change* find(std::string_view kind, std::string_view name) const;
};

Plan make_plan(const Wanted& wanted, const Actual& actual);

/// {"schema", "digest", "environment", "changes": [...]}
document::Value to_value(const Plan& plan);

}  // namespace lamella::engine
