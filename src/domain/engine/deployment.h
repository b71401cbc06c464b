// SPDX-License-Identifier: Apache-2.0
//
// A deployment as a pure state machine: step(state, event) gives the next state and the effects to perform.
// No clock, file, socket or thread can be reached from here; the deploy room performs effects through one
// World, and commits the intents of one step together before it sends any of them.
//
// Stages, each begun when all of the one before is done:
//   publish  every missing layer version
//   prepare  every changed function: configuration, code, a published version whose content is the intent
//   check    every new version, by its number
//   shift    every alias
// then done; or `restore`, which takes the aliases that moved back to their recorded versions.  An alias that
// did not exist before stays where it was made: its version's checks passed.
//
// After a failure what was not begun yet is skipped, except checks, so that one report names all that fail.
//
// Invariants (deployment_test.cc; deploy/faults_test.cc with every call failing in every way)
//   D1 an alias moves only to a version whose checks passed, or back to its recorded one.
//   D2 a failure before `shift` moves no alias; one in `shift` restores those that moved.
//   D3 every event sequence ends in an outcome.
//   D4 an alias that someone else moved meanwhile is not written.
//
// Threads: none.  Errors are events.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error_code.h"
#include "document/value.h"
#include "engine/plan.h"
#include "engine/wanted.h"

namespace lamella::engine {

enum class Stage { kPublish, kPrepare, kCheck, kShift, kRestore, kDone };

enum class Outcome { kNone, kUnchanged, kPromoted, kRolledBack, kAborted, kFailed, kIncomplete };
/// "promoted", "unchanged", "rolled-back", "aborted", "failed", "incomplete"; "" for none.
std::string_view to_string(Outcome outcome);

/// Effects.  `index` is into Wanted::layers or Wanted::functions.
struct PublishLayer {
  std::size_t index = 0;
};
struct PrepareFunction {
  std::size_t index = 0;
  std::vector<std::string> layer_arns;
};
struct CheckVersion {
  std::size_t index = 0;
  std::string version;
};
struct ShiftAlias {
  std::size_t index = 0;
  std::string version;
  std::optional<AliasRecord> before{};
};
struct RestoreAlias {
  std::size_t index = 0;
  std::optional<AliasRecord> before;
};
using Effect = std::variant<PublishLayer, PrepareFunction, CheckVersion, ShiftAlias, RestoreAlias>;

/// What a measured invocation's REPORT line said.
struct Measured {
  double cold_ms = -1;  ///< init and first invocation together; -1: not measured
  double init_ms = -1;
  double warm_ms = -1;
  std::int64_t memory_mb = 0;
};

/// Events: the answers to effects.
struct LayerPublished {
  std::size_t index = 0;
  LayerVersion version;
};
struct FunctionPrepared {
  std::size_t index = 0;
  std::string version;
};
struct VersionChecked {
  std::size_t index = 0;
  std::vector<model::CheckResult> results;
  Measured measured;
  std::string answer;  ///< the first check's payload
};
struct AliasShifted {
  std::size_t index = 0;
};
struct AliasRestored {
  std::size_t index = 0;
};
/// The effect failed for good; it may have been applied.  Its code conflict says that someone else was there.
struct EffectFailed {
  Effect effect;
  base::ErrorCode code = base::ErrorCode::kRemote;
  std::string why;
};
/// The effect was moot(): nothing of it was sent.
struct EffectSkipped {
  Effect effect;
};
/// Accepted at any time; while aliases are being restored, and afterwards, it changes nothing.
struct AbortRequested {};
using Event = std::variant<LayerPublished, FunctionPrepared, VersionChecked, AliasShifted, AliasRestored,
                           EffectFailed, EffectSkipped, AbortRequested>;

struct FunctionProgress {
  bool changes = false;
  std::string version;
  std::optional<AliasRecord> before;
  std::vector<model::CheckResult> checks;
  Measured measured;
  std::string answer;
  bool shifted = false;  ///< the alias may be on the new version
  bool moved = false;    ///< it was read back there
  bool foreign = false;  ///< someone else moved it meanwhile
  bool restored = false;
};

struct Deployment {
  Stage stage = Stage::kPublish;
  Outcome outcome = Outcome::kNone;
  base::ErrorCode code = base::ErrorCode::kInternal;  ///< of the first failure
  std::vector<Reason> reasons;                        ///< what failed, first cause first
  std::map<std::size_t, LayerVersion> layers;         ///< by index into Wanted::layers
  std::map<std::size_t, FunctionProgress> functions;  ///< by index into Wanted::functions
  std::size_t waiting = 0;                            ///< effects not answered yet
  bool acted = false;                                 ///< some effect was given
  bool failed = false;
  bool aborted = false;
};

struct Step {
  Deployment state;
  std::vector<Effect> effects;
};

/// The first step.
Step begin(const Wanted& wanted, const Actual& actual, const Plan& plan);
/// REQUIRES: `event` answers an effect that was given and not answered, or is AbortRequested.
Step step(Deployment state, const Wanted& wanted, const Event& event);

/// True if `effect` is to be answered with EffectSkipped: something failed since it was given.
bool moot(const Deployment& state, const Effect& effect);

/// The effect as the journal keeps it: {"step", "subject", ...}; no secret.
document::Value to_value(const Effect& effect, const Wanted& wanted);
document::Value to_value(const Event& event, const Wanted& wanted);

}  // namespace lamella::engine
