// SPDX-License-Identifier: Apache-2.0
#include "commands/wanted.h"

#include <fmt/format.h>

#include "model/limits.h"

namespace lamella::commands {
namespace {

using model::ArtifactKind;

constexpr std::string_view kLocalRole = "arn:aws:iam::000000000000:role/lamella-local";

Result<const build::Made*> made_of(const build::Manifest& manifest, ArtifactKind kind,
                                   const std::string& name, const model::Target& target) {
  if (const build::Made* made = manifest.find(kind, name, target)) return made;
  return Error(ErrorCode::kUsage, fmt::format("{} {} was never built here", to_string(kind), name))
      .remedy("run `lamella build` first");
}

/// A layer with several targets is several layers to a deployment.
std::string key_of(const model::Layer& layer, const model::Target& target) {
  return layer.targets.size() == 1 ? layer.name : fmt::format("{}@{}", layer.name, model::short_name(target));
}

Result<engine::WantedLayer> wanted_layer(const Session& session, const build::Manifest& manifest,
                                         const Destination& to, const model::Layer& layer,
                                         const model::Target& target) {
  LAMELLA_TRY_ASSIGN(const build::Made* made, made_of(manifest, ArtifactKind::kLayer, layer.name, target));
  engine::WantedLayer wanted;
  wanted.layer = key_of(layer, target);
  wanted.name = to.environment->name_of(layer.name);
  wanted.sha256 = made->artifact.sha256;
  wanted.zipped_bytes = made->artifact.zipped_bytes;
  wanted.runtimes = {model::to_string(target.runtime)};
  wanted.architectures = {std::string(to_string(target.architecture))};
  wanted.description = layer.description;
  wanted.licence = layer.licence;
  wanted.zip = (session.root() / made->artifact.path).string();
  return wanted;
}

Result<std::map<std::string, engine::Variable>> variables(const Session& session, const Destination& to,
                                                          const model::Function& function) {
  const auto lookup = variables_of(to.environment->name, session.setting());
  std::map<std::string, engine::Variable> resolved;
  std::map<std::string, std::string> plain;
  for (const auto& [name, value] : function.environment) {
    auto text = model::resolve(value, lookup);
    if (!text) return std::move(text).error();
    plain[name] = *text;
    resolved[name] = {*std::move(text), value.is_secret()};
  }
  LAMELLA_TRY(model::check_environment_size(plain));
  return resolved;
}

Result<engine::WantedFunction> wanted_function(const Session& session, const build::Manifest& manifest,
                                               const Destination& to, const model::Function& declared) {
  const model::Function function = session.workspace().in_environment(declared, *to.environment);
  LAMELLA_TRY_ASSIGN(const build::Made* made,
                     made_of(manifest, ArtifactKind::kFunction, function.name, function.target));
  engine::WantedFunction wanted;
  wanted.function = function.name;
  wanted.name = to.environment->name_of(function.name);
  wanted.code = made->artifact.sha256;
  wanted.zipped_bytes = made->artifact.zipped_bytes;
  wanted.architecture = to_string(function.target.architecture);
  wanted.settings.runtime = model::to_string(function.target.runtime);
  wanted.settings.handler = function.handler.text;
  wanted.settings.role = !function.role.empty() ? function.role : to.environment->role;
  if (wanted.settings.role.empty() && to.environment->is_local()) wanted.settings.role = kLocalRole;
  if (wanted.settings.role.empty()) {
    return Error(ErrorCode::kUsage, "the function has no role")
        .remedy("write `role` into the function or the environment");
  }
  wanted.settings.memory_mb = function.memory;
  wanted.settings.timeout_s = function.timeout;
  LAMELLA_TRY_ASSIGN(wanted.settings.environment, variables(session, to, function));
  for (const auto& layer : function.layers) {
    wanted.layers.push_back(key_of(*session.workspace().find_layer(layer.text), function.target));
  }
  wanted.alias = function.alias;
  wanted.checks = function.checks;
  wanted.zip = (session.root() / made->artifact.path).string();
  return wanted;
}

}  // namespace

Result<engine::Wanted> wanted_of(const Session& session, const build::Manifest& manifest,
                                 const Destination& to) {
  engine::Wanted wanted;
  wanted.environment = to.environment->name;
  wanted.account = to.account;
  wanted.region = to.region;
  for (const model::Layer* layer : session.workspace().build_order()) {
    for (const model::Target& target : layer->targets) {
      LAMELLA_TRY_ASSIGN(auto one, wanted_layer(session, manifest, to, *layer, target));
      wanted.layers.push_back(std::move(one));
    }
  }
  for (const model::Function& function : session.workspace().functions) {
    auto one = wanted_function(session, manifest, to, function);
    if (!one) return Error(std::move(one).error()).while_doing("preparing function " + function.name);
    wanted.functions.push_back(*std::move(one));
  }
  return wanted;
}

}  // namespace lamella::commands
