// SPDX-License-Identifier: Apache-2.0
#include "commands/prune.h"

#include <fmt/format.h>

#include "build/manifest.h"
#include "commands/local.h"
#include "commands/local_folders.h"
#include "commands/status.h"
#include "deploy/pruner.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/random.h"

namespace lamella::commands {
namespace {

Result<const model::EnvironmentSettings*> prunable(const Session& session, const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto* environment, session.require_environment(name));
  if (environment->is_local()) return environment;
  return Error(ErrorCode::kUsage, fmt::format("pruning {} is not built yet", name))
      .at(environment->position)
      .because("what a roll-back there needs is in its state store, which is not built yet either")
      .remedy("prune `local`, where the same client code runs against the embedded endpoint");
}

/// The workspace's layers as they are called in the account, and what the last build made of them.
deploy::PruneScope scope_of(const Session& session, const model::EnvironmentSettings& environment,
                            const Pruning& pruning) {
  deploy::PruneScope scope{.environment = environment.name,
                           .region = std::string(endpoint::kDefaultRegion),
                           .layers = {},
                           .only = pruning.layers};
  for (const model::Layer& layer : session.workspace().layers) {
    scope.layers.push_back(
        {.layer = layer.name, .name = environment.name_of(layer.name), .retain = layer.retain});
  }
  for (const build::Made& made : build::load_manifest(session.root()).made) {
    if (made.artifact.kind != model::ArtifactKind::kLayer) continue;
    const std::string& layer = made.artifact.name;
    scope.references.push_back({.reason = {"built", layer, "", "", "the last build made the same"},
                                .layer = layer,
                                .content = made.artifact.sha256});
  }
  return scope;
}

Result<deploy::PruneReport> report_of(const Session& session, const deploy::PruneScope& scope,
                                      Deletion deletion) {
  if (!os::exists(endpoint_folder(session.root()))) {
    LAMELLA_TRY(session.require_names(scope.only));
    return deploy::PruneReport{.environment = scope.environment, .region = scope.region};
  }
  LAMELLA_TRY_ASSIGN(const auto host, LocalHost::join_or_host(session));
  deploy::Pruner pruner(host->access().lambda(), os::system_clock(), session.events());
  if (deletion == Deletion::kToldOnly) {
    LAMELLA_TRY_ASSIGN(const auto deployments, deployments_of(session));
    return pruner.look(scope, deployments, session.stop());
  }
  LAMELLA_TRY_ASSIGN(const auto state,
                     ledger::open_directory_store(build::state_folder(session.root()), os::system_clock()));
  return pruner.apply(scope, *state, os::system_random(), session.stop());
}

Error unfinished(const deploy::PruneReport& report) {
  const std::size_t left = report.count("removable") + report.count("failed");
  const auto code = report.interrupted ? ErrorCode::kInterrupted : ErrorCode::kRemote;
  return Error(code,
               fmt::format("{} of {} layer versions were not deleted", left, left + report.count("deleted")))
      .remedy("run the same command again: it goes on from what is there");
}

}  // namespace

Result<Outcome> prune(const Setting& setting, const Pruning& pruning) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto* environment, prunable(*session, pruning.environment));
  LAMELLA_TRY_ASSIGN(const auto report,
                     report_of(*session, scope_of(*session, *environment, pruning), pruning.deletion));
  Outcome outcome{deploy::to_value(report), {}};
  outcome.record.set("applied", pruning.deletion == Deletion::kDone);
  if (!report.failures.empty() || report.interrupted) {
    outcome.error = unfinished(report);
    outcome.others = report.failures;
  }
  return outcome;
}

}  // namespace lamella::commands
