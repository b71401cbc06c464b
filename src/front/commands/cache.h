// SPDX-License-Identifier: Apache-2.0
//
// `lamella cache ls`, `verify` and `prune`: the store below the cache directory.  No workspace is needed.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"path","blobs","bytes","unfinished","quarantined","records":{kind:count},"disk_free_bytes"}
Result<Outcome> cache_ls(const Setting& setting);

/// Hashes every blob.  {"path","blobs","bytes","damaged":[sha256]}; damage is also the error corrupt (11): it
/// is in quarantine by then, and whatever needs it makes it again.
Result<Outcome> cache_verify(const Setting& setting);

struct PruneOptions {
  std::uint64_t max_bytes = 0;  ///< of blobs
  bool dry_run = false;
};

/// Removes blobs, the one unused for longest first, until the rest fits, with the records that speak of them;
/// what was used within the last hour stays.
/// {"path","dry_run","max_bytes","blobs","bytes","removed":[sha256],"freed_bytes", "records_removed"};
/// "blobs" and "bytes" are what is left.
Result<Outcome> cache_prune(const Setting& setting, const PruneOptions& options);

}  // namespace lamella::commands
