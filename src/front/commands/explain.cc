// SPDX-License-Identifier: Apache-2.0
#include "commands/explain.h"

#include "build/made.h"
#include "build/manifest.h"
#include "build/plan.h"
#include "build/stale.h"
#include "commands/lock.h"
#include "model/artifact.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;

Value texts_of(const std::vector<model::Glob>& globs) {
  Value list = Value::array();
  for (const model::Glob& glob : globs) list.push_back(glob.text());
  return list;
}

Value bytecode_of(const model::Bytecode& bytecode) {
  Value patterns = Value::object();
  for (const auto& pattern : bytecode.patterns) patterns.set(pattern.glob.text(), to_string(pattern.mode));
  return Value::object({{"default", to_string(bytecode.fallback)},
                        {"traced", bytecode.traced ? Value(to_string(*bytecode.traced)) : Value()},
                        {"patterns", std::move(patterns)}});
}

Value or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

/// The source distribution that a wheel is built from.
Value source_of(const package::Recipe& recipe) {
  if (!recipe.source || !recipe.source->archive) return {};
  const package::Wheel& archive = *recipe.source->archive;
  return Value::object({{"name", archive.filename}, {"url", archive.url}, {"sha256", archive.sha256.hex()}});
}

/// Where not all bytecode fits the budget: what this distribution's share bought, as far as it was measured.
Value bought_of(const std::vector<build::Bought>& bought, const std::string& distribution) {
  for (const build::Bought& one : bought) {
    if (one.distribution == distribution) return build::to_value(one);
  }
  return {};
}

Value segment_of(const package::Recipe& recipe, const std::vector<build::Bought>& bought) {
  Value rules = Value::array();
  for (const package::NamedRule& rule : recipe.rules) rules.push_back(rule.name);
  return Value::object({{"name", recipe.wheel.distribution},
                        {"version", recipe.wheel.version},
                        {"key", recipe.key().hex()},
                        {"wheel", recipe.wheel.sha256.is_zero() ? Value() : Value(recipe.wheel.sha256.hex())},
                        {"built_from", recipe.source ? Value(recipe.source->place) : Value()},
                        {"backend", recipe.source ? Value(recipe.source->backend) : Value()},
                        {"source", source_of(recipe)},
                        {"rules", std::move(rules)},
                        {"drop", texts_of(recipe.drop)},
                        {"keep", texts_of(recipe.keep)},
                        {"services", Value::array_of(recipe.services)},
                        {"bytecode", bytecode_of(recipe.bytecode.settings)},
                        {"traced", recipe.bytecode.traced.size()},
                        {"bought", bought_of(bought, recipe.wheel.distribution)},
                        {"interpreter", or_null(recipe.interpreter)},
                        {"strip", recipe.strip}});
}

Value segment_of(const package::LocalRecipe& recipe, const Session& session) {
  Value files = Value::array();
  for (const package::LocalFile& file : recipe.files) {
    files.push_back(Value::object({{"name", file.name},
                                   {"path", file.path.lexically_relative(session.root()).string()},
                                   {"sha256", file.sha256.hex()},
                                   {"executable", file.executable}}));
  }
  return Value::object({{"name", recipe.name},
                        {"key", recipe.key().hex()},
                        {"bytecode", to_string(recipe.bytecode)},
                        {"interpreter", or_null(recipe.interpreter)},
                        {"files", std::move(files)}});
}

Value segment_of(const package::ArchiveRecipe& recipe, const Session& session, bool as_it_is) {
  const std::string place =
      recipe.url.empty() ? recipe.path.lexically_relative(session.root()).string() : recipe.url;
  return Value::object({{"name", recipe.distribution()},
                        {"version", recipe.sha256.brief()},
                        {"key", recipe.key().hex()},
                        {"archive", recipe.sha256.hex()},
                        {"place", place},
                        {"as_it_is", as_it_is}});
}

