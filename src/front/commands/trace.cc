// SPDX-License-Identifier: Apache-2.0
#include "commands/trace.h"

#include <algorithm>

#include "build/builder.h"
#include "build/tracing.h"
#include "commands/lock.h"

namespace lamella::commands {
namespace {

using document::Value;

Value to_value(const build::Proposal& proposal) {
  return Value::object({{"pattern", proposal.pattern},
                        {"files", proposal.files},
                        {"bytes", proposal.bytes},
                        {"risk", to_string(proposal.risk)},
                        {"why", proposal.why}});
}

/// `prune` of the layer as it would be: as it is now, with what is proposed without high risk.  Only what it says.
Value prune_record(const model::Prune& prune, const build::LayerTrace& trace) {
  const auto texts = [](const std::vector<model::Glob>& globs) {
    Value list = Value::array();
    for (const model::Glob& glob : globs) list.push_back(glob.text());
    return list;
  };
  Value record = Value::object();
  if (prune.profile != model::Prune().profile) record.set("profile", to_string(prune.profile));
  Value extra = Value::array();
  for (const model::PlacedText& rule : prune.extra) extra.push_back(rule.text);
  if (!prune.extra.empty()) record.set("extra", std::move(extra));
  if (!prune.keep.empty()) record.set("keep", texts(prune.keep));
  Value drop = texts(prune.drop);
  for (const build::Proposal& proposal : trace.proposals) {
    if (proposal.risk != build::Risk::kHigh) drop.push_back(proposal.pattern);
  }
  record.set("drop", std::move(drop));
  return record;
}

/// What was built last is what is run, though some of it would be built anew.
Result<bool> is_stale(const build::Tools& tools, const model::Workspace& workspace,
                      const std::vector<build::GroupLock>& locks, const model::Function& function) {
  LAMELLA_TRY_ASSIGN(const auto states, build::staleness(tools, workspace, locks));
  return std::any_of(states.begin(), states.end(), [&](const build::Staleness& state) {
    const bool layer = std::any_of(function.layers.begin(), function.layers.end(),
                                   [&](const auto& one) { return one.text == state.name; });
    const bool own = state.kind == model::ArtifactKind::kFunction && state.name == function.name;
    return state.stale && (own || (layer && state.kind == model::ArtifactKind::kLayer));
  });
}

Value to_value(const model::Workspace& workspace, const build::LayerTrace& trace) {
  Value proposals = Value::array();
  for (const build::Proposal& proposal : trace.proposals) proposals.push_back(to_value(proposal));
  const model::Prune& now = workspace.find_layer(trace.layer)->prune;
  Value prune = prune_record(now, trace);
  Value drop = *prune.find("drop");
  return Value::object({{"layer", trace.layer},
                        {"files", trace.files},
                        {"bytes", trace.bytes},
                        {"used_files", trace.used_files},
                        {"used_bytes", trace.used_bytes},
                        {"users", Value::array_of(trace.users)},
                        {"proposals", std::move(proposals)},
                        {"drop", std::move(drop)},
                        {"prune", std::move(prune)},
                        {"prune_written", now.written}});
}

}  // namespace

Result<Outcome> trace(const Setting& setting, const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const model::Function* function, session->require_function(name));
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(*session, LockPolicy::kFrozen));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
  LAMELLA_TRY_ASSIGN(const auto trace,
                     build::trace_function(*tools, session->workspace(), locks, *function, session->stop()));
  LAMELLA_TRY_ASSIGN(const bool stale, is_stale(*tools, session->workspace(), locks, *function));
  Outcome outcome{new_record(), {}};
  Value checks = Value::array();
  for (const model::CheckResult& check : trace.proof.checks) checks.push_back(model::to_value(check));
  Value layers = Value::array();
  for (const build::LayerTrace& layer : trace.layers) layers.push_back(to_value(session->workspace(), layer));
  outcome.record.set("function", name);
  outcome.record.set("stale", stale);
  outcome.record.set("unchecked", Value::array_of(trace.unchecked));
  outcome.record.set("opened_files", trace.proof.opened.size());
  outcome.record.set("checks", std::move(checks));
  outcome.record.set("layers", std::move(layers));
  outcome.record.set("passes_without", trace.without.empty());
  outcome.record.set("fails_without", trace.without.empty() ? Value() : Value(trace.without));
  return outcome;
}

}  // namespace lamella::commands
