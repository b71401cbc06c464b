// SPDX-License-Identifier: Apache-2.0
//
// Deletes published layer versions that nothing needs any more; engine/retention.h says which.
//
// Invariants (pruner_test.cc, faults at every call)
//   U1 nothing is deleted unless every list was read to its end: layer versions, every version of every function of the
//      account in the region, aliases, the journal.
//   U2 only versions that Lamella published are deleted: the description has our marker, and the content has the digest
//      that the marker names.
//   U3 every deletion is an intent in the journal before it is sent, and has a result there afterwards.
//   U4 one that fails does not keep the others from being tried; what is left goes the next time.
//   U5 while deleting, the environment's lease is held, so that no deployment to it begins to use a version; what
//      functions use is looked at again when the last look is older than kFresh.
//
// Who else may begin to use a version between a look and a deletion: whoever does not take this environment's lease.
//
// Threads: one.
// Errors: conflict (a deployment is under way), usage (no such layer), those of LambdaControl while looking, those of the
// journal.  What fails while deleting is in the report.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "aws/lambda_control.h"
#include "base/event.h"
#include "base/result.h"
#include "document/value.h"
#include "engine/retention.h"
#include "ledger/journal.h"
#include "ledger/state_store.h"
#include "os/clock.h"
#include "os/random.h"

namespace lamella::deploy {

/// What is looked at.
struct PruneScope {
  std::string environment;
  std::string region;
  std::vector<engine::ListedLayer> layers;      ///< of the workspace; their versions are looked up
  std::vector<std::string> only{};              ///< names of layers, the workspace's; empty: all
  std::vector<engine::Reference> references{};  ///< besides what the journal refers to
};

struct PrunedVersion {
  std::int64_t version = 0;
  std::string arn;
  std::string action;                   ///< "kept", "removable", "deleted", "failed"
  std::optional<std::int64_t> bytes{};  ///< of the zip as the service tells; not asked for of what is kept
  std::vector<Reason> reasons{};
};

struct PrunedLayer {
  engine::ListedLayer layer;
  std::vector<PrunedVersion> versions{};  ///< newest first
};

struct PruneReport {
  std::string environment;
  std::string region;
  std::string pruning{};  ///< what the journal calls it; "" when nothing was sent
  std::vector<PrunedLayer> layers{};
  std::vector<Error> failures{};
  bool interrupted = false;

  std::size_t count(std::string_view action) const;
  std::int64_t bytes(std::string_view action) const;
};

/// {"schema","environment","region","pruning","layers":[{"name","managed","retain","versions":[...]}],
///  "removable","removable_bytes","deleted","freed_bytes"}
document::Value to_value(const PruneReport& report);

class Pruner {
 public:
  /// How old a look at the functions may be when a version is deleted.
  static constexpr std::chrono::seconds kFresh{10};

  /// The references outlive it.
  Pruner(aws::LambdaControl& lambda, os::Clock& clock, EventSink& events)
      : lambda_(lambda), clock_(clock), events_(events) {}

  /// What would go; nothing is written anywhere.
  Result<PruneReport> look(const PruneScope& scope, const std::vector<ledger::Deployment>& deployments,
                           std::stop_token stop);
  /// Looks, and deletes what is removable.
  Result<PruneReport> apply(const PruneScope& scope, ledger::StateStore& state, os::Random& random,
                            std::stop_token stop);

 private:
  struct Seen;
  struct Deletion;
  Result<Seen> see(const PruneScope& scope, const std::vector<ledger::Deployment>& deployments,
                   const aws::CallOptions& options);
  Result<> list(engine::ListedLayer& layer, const aws::CallOptions& options);
  Result<> see_functions(Seen& seen, const aws::CallOptions& options);
  Result<PruneReport> report_of(const PruneScope& scope, const Seen& seen, const aws::CallOptions& options);
  Result<> weigh(const PrunedLayer& layer, const engine::ListedVersion& listed, PrunedVersion& version,
                 const aws::CallOptions& options);
  /// Of each layer the oldest first.
  static std::vector<Deletion> deletions_in(PruneReport& report);
  Result<bool> still_unused(Seen& seen, const Deletion& deletion, const aws::CallOptions& options);
  Result<> remove(Seen& seen, const Deletion& deletion, PruneReport& report, ledger::Journal& journal,
                  const aws::CallOptions& options);

  aws::LambdaControl& lambda_;
  os::Clock& clock_;
  EventSink& events_;
};

}  // namespace lamella::deploy
