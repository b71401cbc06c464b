// SPDX-License-Identifier: Apache-2.0
//
// What a step made of its inputs: key (a digest over everything that can change the result) to a small
// record.  The record names the blobs it speaks of, so that a sweep can keep them.
//
// Invariants (store/action_cache_test.cc)
//   A1 get() returns exactly what some put() of the same key stored, or nothing.
//   A2 a damaged, truncated or misplaced entry is a miss, and is removed.
//   A3 a put() that dies leaves the old record or the new one.
//   A4 a record of another schema is a miss, and stays for the version that wrote it.
//
// Threads and processes: as ContentStore.
// Errors: io.  A miss is not an error.
//
//   LAMELLA_TRY_ASSIGN(auto known, actions.get(key));
//   if (!known) { ...; LAMELLA_TRY(actions.put(key, {.kind = "segment", .value = json, .outputs = {blob}}));
//   }
//
// On disk: docs/formats/action-cache.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace lamella::store {

struct ActionRecord {
  std::string kind;             ///< a word of letters, digits and '-': "segment", "metadata", "proof"
  std::string value;            ///< any bytes; JSON by custom
  std::vector<Digest> outputs;  ///< blobs that `value` refers to

  bool operator==(const ActionRecord&) const = default;
};

struct ActionStats {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::map<std::string, std::uint64_t> by_kind;
  std::vector<Digest> outputs;  ///< of all records, sorted, each once
  std::uint64_t damaged = 0;    ///< found unreadable and removed while counting
};

class ActionCache {
 public:
  virtual ~ActionCache() = default;
  ActionCache(const ActionCache&) = delete;
  ActionCache& operator=(const ActionCache&) = delete;

  /// The record's age starts anew (see sweep), at most once a day.
  virtual Result<std::optional<ActionRecord>> get(const Digest& key) = 0;
  /// REQUIRES: record.kind is a word as said above.
  virtual Result<> put(const Digest& key, const ActionRecord& record) = 0;
  virtual Result<> remove(const Digest& key) = 0;
  /// Reads every record.
  virtual Result<ActionStats> stats() = 0;
  /// Removes the records that speak of any of `blobs`; returns how many.
  virtual Result<std::uint64_t> forget(std::span<const Digest> blobs) = 0;
  /// Removes records that nobody has put or got for longer than `age`; returns how many.
  virtual Result<std::uint64_t> sweep(std::chrono::seconds age) = 0;

 protected:
  ActionCache() = default;
};

/// A cache under `root`: <root>/actions/aa/<hex>.
Result<std::unique_ptr<ActionCache>> open_local_actions(const std::filesystem::path& root);

}  // namespace lamella::store
