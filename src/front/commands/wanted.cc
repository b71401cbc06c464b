// SPDX-License-Identifier: Apache-2.0
#include "commands/wanted.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/budget.h"
#include "model/arn.h"
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

Result<> check_required(const Destination& to, const model::Artifact& artifact) {
  if (!to.environment->requires_checks || artifact.proved) return {};
  Error error = Error(ErrorCode::kRefused, fmt::format("{} {} was built without its checks",
                                                       to_string(artifact.kind), artifact.name))
                    .at(to.environment->position)
                    .because(fmt::format("the environment {} requires checks", to.environment->name))
                    .remedy("run `lamella build` without --skip-checks");
  if (artifact.unproved.empty()) return error;
  return std::move(error)
      .because(fmt::format("the environment {} requires checks; {}", to.environment->name,
                           fmt::join(artifact.unproved, "; ")))
      .remedy("run `lamella build` on a machine that can run them");
}

/// A layer's targets, those of one content together: they are one layer version.
Result<std::vector<std::vector<model::Target>>> versions_of(const build::Manifest& manifest,
                                                            const model::Layer& layer) {
  std::vector<std::vector<model::Target>> versions;
  std::vector<Digest> contents;
  for (const model::Target& target : layer.targets) {
    LAMELLA_TRY_ASSIGN(const build::Made* made, made_of(manifest, ArtifactKind::kLayer, layer.name, target));
    const Digest& content = made->artifact.sha256;
    const auto known = std::find(contents.begin(), contents.end(), content);
    if (known == contents.end()) {
      contents.push_back(content);
      versions.push_back({target});
    } else {
      versions[static_cast<std::size_t>(known - contents.begin())].push_back(target);
    }
  }
  return versions;
}

/// What a deployment calls the version of a layer that serves `target`.
Result<std::string> key_of(const build::Manifest& manifest, const model::Layer& layer,
                           const model::Target& target) {
  LAMELLA_TRY_ASSIGN(const auto versions, versions_of(manifest, layer));
  if (versions.size() == 1) return layer.name;
  for (const auto& targets : versions) {
    if (std::find(targets.begin(), targets.end(), target) != targets.end())
      return layer_version_name(layer.name, targets.front());
  }
  return Error(ErrorCode::kInternal, "a layer is not built for a function's target").at(layer.name);
}

template <class Word>
std::vector<std::string> each_once(const std::vector<model::Target>& targets, Word word) {
  std::vector<std::string> words;
  for (const model::Target& target : targets) {
    std::string text(word(target));
    if (std::find(words.begin(), words.end(), text) == words.end()) words.push_back(std::move(text));
  }
  return words;
}

/// Of a layer that is a published version, where it can be used as it is; the embedded endpoint gets its bytes.
Result<std::string> arn_in(const Destination& to, const model::Layer& layer) {
  if (!layer.arn || to.environment->is_local()) return std::string();
  LAMELLA_TRY_ASSIGN(const auto arn, model::parse_layer_version_arn(layer.arn->text));
  const std::string& region = arn.layer.place.region;
  if (region == to.region) return layer.arn->text;
  return Error(ErrorCode::kUsage, fmt::format("layer '{}' is published in {}, and {} is in {}", layer.name,
                                              region, to.environment->name, to.region))
      .at(layer.arn->position)
      .because("a function takes layers of its own region")
      .remedy("name a version that is published there");
}

Result<engine::WantedLayer> wanted_layer(const Session& session, const build::Manifest& manifest,
                                         const Destination& to, const model::Layer& layer,
                                         const std::vector<model::Target>& targets) {
  LAMELLA_TRY_ASSIGN(const build::Made* made,
                     made_of(manifest, ArtifactKind::kLayer, layer.name, targets.front()));
  LAMELLA_TRY(check_required(to, made->artifact));
  engine::WantedLayer wanted;
  LAMELLA_TRY_ASSIGN(wanted.layer, key_of(manifest, layer, targets.front()));
  wanted.name = to.environment->name_of(layer.name);
  wanted.sha256 = made->artifact.sha256;
  wanted.zipped_bytes = made->artifact.zipped_bytes;
  wanted.runtimes = each_once(targets, [](const auto& target) { return model::to_string(target.runtime); });
  wanted.architectures =
      each_once(targets, [](const auto& target) { return to_string(target.architecture); });
  wanted.description = layer.description;
  wanted.licence = layer.licence;
  wanted.zip = (session.root() / made->artifact.path).string();
  LAMELLA_TRY_ASSIGN(wanted.arn, arn_in(to, layer));
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
  LAMELLA_TRY(check_required(to, made->artifact));
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
    const model::Layer& used = *session.workspace().find_layer(layer.text);
    LAMELLA_TRY_ASSIGN(std::string key, key_of(manifest, used, function.target));
    wanted.layers.push_back(std::move(key));
  }
  wanted.alias = function.alias;
  wanted.checks = function.checks;
  wanted.zip = (session.root() / made->artifact.path).string();
  return wanted;
}

}  // namespace

std::string layer_version_name(const std::string& layer, const model::Target& first) {
  return fmt::format("{}@{}", layer, model::short_name(first));
}

Result<engine::Wanted> wanted_of(const Session& session, const build::Manifest& manifest,
                                 const Destination& to) {
  LAMELLA_TRY(build::check_service_limits(session.workspace(), manifest));
  engine::Wanted wanted;
  wanted.environment = to.environment->name;
  wanted.account = to.account;
  wanted.region = to.region;
  for (const model::Layer* layer : session.workspace().build_order()) {
    LAMELLA_TRY_ASSIGN(const auto versions, versions_of(manifest, *layer));
    for (const auto& targets : versions) {
      LAMELLA_TRY_ASSIGN(auto one, wanted_layer(session, manifest, to, *layer, targets));
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
