// SPDX-License-Identifier: Apache-2.0
#include "commands/status.h"

#include <algorithm>
#include <map>
#include <set>

#include "build/builder.h"
#include "commands/budget_record.h"
#include "commands/lock.h"
#include "commands/wanted.h"
#include "os/clock.h"
#include "os/directory.h"

namespace lamella::commands {

Result<std::vector<ledger::Deployment>> deployments_of(const Session& session) {
  const auto folder = build::state_folder(session.root());
  if (!os::exists(folder / "journal.db")) return std::vector<ledger::Deployment>();
  LAMELLA_TRY_ASSIGN(const auto store, ledger::open_directory_store(folder, os::system_clock()));
  return ledger::Journal(*store).deployments();
}

namespace {

using document::Value;
using model::ArtifactKind;

/// What each environment serves, as the last deployment that reached a layer or function left it.
class Live {
 public:
  Live(const std::vector<ledger::Deployment>& deployments, const std::string& only) {
    for (const ledger::Deployment& deployment : deployments) {
      if (!only.empty() && deployment.environment != only) continue;
      for (const auto* list : {"layers", "functions"}) {
        for (const Value& record : deployment.report.items(list)) note(deployment.environment, list, record);
      }
    }
  }

  /// By any of the names that deployments may have for it: for each environment, the last.
  Value of(const std::string& list, const std::set<std::string>& names) const {
    std::map<std::string, const Record*> last;
    for (const auto& [key, record] : records_) {
      const auto& [in, name, environment] = key;
      if (in != list || !names.contains(name)) continue;
      const Record*& known = last[environment];
      if (known == nullptr || known->number < record.number) known = &record;
    }
    Value found = Value::array();
    for (const auto& [environment, record] : last) found.push_back(record->live);
    return found;
  }

 private:
  struct Record {
    std::size_t number = 0;  ///< later ones have higher
    Value live;
  };

  void note(const std::string& environment, const std::string& list, const Value& record) {
    const Value* version = record.find("version");
    const bool none = version == nullptr || version->is_null() || version->as_integer() == 0 ||
                      (version->as_string() != nullptr && version->as_string()->empty());
    if (none) return;
    Value live = Value::object(
        {{"environment", environment}, {"region", record.text("region")}, {"version", *version}});
    if (const Value* arn = record.find("arn")) live.set("arn", *arn);
    if (const Value* alias = record.find("alias")) live.set("alias", *alias);
    records_.insert_or_assign({list, record.text("name"), environment}, Record{++notes_, std::move(live)});
  }