Value segment_of(const package::CommandRecipe& recipe, const Session& session) {
  const package::CommandRun& command = recipe.command;
  Value inputs = Value::array();
  for (const package::LocalFile& file : command.files) {
    inputs.push_back(Value::object({{"path", file.path.lexically_relative(session.root()).string()},
                                    {"sha256", file.sha256.hex()},
                                    {"executable", file.executable}}));
  }
  Value tools = Value::array();
  for (const auto& tool : command.tools)
    tools.push_back(Value::object({{"name", tool.name}, {"sha256", tool.sha256.hex()}}));
  return Value::object({{"name", recipe.distribution()},
                        {"key", recipe.key().hex()},
                        {"run", command.run},
                        {"output", command.output},
                        {"network", command.network},
                        {"bytecode", to_string(recipe.bytecode)},
                        {"interpreter", or_null(recipe.interpreter)},
                        {"tools", std::move(tools)},
                        {"inputs", std::move(inputs)}});
}

Value artifact_of(const Session& session, const build::ArtifactPlan& plan, const build::Manifest& manifest,
                  const build::RulesLock& rules) {
  const build::Made* made = manifest.find(plan.kind, plan.name, plan.target);
  const std::vector<Reason> why = build::why_stale(session.root(), plan, made);
  Value reasons = Value::array();
  for (const Reason& reason : why) reasons.push_back(model::to_value(reason));
  Value segments = Value::array();
  const auto bought = build::bought_of(plan, rules);
  for (const package::Recipe& recipe : plan.wheels) segments.push_back(segment_of(recipe, bought));
  if (plan.archive) segments.push_back(segment_of(*plan.archive, session, plan.as_it_is));
  if (plan.command) segments.push_back(segment_of(*plan.command, session));
  if (plan.local) segments.push_back(segment_of(*plan.local, session));
  return Value::object({{"target", model::short_name(plan.target)},
                        {"key", plan.key().hex()},
                        {"stale", !build::is_up_to_date(why)},
                        {"reasons", std::move(reasons)},
                        {"findings", made == nullptr ? Value::array() : model::to_value(made->findings)},
                        {"segments", std::move(segments)}});
}

/// A name may be both a layer's and a function's: then there are two items.
Value item_of(const Session& session, ArtifactKind kind, const std::string& name, Value artifacts) {
  Value uses = Value::array();
  Value used_by = Value::array();
  const model::Workspace& workspace = session.workspace();
  if (kind == ArtifactKind::kFunction) {
    for (const auto& layer : workspace.find_function(name)->layers) uses.push_back(layer.text);
  } else {
    for (const auto& layer : workspace.find_layer(name)->depends_on) uses.push_back(layer.text);
    for (const model::Layer& other : workspace.layers) {
      for (const auto& below : other.depends_on) {
        if (below.text == name) used_by.push_back("layer " + other.name);
      }
    }
    for (const model::Function* user : workspace.users_of(name)) used_by.push_back("function " + user->name);
  }
  return Value::object({{"kind", to_string(kind)},
                        {"name", name},
                        {"uses", std::move(uses)},
                        {"used_by", std::move(used_by)},
                        {"artifacts", std::move(artifacts)}});
}

}  // namespace

Result<Outcome> explain(const Setting& setting, const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY(session->require_names({name}));
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(*session, LockPolicy::kFrozen));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session->tools());
  LAMELLA_TRY_ASSIGN(const auto rules, build::load_rules_lock(session->tree()));
  auto index = change::StatIndex::load(session->root(), build::index_path(session->root()));
  LAMELLA_TRY_ASSIGN(const auto plans, build::plan_artifacts(*tools, session->workspace(), locks, rules,
                                                             {.names = {name}}, index));
  const build::Manifest manifest = build::load_manifest(session->root());

  Outcome outcome{new_record(), {}};
  Value& items = outcome.record.set("items", Value::array());
  for (const ArtifactKind kind : {ArtifactKind::kLayer, ArtifactKind::kFunction}) {
    Value artifacts = Value::array();
    for (const build::ArtifactPlan& plan : plans) {
      if (plan.kind == kind && plan.name == name)
        artifacts.push_back(artifact_of(*session, plan, manifest, rules));
    }
    if (!artifacts.as_array()->empty()) items.push_back(item_of(*session, kind, name, std::move(artifacts)));
  }
  return outcome;
}

}  // namespace lamella::commands
