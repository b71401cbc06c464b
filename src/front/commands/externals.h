// SPDX-License-Identifier: Apache-2.0
//
// Layers that are published layer versions: asked for once by `lock`, verified, mirrored in the store by their
// digest, and recorded in locks/external.toml.  The service is the one that AWS_ENDPOINT_URL or the ARN's region
// gives, with the usual credentials.
//
// Errors: usage (a version that is not there or may not be read, no credentials, a lock that is not up to
// date), mismatch (the bytes are not those that the service, or the lock, names), remote, io, interrupted.
#pragma once

#include "base/result.h"
#include "commands/lock.h"
#include "commands/session.h"
#include "document/value.h"

namespace lamella::commands {

/// Brings locks/external.toml up to date; what it says already is not asked for again.  One record per layer:
/// {layer,arn,sha256,bytes,action:"created"|"updated"|"unchanged",from}.
Result<document::Value> update_externals(Session& session);

/// The same records without asking or writing; action "missing" or "stale" where the lock does not answer.
Result<document::Value> look_at_externals(const Session& session);

/// As ready_locks().
Result<> ready_externals(Session& session, LockPolicy policy);

/// Makes sure that the bytes of all are in the store, as the lock names them.
Result<> bring_externals(Session& session);

}  // namespace lamella::commands
