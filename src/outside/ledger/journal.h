// SPDX-License-Identifier: Apache-2.0
//
// What deployments meant to do and did, as typed records over a StateStore.  Per deployment:
//
//   started  {deployment, environment, plan}
//   intent   {deployment, step, subject, ...}     before anything is sent
//   result   {deployment, step, subject, ...}     after it was answered
//   finished {deployment, outcome, report}
//
// A deployment without `finished` was cut off; the next one reads back what is there before it goes on.
//
// Deletions of layer versions are kept beside the deployments, begun by `pruning` instead of `started`.
//
// Threads: one.  Errors: those of StateStore.  Formats: docs/formats/journal.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/value.h"
#include "ledger/state_store.h"

namespace lamella::ledger {

/// One deployment as the journal tells it.
struct Deployment {
  std::string id;
  std::string environment;
  std::string started_at;
  std::string finished_at;  ///< "" while it is under way, or was cut off
  std::string outcome;      ///< "promoted", "unchanged", "rolled-back", "failed", ...; "" as above
  document::Value plan;
  document::Value report;  ///< null as above
  std::vector<document::Value> intents;
  std::vector<document::Value> results;

  bool finished() const { return !outcome.empty(); }
};

class Journal {
 public:
  /// `store` must outlive it.
  explicit Journal(StateStore& store) : store_(store) {}

  Result<> start(const std::string& deployment, const std::string& environment, const document::Value& plan);
  /// A deletion of layer versions, which is no deployment: deployments() does not give it.
  Result<> start_pruning(const std::string& pruning, const std::string& environment,
                         const document::Value& plan);
  /// Commits all of them before it returns: only then may they be performed.
  Result<> intend(const std::vector<document::Value>& intents);
  Result<> record(const document::Value& result);
  Result<> finish(std::string_view outcome, const document::Value& report);
  /// Ends another deployment, which was cut off, with the outcome "superseded".
  Result<> supersede(const std::string& deployment);

  /// Oldest first.
  Result<std::vector<Deployment>> deployments();

 private:
  Result<> append(const std::string& kind, const std::vector<document::Value>& payloads);

  StateStore& store_;
  std::string deployment_;
  std::optional<std::int64_t> serial_;
};

}  // namespace lamella::ledger
