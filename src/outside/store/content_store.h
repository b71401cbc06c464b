// SPDX-License-Identifier: Apache-2.0
//
// Immutable blobs, addressed by the SHA-256 of their bytes.  Wheels, segments, layer archives and
// records live here; every room above knows them by Digest, never by path.
//
// Invariants (each one is a test in store/content_store_contract.h, run against every store)
//   I1 complete:  a digest that open() finds was wholly written and hashed before it appeared.
//   I2 immutable: the bytes behind a digest never change; only sweep(), trim() or quarantine removes them.
//   I3 all or nothing: after a crash a blob is there or it is not.  What a dead writer left is
//      invisible to every method but sweep(), which deletes it.
//
// Threads and processes: call any method from any thread, and from several processes on one root,
// without a lock of your own.  A BlobWriter belongs to one thread; so does a BlobReader.
//
// Errors: corrupt (present, but its bytes no longer match: it is quarantined, and the next commit
// of the same bytes heals it); io (disk full too).  Absence is not an error.  Nothing throws.
//
//   LAMELLA_TRY_ASSIGN(auto blob, store.new_blob());
//   LAMELLA_TRY(write_layer_archive(tree, *blob));
//   LAMELLA_TRY_ASSIGN(const Digest layer, blob->commit());
//
// On disk: docs/formats/content-store.md.  Why this layout: docs/decisions/0004-store-layout.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/byte_stream.h"
#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "store/blob_reader.h"

namespace lamella::store {

/// A blob on its way into the store.  write() adds bytes at the end; after the first error every
/// later call repeats that error.  Destroying it before commit() abandons it.
class BlobWriter : public base::ByteSink {
 public:
  /// Publishes the blob and returns its address.  Bytes the store holds already are success too:
  /// nothing is kept twice, but the blob's age starts anew (see sweep).
  /// REQUIRES: neither commit() nor commit_as() has been called.
  virtual Result<Digest> commit() = 0;

  /// As commit(), but refuses with `mismatch` (facts "wanted" and "got") and publishes nothing when
  /// the bytes hash to something else than `wanted`.
  virtual Result<> commit_as(const Digest& wanted) = 0;
};

/// How sure open() must be of the bytes before it hands them out.
enum class Verify {
  kUnlessKnown,   ///< hashed now, unless this very file, untouched since, was hashed before
  kNow,           ///< hashed now, whatever is known: also finds what rots beneath the file system
  kWhileReading,  ///< not yet: the caller uses BlobReader::stream_to() or check() before it trusts
};

struct SweepReport {
  std::uint64_t blobs_removed = 0;
  std::uint64_t bytes_freed = 0;
};

/// Whether what would go goes.
enum class Apply { kYes, kNo };

struct TrimReport {
  std::uint64_t blobs_kept = 0;
  std::uint64_t bytes_kept = 0;
  std::uint64_t bytes_freed = 0;  ///< of blobs, unfinished files and quarantine
  std::vector<Digest> removed;    ///< the one unused for longest first
};

struct StoreStats {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t unfinished = 0;  ///< temporary files, of living writers and dead ones
  std::uint64_t quarantined = 0;
};

struct VerifyReport {
  std::uint64_t blobs = 0;
  std::uint64_t bytes = 0;
  std::vector<Digest> damaged;  ///< sorted; all of them are in quarantine now
};

class ContentStore {
 public:
  virtual ~ContentStore() = default;
  ContentStore(const ContentStore&) = delete;
  ContentStore& operator=(const ContentStore&) = delete;

  virtual Result<std::unique_ptr<BlobWriter>> new_blob() = 0;

  /// A reader over the blob, never the whole of it in memory; nullopt if it is absent.
  virtual Result<std::optional<BlobReader>> open(const Digest& digest,
                                                 Verify verify = Verify::kUnlessKnown) = 0;

  /// Those of `wanted` that are absent, in the order given, each once.  One round trip however long
  /// the list.  The age of those present starts anew, so that a caller may rely on them.
  virtual Result<std::vector<Digest>> find_missing(std::span<const Digest> wanted) = 0;

  /// Removes every blob that is not in `live` and whose age exceeds `grace`, and what dead writers
  /// and quarantine left.
  /// REQUIRES: grace is longer than the longest build or deploy that may be running.
  virtual Result<SweepReport> sweep(std::span<const Digest> live, std::chrono::seconds grace) = 0;

  /// Removes blobs, the one unused for longest first, until the others take `max_bytes` at most, and what
  /// dead writers and quarantine left.  Nothing younger than `grace` goes, so that more than `max_bytes` may
  /// stay. REQUIRES: as sweep.
  virtual Result<TrimReport> trim(std::uint64_t max_bytes, std::chrono::seconds grace, Apply apply) = 0;

  virtual Result<StoreStats> stats() = 0;

  /// Hashes every blob, on as many threads as the machine has, and quarantines what does not match.
  /// Emits "cache.damaged" per blob found damaged, and "cache.verify" with progress in bytes.
  virtual Result<VerifyReport> verify_all(EventSink& events, std::stop_token stop) = 0;

 protected:
  ContentStore() = default;
};

/// As open(), for callers that can make the blob again: damage is told to `events` ("cache.damaged",
/// a warning) and counts as absence.
Result<std::optional<BlobReader>> open_intact(ContentStore& store, const Digest& digest, EventSink& events,
                                              Verify verify = Verify::kUnlessKnown);

/// Puts `bytes` into the store and returns their address.
Result<Digest> put(ContentStore& store, std::span<const std::byte> bytes);

/// All bytes of a blob as a string, verified; nullopt if it is absent.  REQUIRES: it is small.
Result<std::optional<std::string>> read_all(ContentStore& store, const Digest& digest);

}  // namespace lamella::store
