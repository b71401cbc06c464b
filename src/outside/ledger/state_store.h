// SPDX-License-Identifier: Apache-2.0
//
// Where an environment's journal and small state live.  It belongs to the environment, not to a machine.
//
// Invariants (ledger/state_store_contract.h, run against every back end)
//   S1 durable: what append() or compare_and_set() acknowledged survives power loss.
//   S2 ordered: serials ascend from 1 without gaps; of two appends that expect the same serial one wins.
//   S3 all or nothing: the records of one append() are all there or none is.
//   S4 chained: every record carries sha256(previous chain ‖ payload); an edit, removal or swap inside is
//   found
//      when the journal is read, and nothing is believed after it.
//
// Threads and processes: any; a store serialises itself.
// Errors: conflict (someone else was first), corrupt (fact "serial": the first bad one), io.
//
//   LAMELLA_TRY_ASSIGN(auto store, open_directory_store(workspace / ".lamella", clock));
//   LAMELLA_TRY(store->append({{"intent", payload}}, expected));
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "os/clock.h"

namespace lamella::ledger {

struct NewRecord {
  std::string kind;     ///< "started", "pruning", "intent", "result", "finished"
  std::string payload;  ///< canonical JSON
};

struct Record {
  std::int64_t serial = 0;
  std::string kind;
  std::string payload;
  std::string written_at;  ///< RFC 3339; for people, never for decisions
  Digest chain;
};

/// The right to deploy to the environment, until it is destroyed or its process ends, however it ends.
/// It is courtesy: what keeps two deploys apart for sure are revision ids and expected serials.
class Lease {
 public:
  virtual ~Lease() = default;
};

class StateStore {
 public:
  virtual ~StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  virtual Result<std::int64_t> last_serial() = 0;
  /// Adds the records, the first as `expected` + 1; returns the last one's serial.
  virtual Result<std::int64_t> append(const std::vector<NewRecord>& records, std::int64_t expected) = 0;
  /// The records from `serial` on, verified.
  virtual Result<std::vector<Record>> read(std::int64_t serial) = 0;

  virtual Result<std::optional<std::string>> get(const std::string& key) = 0;
  /// Sets `key` (nullopt removes it) if its value is `expected` (nullopt: absent).
  virtual Result<> compare_and_set(const std::string& key, const std::optional<std::string>& expected,
                                   const std::optional<std::string>& value) = 0;

  /// Errors: conflict, naming the holder, when another process has it.
  virtual Result<std::unique_ptr<Lease>> acquire_lease() = 0;

 protected:
  StateStore() = default;
};

/// The directory back end: `folder`/journal.db, an SQLite database with synchronous=FULL.
Result<std::unique_ptr<StateStore>> open_directory_store(const std::filesystem::path& folder,
                                                         os::Clock& clock);

}  // namespace lamella::ledger
