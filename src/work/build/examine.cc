// SPDX-License-Identifier: Apache-2.0
#include "build/examine.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "build/budget.h"
#include "build/culprits.h"
#include "build/project_needs.h"
#include "change/stat_index.h"
#include "os/directory_tree.h"
#include "proof/opt_proof.h"

namespace lamella::build {
namespace {

using model::ArtifactKind;
using model::Finding;

proof::OptArtifact artifact_of(const Tools& tools, const Made& made) {
  proof::OptArtifact artifact{.kind = made.artifact.kind,
                              .name = made.artifact.name,
                              .sha256 = made.artifact.sha256,
                              .zip = tools.workspace / made.artifact.path,
                              .parts = {},
                              .as_it_is = made.as_it_is};
  for (const Part& part : made.parts)
    artifact.parts.push_back({part.segment.blob, part.segment.distribution, part.segment.version});
  return artifact;
}

/// Layers that some function of `which` lists.
std::set<std::pair<std::string, model::Target>> used_layers(const model::Workspace& workspace,
                                                            const std::vector<ArtifactPlan>& plans,
                                                            const std::vector<std::size_t>& which) {
  std::set<std::pair<std::string, model::Target>> used;
  for (const std::size_t i : which) {
    if (plans[i].kind != ArtifactKind::kFunction) continue;
    for (const auto& layer : workspace.find_function(plans[i].name)->layers)
      used.emplace(layer.text, plans[i].target);
  }
  return used;
}

/// Plans by what they make; empty where none has an in-repo project.
using PlansByName = std::map<std::tuple<ArtifactKind, std::string, model::Target>, const ArtifactPlan*>;

PlansByName plans_beside_projects(const std::vector<ArtifactPlan>& plans) {
  PlansByName by_name;
  if (std::none_of(plans.begin(), plans.end(), has_projects)) return by_name;
  for (const ArtifactPlan& plan : plans)
    by_name.emplace(std::tuple(plan.kind, plan.name, plan.target), &plan);
  return by_name;
}

Result<> add_needs(const Tools& tools, const model::Workspace& workspace, const PlansByName& plans,
                   proof::OptSubject& subject) {
  std::vector<std::pair<proof::OptArtifact*, const ArtifactPlan*>> members;
  std::vector<const ArtifactPlan*> stack;
  const auto add = [&](proof::OptArtifact& artifact) {
    const auto found = plans.find({artifact.kind, artifact.name, subject.target});
    if (found == plans.end()) return;
    stack.push_back(found->second);
    if (has_projects(*found->second)) members.emplace_back(&artifact, found->second);
  };
  for (proof::OptArtifact& layer : subject.layers) add(layer);
  if (subject.function) add(*subject.function);
  for (const auto& [artifact, plan] : members) {
    LAMELLA_TRY_ASSIGN(artifact->needs, unmet_needs(tools, workspace, *plan, stack));
  }
  return {};
}

/// The layers that an artifact is looked at with, itself among them if it is one; in merge order.
std::vector<std::string> layers_of(const model::Workspace& workspace, const ArtifactPlan& plan) {
  std::vector<std::string> layers;
  if (plan.kind == ArtifactKind::kFunction) {
    for (const auto& name : workspace.find_function(plan.name)->layers) layers.push_back(name.text);
    return layers;
  }
  for (const model::Layer* below : workspace.dependencies_of(*workspace.find_layer(plan.name)))
    layers.push_back(below->name);
  layers.push_back(plan.name);
  return layers;
}

/// nullopt where a layer of it is not in the manifest.
std::optional<proof::OptSubject> subject_of(const Tools& tools, const model::Workspace& workspace,
                                            const ManifestIndex& manifest, const ArtifactPlan& plan) {
  const Made* own = manifest.find(plan.kind, plan.name, plan.target);
  if (own == nullptr) return std::nullopt;
  proof::OptSubject subject{plan.target, {}, {}};
  if (plan.kind == ArtifactKind::kFunction) subject.function = artifact_of(tools, *own);
  for (const std::string& name : layers_of(workspace, plan)) {
    const Made* layer = manifest.find(ArtifactKind::kLayer, name, plan.target);
    if (layer == nullptr) return std::nullopt;
    subject.layers.push_back(artifact_of(tools, *layer));
  }
  return subject;
}

void name_rules(const std::vector<Culprit>& culprits, Finding& finding) {
  std::vector<std::string> names;
  for (const Culprit& culprit : culprits) names.push_back(fmt::format("'{}'", culprit.rule.rule));
  const model::Origin& origin = finding.origins.front();
  finding.text = fmt::format("{} of {} needs {}, which {} left out", origin.file, origin.name(),
                             finding.subject, fmt::join(names, " and "));
  const BackedOut& rule = culprits.front().rule;
  finding.remedy = fmt::format("write `keep = [\"{}\"]` into `prune` of {}", fmt::join(rule.keep, "\", \""),
                               rule.artifact);
}

/// Where a rule left out what is missing, the finding says so.  What cannot be told now (a wheel that is not to be
/// had) leaves it as it is.
void name_rules(const Tools& tools, const std::vector<const ArtifactPlan*>& parts,
                std::vector<Finding>& findings, const std::stop_token& stop) {
  std::map<std::string, std::vector<Culprit>> known;  // by library
  for (Finding& finding : findings) {
    if (!is_missing_library(finding)) continue;
    if (!known.contains(finding.subject)) {
      auto culprits = rules_behind(tools, parts, finding, stop);
      known[finding.subject] = culprits ? *std::move(culprits) : std::vector<Culprit>();
    }
    const auto& culprits = known.at(finding.subject);
    if (!culprits.empty()) name_rules(culprits, finding);
  }
}

void tell(EventSink& events, const std::string& subject, const Finding& finding) {
  events.emit({.kind = fmt::format("finding.{}", to_string(finding.kind)),
               .subject = subject,
               .text = finding.text,
               .severity = base::Severity::kWarning});
}

}  // namespace

bool is_missing_library(const Finding& finding) {
  return finding.kind == model::FindingKind::kUnresolvedLibrary && finding.severity == base::Severity::kError;
}

std::vector<const ArtifactPlan*> parts_of(const model::Workspace& workspace,
                                          const std::vector<ArtifactPlan>& plans, const ArtifactPlan& of) {
  const std::vector<std::string> layers = layers_of(workspace, of);
  std::vector<const ArtifactPlan*> parts;
  for (const ArtifactPlan& plan : plans) {
    const bool below = plan.kind == ArtifactKind::kLayer && plan.target == of.target &&
                       std::find(layers.begin(), layers.end(), plan.name) != layers.end();
    if (below || &plan == &of) parts.push_back(&plan);
  }
  return parts;
}

Result<std::map<std::size_t, std::vector<Finding>>> examine(
    const Tools& tools, const model::Workspace& workspace, const Manifest& manifest,
    const std::vector<ArtifactPlan>& plans, const std::vector<std::size_t>& which, std::stop_token stop) {
  const auto used = used_layers(workspace, plans, which);
  const ManifestIndex index(manifest);
  const PlansByName by_name = plans_beside_projects(plans);
  std::vector<std::size_t> looked_at;
  std::vector<proof::OptSubject> subjects;
  for (const std::size_t i : which) {
    const bool layer = plans[i].kind == ArtifactKind::kLayer;
    if (layer && used.contains({plans[i].name, plans[i].target})) continue;
    auto subject = subject_of(tools, workspace, index, plans[i]);
    if (!subject) continue;
    LAMELLA_TRY(add_needs(tools, workspace, by_name, *subject));
    looked_at.push_back(i);
    subjects.push_back(*std::move(subject));
  }
  LAMELLA_TRY_ASSIGN(auto found, proof::prove_opt({tools.store, tools.actions, tools.pool}, subjects, stop));
  std::map<std::size_t, std::vector<Finding>> by_plan;
  for (std::size_t k = 0; k < looked_at.size(); ++k) {
    const ArtifactPlan& plan = plans[looked_at[k]];
    // What a layer needs and does not have may come from another one of its functions' layers.
    if (plan.kind == ArtifactKind::kLayer && !workspace.users_of(plan.name).empty()) {
      std::erase_if(found[k], [](const Finding& finding) {
        return finding.kind == model::FindingKind::kUnresolvedLibrary ||
               finding.kind == model::FindingKind::kUnmetRequirement;
      });
    }
    if (std::any_of(found[k].begin(), found[k].end(), is_missing_library))
      name_rules(tools, parts_of(workspace, plans, plan), found[k], stop);
    by_plan.emplace(looked_at[k], std::move(found[k]));
  }
  for (const std::size_t i : which) {
    const Made* made = index.find(plans[i].kind, plans[i].name, plans[i].target);
    if (made == nullptr) continue;
    for (Finding& near : near_limits(workspace, manifest, made->artifact))
      by_plan[i].push_back(std::move(near));
  }
  return by_plan;
}

Result<FindingsByName> examine_built(const Tools& tools, const model::Workspace& workspace,
                                     const std::vector<GroupLock>& locks, const Request& request,
                                     std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const RulesLock rules, load_rules_lock(os::DirectoryTree(tools.workspace)));
  auto index = change::StatIndex::load(tools.workspace, index_path(tools.workspace));
  LAMELLA_TRY_ASSIGN(const auto plans, plan_artifacts(tools, workspace, locks, rules, request, index));
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (request.wants(plans[i].name)) which.push_back(i);
  }
  const Manifest manifest = load_manifest(tools.workspace);
  LAMELLA_TRY_ASSIGN(auto found, examine(tools, workspace, manifest, plans, which, stop));
  FindingsByName by_name;
  for (auto& [i, findings] : found) {
    auto& all = by_name[{plans[i].kind, plans[i].name}];
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return by_name;
}

