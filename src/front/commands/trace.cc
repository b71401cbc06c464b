// SPDX-License-Identifier: Apache-2.0
#include "commands/trace.h"

#include <algorithm>

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

/// What prune.drop would say: what it says now, and what is proposed without high risk.
std::vector<std::string> drop_lines(const model::Layer& layer, const build::LayerTrace& trace) {
  std::vector<std::string> lines;
  for (const model::Glob& glob : layer.prune.drop) lines.push_back(glob.text());
  for (const build::Proposal& proposal : trace.proposals) {
    if (proposal.risk != build::Risk::kHigh) lines.push_back(proposal.pattern);
  }
  return lines;
}

Value to_value(const model::Workspace& workspace, const build::LayerTrace& trace) {
  Value proposals = Value::array();
  for (const build::Proposal& proposal : trace.proposals) proposals.push_back(to_value(proposal));
  return Value::object({{"layer", trace.layer},
                        {"files", trace.files},
                        {"bytes", trace.bytes},
                        {"used_files", trace.used_files},
                        {"used_bytes", trace.used_bytes},
                        {"users", Value::array_of(trace.users)},
                        {"proposals", std::move(proposals)},
                        {"drop", Value::array_of(drop_lines(*workspace.find_layer(trace.layer), trace))}});
}

}  // namespace

Result<Outcome> trace(const Setting& setting, const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const model::Function* function, session->require_function(name));
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(*session, LockPolicy::kFrozen));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
  LAMELLA_TRY_ASSIGN(const auto trace,
                     build::trace_function(*tools, session->workspace(), locks, *function, session->stop()));
  Outcome outcome{new_record(), {}};
  Value checks = Value::array();
  for (const model::CheckResult& check : trace.proof.checks) checks.push_back(model::to_value(check));
  Value layers = Value::array();
  for (const build::LayerTrace& layer : trace.layers) layers.push_back(to_value(session->workspace(), layer));
  outcome.record.set("function", name);
  outcome.record.set("opened_files", trace.proof.opened.size());
  outcome.record.set("checks", std::move(checks));
  outcome.record.set("layers", std::move(layers));
  outcome.record.set("passes_without", trace.without.empty());
  outcome.record.set("fails_without", trace.without.empty() ? Value() : Value(trace.without));
  return outcome;
}

}  // namespace lamella::commands
