// SPDX-License-Identifier: Apache-2.0
#include "commands/size_diff.h"

#include <fmt/format.h>

#include "build/builder.h"
#include "build/weigh.h"
#include "commands/live.h"
#include "commands/lock.h"
#include "commands/past.h"
#include "model/limits.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;
using model::Weighed;

constexpr std::string_view kDeployed = "deployed:";

/// The environment that `word` means, or "".
std::string environment_of(const Session& session, const std::string& word) {
  if (word.starts_with(kDeployed)) return word.substr(kDeployed.size());
  return session.workspace().find_environment(word) == nullptr ? "" : word;
}

Result<Weighed> weigh_now(const build::Tools& tools, const build::Manifest& manifest, ArtifactKind kind,
                          const std::string& name, const model::Target& target) {
  if (const build::Made* made = manifest.find(kind, name, target)) return build::weigh(tools, *made);
  return Error(ErrorCode::kUsage, fmt::format("{} {} was never built here", to_string(kind), name))
      .remedy("run `lamella build` first");
}

Result<std::vector<Weighed>> last_build(Session& session, const build::Manifest& manifest) {
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  std::vector<Weighed> all;
  for (const model::Layer& layer : session.workspace().layers) {
    for (const model::Target& target : layer.targets) {
      LAMELLA_TRY_ASSIGN(auto one, weigh_now(*tools, manifest, ArtifactKind::kLayer, layer.name, target));
      all.push_back(std::move(one));
    }
  }
  for (const model::Function& function : session.workspace().functions) {
    LAMELLA_TRY_ASSIGN(auto one,
                       weigh_now(*tools, manifest, ArtifactKind::kFunction, function.name, function.target));
    all.push_back(std::move(one));
  }
  return all;
}

Value bytes_of(const std::map<std::string, std::uint64_t>& merged, const std::string& function) {
  const auto found = merged.find(function);
  return found == merged.end() ? Value() : Value(found->second);
}

Value total(const std::vector<Weighed>& side) {
  model::Sizes sum;
  for (const Weighed& one : side) sum += one.sizes;
  return Value::object({{"zipped_bytes", sum.zipped}, {"unzipped_bytes", sum.unzipped}});
}

/// Names of what a build would make again.  Without locks that answer, that is everything.
Result<Value> stale(Session& session) {
  Value names = Value::array();
  const auto locks = ready_locks(session, LockPolicy::kFrozen);
  if (!locks && locks.error().code() != ErrorCode::kUsage) return locks.error();
  if (!locks) {
    for (const std::string& name : session.workspace().layer_names()) names.push_back(name);
    for (const std::string& name : session.workspace().function_names()) names.push_back(name);
    return names;
  }
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const auto items, build::staleness(*tools, session.workspace(), *locks));
  for (const build::Staleness& item : items) {
    if (item.stale) names.push_back(item.name);
  }
  return names;
}

/// What is compared with: who it is, and what it weighs.
struct Before {
  Value from;
  std::vector<Weighed> artifacts;
  std::map<std::string, std::uint64_t> merged;
};

Result<Before> before_of(Session& session, const std::string& against, const build::Manifest& now) {
  Before before;
  const std::string environment = environment_of(session, against);
  if (environment.empty() && !against.starts_with(kDeployed)) {
    LAMELLA_TRY_ASSIGN(auto past, weigh_past(session, against, now));
    before.from = Value::object({{"revision", past.revision.text},
                                 {"commit", past.revision.commit},
                                 {"environment", nullptr},
                                 {"region", nullptr}});
    before.artifacts = std::move(past.artifacts);
    before.merged = std::move(past.merged);
    return before;
  }
  LAMELLA_TRY_ASSIGN(auto live, weigh_live(session, environment));
  before.from = Value::object({{"revision", nullptr},
                               {"commit", nullptr},
                               {"environment", live.environment},
                               {"region", live.region}});
  before.artifacts = std::move(live.artifacts);
  before.merged = std::move(live.merged);
  return before;
}

}  // namespace

Result<Outcome> size_diff(const Setting& setting, const std::string& against) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  const build::Manifest manifest = build::load_manifest(session->root());
  LAMELLA_TRY_ASSIGN(const auto after, last_build(*session, manifest));
  LAMELLA_TRY_ASSIGN(Before before, before_of(*session, against, manifest));
  LAMELLA_TRY_ASSIGN(Value old_names, stale(*session));
  Outcome outcome{new_record(), {}};
  outcome.record.set("from", std::move(before.from));
  outcome.record.set("artifacts", size_differences(before.artifacts, after));
  const auto merged = merged_of(session->workspace(), after);
  Value& functions = outcome.record.set("functions", Value::array());
  for (const model::Function& function : session->workspace().functions) {
    functions.push_back(Value::object({{"name", function.name},
                                       {"before_bytes", bytes_of(before.merged, function.name)},
                                       {"after_bytes", bytes_of(merged, function.name)},
                                       {"limit_bytes", model::kMaxUnzippedBytes}}));
  }
  outcome.record.set("total", Value::object({{"before", total(before.artifacts)}, {"after", total(after)}}));
  outcome.record.set("stale", std::move(old_names));
  return outcome;
}

}  // namespace lamella::commands
