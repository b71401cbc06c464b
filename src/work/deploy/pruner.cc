// SPDX-License-Identifier: Apache-2.0
#include "deploy/pruner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/diagnostic.h"
#include "base/suggest.h"
#include "deploy/journal_references.h"
#include "engine/wanted.h"
#include "model/artifact.h"
#include "wire/service_error.h"

namespace lamella::deploy {

using document::Value;
using engine::ListedLayer;
using engine::ListedVersion;

struct Pruner::Seen {
  std::vector<ListedLayer> layers;
  engine::Usage usage;
  os::MonotonicTime functions_at;  ///< when the functions were listed
};

/// A version that is to go; its layer has the same place in Seen and in the report.
struct Pruner::Deletion {
  std::size_t layer = 0;
  PrunedVersion* version = nullptr;
};

namespace {

std::string targets_of(const wire::LayerVersion& version) {
  auto runtimes = version.compatible_runtimes.value_or(wire::Strings());
  auto architectures = version.compatible_architectures.value_or(wire::Strings());
  std::sort(runtimes.begin(), runtimes.end());
  std::sort(architectures.begin(), architectures.end());
  return fmt::format("{} {}", fmt::join(runtimes, ","), fmt::join(architectures, ","));
}

/// The workspace's layers, those that only the journal knows, and of both those that were asked for.
Result<std::vector<ListedLayer>> layers_of(const PruneScope& scope,
                                           const std::vector<ledger::Deployment>& deployments) {
  std::vector<ListedLayer> layers = scope.layers;
  for (const auto& [name, layer] : published_layers(deployments, scope.environment, scope.region)) {
    const bool known = std::any_of(scope.layers.begin(), scope.layers.end(),
                                   [&, &name = name](const ListedLayer& one) { return one.name == name; });
    if (!known) layers.push_back({.layer = layer, .name = name, .managed = false, .retain = 0});
  }
  std::vector<std::string> names;
  for (const ListedLayer& layer : layers) names.push_back(layer.layer);
  for (const std::string& wanted : scope.only) {
    if (std::find(names.begin(), names.end(), wanted) != names.end()) continue;
    const auto near = base::nearest(wanted, names);
    return Error(ErrorCode::kUsage, fmt::format("no layer is called '{}'", base::escaped(wanted)))
        .because(fmt::format("neither the workspace nor the journal of {} has it", scope.environment))
        .remedy(near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("the layers are: {}", fmt::join(names, ", ")));
  }
  std::erase_if(layers, [&](const ListedLayer& layer) {
    return !scope.only.empty() &&
           std::find(scope.only.begin(), scope.only.end(), layer.layer) == scope.only.end();
  });
  return layers;
}

Value intent_of(const PrunedLayer& layer, const PrunedVersion& version) {
  return Value::object({{"step", "delete-layer-version"},
                        {"subject", layer.layer.layer},
                        {"version", version.version},
                        {"arn", version.arn}});
}

/// What was done could not be written down; what is still there goes the next time.
Error unrecorded(const Error& error) {
  return Error(ErrorCode::kRemote, "what was deleted could not be written into the journal")
      .because(error.what())
      .remedy("mend that and prune again: it goes on from what is there");
}

}  // namespace

Result<> Pruner::list(ListedLayer& layer, const aws::CallOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto versions, lambda_.list_layer_versions(layer.name, options));
  for (const wire::LayerVersion& one : versions) {
    layer.versions.push_back({one.version, one.layer_version_arn, targets_of(one),
                              engine::digest_in_description(one.description)});
  }
  return {};
}

