// SPDX-License-Identifier: Apache-2.0
//
// `lamella cache ls` and `lamella cache verify`: the store below the cache directory.  No workspace is
// needed.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"path","blobs","bytes","unfinished","quarantined","records":{kind:count},"disk_free_bytes"}
Result<Outcome> cache_ls(const Setting& setting);

/// Hashes every blob.  {"path","blobs","bytes","damaged":[sha256]}; damage is also the error corrupt (11): it
/// is in quarantine by then, and whatever needs it makes it again.
Result<Outcome> cache_verify(const Setting& setting);

}  // namespace lamella::commands
