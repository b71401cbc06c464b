// SPDX-License-Identifier: Apache-2.0
//
// `lamella cache ls`, `verify` and `prune`: what is below the cache directory.  No workspace is needed.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

/// {"path","blobs","bytes","trees","tree_bytes","unfinished","quarantined","records":{kind:count},
/// "disk_free_bytes"}
Result<Outcome> cache_ls(const Setting& setting);

/// Hashes every blob and reads every unpacked tree.  {"path","blobs","bytes","damaged":[sha256],"trees",
/// "tree_bytes","trees_unknown","damaged_trees":[sha256]}; damage is also the error corrupt (11): it is in
/// quarantine by then, and whatever needs it makes it again.
Result<Outcome> cache_verify(const Setting& setting);

struct PruneOptions {
  std::uint64_t max_bytes = 0;  ///< of blobs and trees
  bool dry_run = false;
};

/// Removes unpacked trees and then blobs, of each those unused for longest first, until the rest fits; records
/// that speak of blobs that are not there, or that nobody used for a month; and what killed processes left.
/// What was used within the last hour stays.
/// {"path","dry_run","max_bytes","blobs","bytes","removed":[sha256],"trees","tree_bytes","trees_removed",
/// "tree_freed_bytes","freed_bytes","records_removed"}; "blobs", "bytes", "trees" and "tree_bytes" are what is
/// left, "freed_bytes" is of blobs.
Result<Outcome> cache_prune(const Setting& setting, const PruneOptions& options);

}  // namespace lamella::commands