/// Every version of every function.  Aliases are asked for of the functions that use one of the layers: they tell who
/// a version serves, which is in use in any case.
Result<> Pruner::see_functions(Seen& seen, const aws::CallOptions& options) {
  seen.usage.functions.clear();
  seen.usage.aliases.clear();
  std::set<std::string> listed;
  for (const ListedLayer& layer : seen.layers) {
    for (const ListedVersion& version : layer.versions) listed.insert(version.arn);
  }
  std::set<std::string> users;
  LAMELLA_TRY_ASSIGN(const auto functions, lambda_.list_every_version(options));
  for (const wire::FunctionConfiguration& one : functions) {
    engine::FunctionVersion version{one.function_name, one.version, {}};
    for (const auto& layer : one.layers.value_or(std::vector<wire::AttachedLayer>())) {
      version.layer_arns.push_back(layer.arn);
      if (listed.contains(layer.arn)) users.insert(one.function_name);
    }
    seen.usage.functions.push_back(std::move(version));
  }
  for (const std::string& function : users) {
    const auto aliases = lambda_.list_aliases(function, options);
    if (!aliases && wire::is_service_error(aliases.error(), "ResourceNotFoundException"))
      continue;  // deleted since
    if (!aliases) return aliases.error();
    for (const wire::Alias& alias : *aliases) {
      engine::FunctionAlias one{function, alias.name, {alias.function_version}};
      if (alias.routing_config && alias.routing_config->additional_version_weights) {
        for (const auto& [version, weight] : *alias.routing_config->additional_version_weights)
          one.versions.push_back(version);
      }
      seen.usage.aliases.push_back(std::move(one));
    }
  }
  seen.functions_at = clock_.monotonic();
  return {};
}

Result<Pruner::Seen> Pruner::see(const PruneScope& scope, const std::vector<ledger::Deployment>& deployments,
                                 const aws::CallOptions& options) {
  Seen seen;
  LAMELLA_TRY_ASSIGN(seen.layers, layers_of(scope, deployments));
  for (ListedLayer& layer : seen.layers) LAMELLA_TRY(list(layer, options));
  seen.usage.references = references_of(deployments);
  seen.usage.references.insert(seen.usage.references.end(), scope.references.begin(), scope.references.end());
  LAMELLA_TRY(see_functions(seen, options));
  return seen;
}

/// Of a version that is to go: its bytes, and whether its content is what the marker says.
Result<> Pruner::weigh(const PrunedLayer& layer, const ListedVersion& listed, PrunedVersion& version,
                       const aws::CallOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto whole, lambda_.get_layer_version(layer.layer.name, version.version, options));
  if (!whole || !whole->content) {
    version.action = "";
    return {};
  }
  version.bytes = whole->content->code_size;
  if (Digest::from_base64(whole->content->code_sha256) == listed.content) return {};
  version.action = "kept";
  version.reasons = {{"content-differs", layer.layer.layer, "", "",
                      "its content is not what its description says: Lamella may not have published it"}};
  return {};
}

Result<PruneReport> Pruner::report_of(const PruneScope& scope, const Seen& seen,
                                      const aws::CallOptions& options) {
  PruneReport report{.environment = scope.environment, .region = scope.region};
  for (const ListedLayer& layer : seen.layers) report.layers.push_back({.layer = layer});
  for (engine::Fate& fate : engine::decide(seen.layers, seen.usage)) {
    PrunedLayer& layer = report.layers[fate.layer];
    const ListedVersion& listed = seen.layers[fate.layer].versions[fate.version];
    PrunedVersion version{.version = listed.version,
                          .arn = listed.arn,
                          .action = fate.goes ? "removable" : "kept",
                          .reasons = std::move(fate.reasons)};
    if (fate.goes) LAMELLA_TRY(weigh(layer, listed, version, options));
    if (!version.action.empty()) layer.versions.push_back(std::move(version));  // else it is gone meanwhile
  }
  return report;
}

Result<PruneReport> Pruner::look(const PruneScope& scope, const std::vector<ledger::Deployment>& deployments,
                                 std::stop_token stop) {
  const aws::CallOptions options{.stop = std::move(stop)};
  LAMELLA_TRY_ASSIGN(const Seen seen, see(scope, deployments, options));
  return report_of(scope, seen, options);
}

Result<bool> Pruner::still_unused(Seen& seen, const Deletion& deletion, const aws::CallOptions& options) {
  if (clock_.monotonic() - seen.functions_at <= kFresh) return true;
  LAMELLA_TRY(see_functions(seen, options));
  for (engine::Fate& fate : engine::decide(seen.layers, seen.usage)) {
    const ListedVersion& listed = seen.layers[fate.layer].versions[fate.version];
    if (fate.goes || listed.arn != deletion.version->arn) continue;
    deletion.version->action = "kept";
    deletion.version->reasons = std::move(fate.reasons);
    return false;
  }
  return true;
}

