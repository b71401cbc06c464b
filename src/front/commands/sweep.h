// SPDX-License-Identifier: Apache-2.0
//
// Takes away the zips of builds long past: those that neither the last build nor one of the last deployments
// of an environment refers to, a week after they were made.  Trouble with it is told and is no failure.
//
// Test: commands/sweep_test.cc.
#pragma once

#include <set>
#include <string>

#include "commands/session.h"
#include "document/value.h"

namespace lamella::commands {

void sweep_old_zips(Session& session);

/// Digest::brief() of every SHA-256 that stands anywhere in `value`.
void add_digests(const document::Value& value, std::set<std::string>& briefs);

}  // namespace lamella::commands
