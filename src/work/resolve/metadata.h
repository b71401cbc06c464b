// SPDX-License-Identifier: Apache-2.0
//
// What a wheel says of itself: METADATA (core metadata, e-mail headers), as far as a lock needs it.
//
// A wheel's METADATA comes from, in this order: the ActionCache, the wheel if the store has it, the
// index's `.metadata` file beside the wheel (PEP 658), the wheel, fetched.  Only the last ones cost time.
//
// Threads: read_metadata() from any thread.  Errors: rejected (malformed), mismatch (the metadata of
// another package), and those of store::Fetcher.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "resolve/lock.h"
#include "store/action_cache.h"
#include "store/content_store.h"
#include "store/fetcher.h"

namespace lamella::resolve {

struct Metadata {
  std::string name;     ///< as written
  std::string version;  ///< as written
  std::string requires_python;
  std::vector<std::string> requires_dist;  ///< PEP 508 texts, in order
  std::string changelog;                   ///< address of its Project-URL for changes, or ""

  bool operator==(const Metadata&) const = default;
};

/// The headers of METADATA; the description after them is not looked at.
Result<Metadata> parse_metadata(std::string_view text);

/// The metadata in a wheel of the store.  Errors: io (it is not there); as read_metadata().
Result<Metadata> metadata_in(store::ContentStore& store, const std::string& filename, const Digest& sha256,
                             EventSink& events);

struct MetadataSources {
  store::ContentStore& store;
  store::ActionCache& actions;
  store::Fetcher& fetcher;
  EventSink& events;
};

/// The metadata of `package`'s wheel, checked to be that package's.
Result<Metadata> read_metadata(const MetadataSources& sources, const LockedPackage& package,
                               std::stop_token stop);

}  // namespace lamella::resolve