/// Deletes one version and records how that ended.  Errors: those after which nothing more may be sent.
Result<> Pruner::remove(Seen& seen, const Deletion& deletion, PruneReport& report, ledger::Journal& journal,
                        const aws::CallOptions& options) {
  const PrunedLayer& layer = report.layers[deletion.layer];
  PrunedVersion& version = *deletion.version;
  Value result = intent_of(layer, version);
  LAMELLA_TRY_ASSIGN(const bool unused, still_unused(seen, deletion, options));
  const auto answer =
      unused ? lambda_.delete_layer_version(layer.layer.name, version.version, options) : Result<>();
  base::Event told{.kind = "prune.kept",
                   .subject = layer.layer.layer,
                   .text = fmt::format("version {} came into use meanwhile and stays", version.version)};
  if (!unused) {
    result.set("skipped", true);
  } else if (answer) {
    version.action = "deleted";
    told.kind = "prune.deleted";
    told.text = fmt::format("version {} is deleted", version.version);
  } else {
    version.action = "failed";
    version.reasons = {{"delete-failed", layer.layer.layer, "", "", answer.error().what()}};
    result.set("error", answer.error().what());
    result.set("code", base::to_string(answer.error().code()));
    report.failures.push_back(
        Error(answer.error())
            .while_doing(fmt::format("deleting version {} of layer {}", version.version, layer.layer.name)));
    told = {.kind = "prune.failed",
            .subject = layer.layer.layer,
            .text = fmt::format("version {} is not deleted: {}", version.version, answer.error().what()),
            .severity = base::Severity::kWarning};
  }
  events_.emit(told);
  if (auto kept = journal.record(result); !kept) return unrecorded(kept.error());
  return {};
}

std::vector<Pruner::Deletion> Pruner::deletions_in(PruneReport& report) {
  std::vector<Deletion> deletions;
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    auto& versions = report.layers[i].versions;
    for (auto one = versions.rbegin(); one != versions.rend(); ++one) {
      if (one->action == "removable") deletions.push_back({i, &*one});
    }
  }
  return deletions;
}

Result<PruneReport> Pruner::apply(const PruneScope& scope, ledger::StateStore& state, os::Random& random,
                                  std::stop_token stop) {
  const aws::CallOptions options{.stop = stop};
  LAMELLA_TRY_ASSIGN(const auto lease, state.acquire_lease());
  ledger::Journal journal(state);
  LAMELLA_TRY_ASSIGN(const auto deployments, journal.deployments());
  LAMELLA_TRY_ASSIGN(Seen seen, see(scope, deployments, options));
  LAMELLA_TRY_ASSIGN(PruneReport report, report_of(scope, seen, options));
  const std::vector<Deletion> deletions = deletions_in(report);
  if (deletions.empty()) return report;
  std::vector<Value> intents;
  for (const Deletion& one : deletions) intents.push_back(intent_of(report.layers[one.layer], *one.version));
  report.pruning = fmt::format("{}-{}", clock_.timestamp(), random.hex(4));
  LAMELLA_TRY(journal.start_pruning(report.pruning, scope.environment, to_value(report)));
  LAMELLA_TRY(journal.intend(intents));
  for (const Deletion& deletion : deletions) {
    report.interrupted = stop.stop_requested();
    if (report.interrupted) break;
    if (auto done = remove(seen, deletion, report, journal, options); !done) {
      report.failures.push_back(std::move(done).error());
      break;
    }
  }
  // A call that the interrupt broke off is a failure of the interrupt's.
  report.interrupted = report.interrupted || (stop.stop_requested() && !report.failures.empty());
  const char* outcome = report.interrupted ? "aborted" : report.failures.empty() ? "pruned" : "failed";
  if (auto kept = journal.finish(outcome, to_value(report)); !kept && report.failures.empty())
    report.failures.push_back(unrecorded(kept.error()));
  return report;
}

}  // namespace lamella::deploy
