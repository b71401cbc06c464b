// SPDX-License-Identifier: Apache-2.0
#include "commands/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/tree_text.h"
#include "build/builder.h"
#include "build/examine.h"
#include "change/local_inputs.h"
#include "commands/deprecated.h"
#include "commands/lock.h"
#include "commands/releases.h"
#include "document/json.h"
#include "os/clock.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;

struct Item {
  ArtifactKind kind;
  std::string name;
  const std::vector<model::Check>* checks;
  const model::Function* function = nullptr;
};

std::vector<Item> items_of(const model::Workspace& workspace, const std::vector<std::string>& names) {
  const auto wanted = [&](const std::string& name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<Item> items;
  for (const model::Layer* layer : workspace.build_order()) {
    if (wanted(layer->name)) items.push_back({ArtifactKind::kLayer, layer->name, &layer->checks});
  }
  for (const model::Function& function : workspace.functions) {
    if (wanted(function.name))
      items.push_back({ArtifactKind::kFunction, function.name, &function.checks, &function});
  }
  return items;
}

/// The event files that checks name are JSON.
Result<> events_parse(Session& session, const std::vector<model::Check>& checks) {
  for (const model::Check& check : checks) {
    const auto* event = std::get_if<model::EventCheck>(&check.what);
    const auto* file = event == nullptr ? nullptr : std::get_if<model::PlacedText>(&event->event);
    if (file == nullptr) continue;
    LAMELLA_TRY_ASSIGN(const auto text, base::read_text(session.tree(), file->text));
    if (!text)
      return Error(ErrorCode::kUsage, "an event file is missing").at(file->position).because(file->text);
    LAMELLA_TRY(document::parse_json(*text, file->text));
  }
  return {};
}

/// "orders/app.py" is the module "orders.app", "orders/__init__.py" is "orders"; "" for what is no module.
std::string module_of(std::string file) {
  if (!file.ends_with(".py")) return {};
  file.resize(file.size() - std::string_view(".py").size());
  if (file.ends_with("/__init__")) file.resize(file.size() - std::string_view("/__init__").size());
  std::replace(file.begin(), file.end(), '/', '.');
  return file;
}

/// The handler's module is one of the function's own files; one that a requirement or layer brings is left to
/// the sandbox.
Result<> handler_exists(Session& session, const model::Function& function) {
  auto index = change::StatIndex::load(session.root(), {});
  LAMELLA_TRY_ASSIGN(const auto files, change::inputs_of(session.root(), function, index));
  const std::string module = function.handler.text.substr(0, function.handler.text.rfind('.'));
  std::vector<std::string> modules;
  for (const change::InputFile& file : files) modules.push_back(module_of(file.name));
  std::string wanted = module;
  std::replace(wanted.begin(), wanted.end(), '/', '.');
  const bool found = std::find(modules.begin(), modules.end(), wanted) != modules.end();
  if (found || !function.requirements.empty() || !function.layers.empty()) return {};
  proof::Subject subject;
  subject.name = function.name;
  subject.handler = function.handler.text;
  subject.handler_position = function.handler.position;
  subject.source = function.source.text;
  return proof::no_handler_module(subject, modules);
}

Value imports_record(const proof::Proof& proof) {
  Value list = Value::array();
  for (const proof::ImportResult& one : proof.imports) {
    list.push_back(Value::object({{"name", one.name}, {"ok", one.ok}, {"duration_ms", one.duration_ms}}));
  }
  return list;
}

Value checks_record(const proof::Proof& proof) {
  Value list = Value::array();
  for (const model::CheckResult& one : proof.checks) list.push_back(model::to_value(one));
  return list;
}

class Checking {
 public:
  Checking(Session& session, const build::Tools& tools, const std::vector<build::GroupLock>& locks,
           const std::vector<build::Staleness>& states, const build::FindingsByName& findings)
      : session_(session),
        tools_(tools),
        locks_(locks),
        states_(states),
        findings_(findings),
        fitting_(session, locks) {}

  Result<> run(const Item& item, Value& record) {
    if (item.function != nullptr) {
      LAMELLA_TRY(handler_exists(session_, *item.function));
      LAMELLA_TRY_ASSIGN(Value ranges, fitting_.ranges_of(*item.function));
      record.set("ranges", std::move(ranges));
      LAMELLA_TRY(fitting_.require_fit(*item.function));
    }
    for (const build::Staleness& state : states_) {
      if (state.refused && state.kind == item.kind && state.name == item.name) return *state.refused;
    }
    LAMELLA_TRY(events_parse(session_, *item.checks));
    if (const auto found = findings_.find({item.kind, item.name}); found != findings_.end()) {
      record.set("findings", model::to_value(found->second));
      const std::string subject = fmt::format("{} {}", to_string(item.kind), item.name);
      if (auto error = model::error_of(found->second, subject)) return *std::move(error);
    }
    const build::Request request{.names = {item.name}, .again = build::Again::kChecks};
    LAMELLA_TRY_ASSIGN(const auto proofs,
                       build::prove_built(tools_, session_.workspace(), locks_, request, session_.stop()));
    for (const auto& [name, proof] : proofs) {
      record.set("imports", imports_record(proof));
      record.set("checks", checks_record(proof));
    }
    return {};
  }

 private:
  Session& session_;
  const build::Tools& tools_;
  const std::vector<build::GroupLock>& locks_;
  const std::vector<build::Staleness>& states_;
  const build::FindingsByName& findings_;
  Fitting fitting_;
};

}  // namespace

Result<Outcome> check(const Setting& setting, const CheckOptions& options) {
  const auto start = os::system_clock().monotonic();
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY(session->require_names(options.names));
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(*session, LockPolicy::kFrozen));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
  LAMELLA_TRY_ASSIGN(const auto states, build::staleness(*tools, session->workspace(), locks));

  const build::Request all{.names = {options.names.begin(), options.names.end()}};
  LAMELLA_TRY_ASSIGN(const auto findings,
                     build::examine_built(*tools, session->workspace(), locks, all, session->stop()));

  Checking checking(*session, *tools, locks, states, findings);
  Outcome outcome{new_record(), {}};
  Value list = Value::array();
  for (const Item& item : items_of(session->workspace(), options.names)) {
    const bool stale = std::any_of(states.begin(), states.end(), [&](const build::Staleness& state) {
      return state.kind == item.kind && state.name == item.name && state.stale;
    });
    Value record = Value::object({{"kind", to_string(item.kind)},
                                  {"name", item.name},
                                  {"passed", true},
                                  {"stale", stale},
                                  {"imports", Value::array()},
                                  {"checks", Value::array()},
                                  {"findings", Value::array()},
                                  {"error", nullptr}});
    auto done = checking.run(item, record);
    if (!done) {
      if (done.error().code() == ErrorCode::kInterrupted) return std::move(done).error();
      record.set("passed", false);
      record.set("error", to_value(done.error()));
      if (!outcome.error) outcome.error = done.error();
    }
    session->events().emit({.kind = done ? "check.passed" : "check.failed",
                            .subject = item.name,
                            .text = done ? "checked" : "failed",
                            .severity = done ? base::Severity::kInfo : base::Severity::kWarning});
    list.push_back(std::move(record));
  }
  outcome.record.set("checked", std::move(list));
  warn_of_deprecated_runtimes(*session, outcome.record);
  const auto elapsed = os::system_clock().monotonic() - start;
  outcome.record.set("elapsed_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  return outcome;
}

}  // namespace lamella::commands