  std::size_t notes_ = 0;
  std::map<std::tuple<std::string, std::string, std::string>, Record> records_;
};

/// Why each artifact would be built again; without locks that answer, everything would.
Result<std::vector<build::Staleness>> staleness_of(Session& session) {
  const auto locks = ready_locks(session, LockPolicy::kFrozen);
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  if (locks) return build::staleness(*tools, session.workspace(), *locks);
  const Error& error = locks.error();
  if (error.code() != ErrorCode::kUsage) return error;
  const std::vector<Reason> reasons{{"lock-stale", error.where(), "", "",
                                     error.why().empty() ? error.what() : error.what() + ": " + error.why()}};
  std::vector<build::Staleness> all;
  for (const model::Layer* layer : session.workspace().build_order()) {
    for (const auto& target : layer->targets)
      all.push_back({ArtifactKind::kLayer, layer->name, target, true, reasons});
  }
  for (const model::Function& function : session.workspace().functions) {
    all.push_back({ArtifactKind::kFunction, function.name, function.target, true, reasons});
  }
  return all;
}

const model::Budget& budget_of(const model::Workspace& workspace, const build::Staleness& item) {
  if (item.kind == ArtifactKind::kLayer) return workspace.find_layer(item.name)->budget;
  return workspace.find_function(item.name)->budget;
}

/// What deployments call it: a layer that is several versions is one for each content, named for the first of its
/// targets.
std::set<std::string> deployed_names(const Session& session, const build::Manifest& manifest,
                                     const build::Staleness& item) {
  std::set<std::string> names{item.name};
  const build::Made* made = manifest.find(item.kind, item.name, item.target);
  if (item.kind != ArtifactKind::kLayer || made == nullptr) return names;
  for (const model::Target& target : session.workspace().find_layer(item.name)->targets) {
    const build::Made* other = manifest.find_layer(item.name, target);
    if (other == nullptr || other->artifact.sha256 != made->artifact.sha256) continue;
    names.insert(layer_version_name(item.name, target));
    break;
  }
  return names;
}

Value record_of(const Session& session, const build::Staleness& item, const build::Manifest& manifest,
                const Live& live) {
  const build::Made* made = manifest.find(item.kind, item.name, item.target);
  Value reasons = Value::array();
  for (const Reason& reason : item.reasons) reasons.push_back(model::to_value(reason));
  const auto* list = item.kind == ArtifactKind::kLayer ? "layers" : "functions";
  return Value::object({{"name", item.name},
                        {"target", model::short_name(item.target)},
                        {"built_at", made == nullptr ? Value() : Value(made->built_at)},
                        {"proved", made != nullptr && made->artifact.proved},
                        {"stale", item.stale},
                        {"reasons", std::move(reasons)},
                        {"sha256", made == nullptr ? Value() : Value(made->artifact.sha256.hex())},
                        {"zipped_bytes", made == nullptr ? Value() : Value(made->artifact.zipped_bytes)},
                        {"unzipped_bytes", made == nullptr ? Value() : Value(made->artifact.unzipped_bytes)},
                        {"budget", budget_record(budget_of(session.workspace(), item))},
                        {"live", live.of(list, deployed_names(session, manifest, item))}});
}

Value environments_of(const Session& session, const std::vector<ledger::Deployment>& deployments) {
  Value list = Value::array();
  for (const model::EnvironmentSettings& environment : session.workspace().environments) {
    const auto last =
        std::find_if(deployments.rbegin(), deployments.rend(),
                     [&](const ledger::Deployment& one) { return one.environment == environment.name; });
    Value record = Value::object({{"name", environment.name}, {"last", nullptr}});
    if (last != deployments.rend()) {
      record.set("last", Value::object({{"deployment", last->id},
                                        {"outcome", last->outcome},
                                        {"started_at", last->started_at},
                                        {"finished_at", last->finished_at}}));
    }
    list.push_back(std::move(record));
  }
  return list;
}

}  // namespace

Result<Outcome> status(const Setting& setting, const std::string& environment) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  if (!environment.empty()) LAMELLA_TRY(session->require_environment(environment));
  LAMELLA_TRY_ASSIGN(const auto items, staleness_of(*session));
  LAMELLA_TRY_ASSIGN(const auto deployments, deployments_of(*session));
  const Live live(deployments, environment);
  const build::Manifest manifest = build::load_manifest(session->root());
  Outcome outcome{new_record(), {}};
  Value layers = Value::array();
  Value functions = Value::array();
  for (const build::Staleness& item : items) {
    (item.kind == ArtifactKind::kLayer ? layers : functions)
        .push_back(record_of(*session, item, manifest, live));
  }
  outcome.record.set("layers", std::move(layers));
  outcome.record.set("functions", std::move(functions));
  outcome.record.set("environments", environments_of(*session, deployments));
  return outcome;
}

Result<Outcome> history(const Setting& setting, const std::string& environment, std::size_t limit) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  if (!environment.empty()) LAMELLA_TRY(session->require_environment(environment));
  LAMELLA_TRY_ASSIGN(const auto deployments, deployments_of(*session));
  Outcome outcome{new_record(), {}};
  Value list = Value::array();
  for (auto one = deployments.rbegin(); one != deployments.rend() && list.as_array()->size() < limit; ++one) {
    if (!environment.empty() && one->environment != environment) continue;
    Value record =
        Value::object({{"deployment", one->id},
                       {"environment", one->environment},
                       {"started_at", one->started_at},
                       {"finished_at", one->finished_at.empty() ? Value() : Value(one->finished_at)},
                       {"outcome", one->finished() ? one->outcome : "interrupted"}});
    for (const auto* key : {"layers", "functions", "reasons"}) {
      const Value* found = one->report.find(key);
      record.set(key, found == nullptr ? Value::array() : *found);
    }
    list.push_back(std::move(record));
  }
  outcome.record.set("deployments", std::move(list));
  return outcome;
}

}  // namespace lamella::commands