void tell_findings(EventSink& events, const Manifest& now, const Manifest& last) {
  const ManifestIndex before(last);
  std::vector<std::pair<const Finding*, std::vector<std::string>>> told;
  for (const Made& made : now.made) {
    const Made* old = before.find(made.artifact.kind, made.artifact.name, made.artifact.target);
    for (const Finding& finding : made.findings) {
      if (finding.severity < base::Severity::kWarning) continue;
      const bool known = old != nullptr && std::find(old->findings.begin(), old->findings.end(), finding) !=
                                               old->findings.end();
      if (known) continue;
      const auto same = std::find_if(told.begin(), told.end(),
                                     [&](const auto& one) { return one.first->text == finding.text; });
      if (same == told.end()) {
        told.push_back({&finding, {made.artifact.name}});
      } else {
        same->second.push_back(made.artifact.name);
      }
    }
  }
  for (const auto& [finding, names] : told) {
    tell(events, fmt::format("{}", fmt::join(names, ", ")), *finding);
  }
}

void tell_project_budget(EventSink& events, const model::Workspace& workspace, const Manifest& now,
                         const Manifest& last) {
  const auto before = near_project_budget(workspace, last);
  for (const Finding& near : near_project_budget(workspace, now)) {
    if (std::find(before.begin(), before.end(), near) == before.end())
      tell(events, workspace.project.name, near);
  }
}

}  // namespace lamella::build
