// SPDX-License-Identifier: Apache-2.0
//
// Plans and applies: the engine's effects performed through a World, with every intent in the journal before
// it is sent.
//
// A deployment that was cut off is not replayed.  The next one looks at what is there and plans from that:
// layer versions are found again by marker and digest, a function's half-made $LATEST is scratch, a version
// with the intended content is given again by the service, and an alias is on its old version or on one whose
// checks had passed.  The cut-off one is then marked "superseded" (docs/decisions/0006).
//
// Threads: one.
// Errors: conflict (7: another deploy, or the base differs from the plan's), before anything is sent those of
// World::read, and at any time those of the journal: what cannot be journalled is not gone on with.  What
// else fails after the journal's `started` is in the report's outcome.
//
// Values of secret variables are masked in everything that comes back from the service.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "deploy/world.h"
#include "document/value.h"
#include "engine/deployment.h"
#include "engine/plan.h"
#include "ledger/state_store.h"
#include "os/clock.h"
#include "os/random.h"

namespace lamella::deploy {

struct LayerReport {
  std::string name;
  std::string region;
  engine::LayerVersion version;
  std::string action;  ///< "published", "unchanged"
};

struct FunctionReport {
  std::string name;
  std::string region;
  std::string version;  ///< what the alias serves now
  std::string alias;
  std::string previous_version;  ///< "" when there was none, or nothing changed
  std::string action;            ///< "promoted", "unchanged", "rolled-back", "not-moved", "not-restored"
  std::vector<model::CheckResult> checks;
  engine::Measured measured;
  std::string answer;
};

struct DeployReport {
  std::string deployment;  ///< "" when there was nothing to do
  std::string environment;
  engine::Outcome outcome = engine::Outcome::kUnchanged;
  base::ErrorCode code = base::ErrorCode::kInternal;  ///< when it did not succeed: the exit code
  std::vector<LayerReport> layers;
  std::vector<FunctionReport> functions;
  std::vector<Reason> reasons;

  bool succeeded() const {
    return outcome == engine::Outcome::kPromoted || outcome == engine::Outcome::kUnchanged;
  }
};

document::Value to_value(const DeployReport& report);

class Deployer {
 public:
  /// The references outlive it.
  Deployer(World& world, ledger::StateStore& state, os::Clock& clock, os::Random& random, EventSink& events)
      : world_(world), state_(state), clock_(clock), random_(random), events_(events) {}

  Result<engine::Plan> plan(const engine::Wanted& wanted, std::stop_token stop);
  /// Applies `plan` if it is still what plan() would give.
  Result<DeployReport> apply(const engine::Plan& plan, const engine::Wanted& wanted, std::stop_token stop);

 private:
  Result<> supersede_cut_off(const std::string& environment);
  Result<engine::Deployment> run(const engine::Plan& plan, const engine::Wanted& wanted,
                                 const engine::Actual& actual, const std::string& id, std::stop_token stop);
  engine::Event perform(const engine::Effect& effect, const engine::Wanted& wanted,
                        const engine::Deployment& state, std::stop_token stop);

  World& world_;
  ledger::StateStore& state_;
  os::Clock& clock_;
  os::Random& random_;
  EventSink& events_;
};

}  // namespace lamella::deploy
