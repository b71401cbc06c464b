// SPDX-License-Identifier: Apache-2.0
#include "commands/externals.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "build/external_lock.h"
#include "commands/access.h"
#include "model/arn.h"
#include "os/directory.h"
#include "os/file.h"

namespace lamella::commands {
namespace {

using build::ExternalLayer;
using build::ExternalLock;
using document::Value;

constexpr std::chrono::minutes kPatience{10};

std::vector<const model::Layer*> external_layers(const Session& session) {
  std::vector<const model::Layer*> layers;
  for (const model::Layer& layer : session.workspace().layers) {
    if (layer.arn) layers.push_back(&layer);
  }
  return layers;
}

Error not_there(const std::string& arn) {
  return Error(ErrorCode::kUsage, fmt::format("{} is not there", arn))
      .because("no such layer version, or these credentials may not read it")
      .remedy("mend the ARN, or ask its owner for lambda:GetLayerVersion");
}

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

/// Asks for one version and puts its bytes into the store, whose digest is the one that the service states.
Result<ExternalLayer> mirror(Session& session, const std::string& arn) {
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const auto parsed, model::parse_layer_version_arn(arn));
  LAMELLA_TRY_ASSIGN(const auto access, Access::to_account(parsed.layer.place.region));
  aws::CallOptions options;
  options.stop = session.stop();
  LAMELLA_TRY_ASSIGN(const auto found, access->lambda().get_layer_version_by_arn(arn, options));
  if (!found) return not_there(arn);
  const auto digest = found->content ? Digest::from_base64(found->content->code_sha256) : std::nullopt;
  if (!digest || found->layer_version_arn != arn) {
    return Error(ErrorCode::kRemote, fmt::format("the service's answer for {} is not about it", arn))
        .because(!digest ? "it states no digest" : "it speaks of " + base::escaped(found->layer_version_arn));
  }
  LAMELLA_TRY_ASSIGN(auto blob, tools->store.new_blob());
  options.deadline = kPatience;
  LAMELLA_TRY_ASSIGN(const std::uint64_t bytes, access->download(found->content->location, *blob, options));
  auto kept = blob->commit_as(*digest);
  if (!kept && kept.error().code() == ErrorCode::kMismatch) {
    return Error(ErrorCode::kMismatch, fmt::format("the bytes of {} are not what the service says", arn))
        .because(fmt::format("wanted sha256 {}, got {}", digest->hex(), kept.error().fact("got")))
        .remedy("run `lamella lock` again; if it stays so, ask the layer's owner")
        .with("wanted", digest->hex())
        .with("got", kept.error().fact("got"));
  }
  if (!kept) return std::move(kept).error();
  session.events().emit({.kind = "external.mirrored",
                         .subject = arn,
                         .text = fmt::format("{}, sha256 {}", base::format_size(bytes), digest->brief())});
  return ExternalLayer{arn,
                       *digest,
                       bytes,
                       sorted(found->compatible_runtimes.value_or(wire::Strings{})),
                       sorted(found->compatible_architectures.value_or(wire::Strings{})),
                       found->license_info.value_or("")};
}

bool names(const std::vector<std::string>& published, std::string_view wanted) {
  return published.empty() || std::find(published.begin(), published.end(), wanted) != published.end();
}

/// What the version is published for need not be all that it runs on; it is told.
void warn_of_targets(Session& session, const model::Layer& layer, const ExternalLayer& external) {
  for (const model::Target& target : layer.targets) {
    if (names(external.runtimes, model::to_string(target.runtime)) &&
        names(external.architectures, to_string(target.architecture)))
      continue;
    session.events().emit(
        {.kind = "external.other-target",
         .subject = layer.name,
         .text = fmt::format("{} is published for {}{}{}, not for {}", external.arn,
                             fmt::join(external.runtimes, ", "), external.runtimes.empty() ? "" : " on ",
                             fmt::join(external.architectures, ", "), model::short_name(target)),
         .severity = base::Severity::kWarning});
  }
}

Value record_of(const model::Layer& layer, const ExternalLayer* external, std::string_view action,
                const std::string& from) {
  return Value::object({{"layer", layer.name},
                        {"arn", layer.arn->text},
                        {"sha256", external == nullptr ? Value() : Value(external->sha256.hex())},
                        {"bytes", external == nullptr ? Value() : Value(external->bytes)},
                        {"action", action},
                        {"from", from}});
}

Result<> write(Session& session, const ExternalLock& lock) {
  const auto path = session.root() / build::kExternalLockPath;
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, build::render_external_lock(lock), os::Durability::kFsync));
  session.wrote(std::string(build::kExternalLockPath));
  return {};
}

}  // namespace

Result<Value> update_externals(Session& session) {
  LAMELLA_TRY_ASSIGN(const ExternalLock before, build::load_external_lock(session.tree()));
  Value records = Value::array();
  ExternalLock now;
  for (const model::Layer* layer : external_layers(session)) {
    const auto old = before.find(layer->name);
    const std::string from = old == before.end() ? "" : old->second.arn;
    if (from == layer->arn->text) {
      now.insert(*old);
      records.push_back(record_of(*layer, &old->second, "unchanged", from));
      continue;
    }
    auto made = mirror(session, layer->arn->text);
    if (!made) return Error(std::move(made).error()).while_doing("locking layer " + layer->name);
    warn_of_targets(session, *layer, *made);
    records.push_back(record_of(*layer, &*made, from.empty() ? "created" : "updated", from));
    now.emplace(layer->name, *std::move(made));
  }
  if (now != before) LAMELLA_TRY(write(session, now));
  return records;
}

Result<Value> look_at_externals(const Session& session) {
  LAMELLA_TRY_ASSIGN(const ExternalLock lock, build::load_external_lock(session.tree()));
  Value records = Value::array();
  for (const model::Layer* layer : external_layers(session)) {
    const auto old = lock.find(layer->name);
    const ExternalLayer* known = old == lock.end() ? nullptr : &old->second;
    const auto* action = known == nullptr                 ? "missing"
                         : known->arn == layer->arn->text ? "unchanged"
                                                          : "stale";
    records.push_back(record_of(*layer, known, action, known == nullptr ? "" : known->arn));
  }
  return records;
}

Result<> ready_externals(Session& session, LockPolicy policy) {
  if (external_layers(session).empty()) return {};
  LAMELLA_TRY_ASSIGN(const ExternalLock lock, build::load_external_lock(session.tree()));
  bool missing = false;
  for (const model::Layer* layer : external_layers(session)) {
    const auto found = build::external_of(lock, *layer);
    const bool may_make =
        policy == LockPolicy::kMakeAny || (policy == LockPolicy::kMakeMissing && !lock.contains(layer->name));
    if (!found && !may_make) return found.error();
    missing = missing || !found;
  }
  if (missing) LAMELLA_TRY(update_externals(session));
  return {};
}

Result<> bring_externals(Session& session) {
  if (external_layers(session).empty()) return {};
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  LAMELLA_TRY_ASSIGN(const ExternalLock lock, build::load_external_lock(session.tree()));
  for (const model::Layer* layer : external_layers(session)) {
    LAMELLA_TRY_ASSIGN(const ExternalLayer* known, build::external_of(lock, *layer));
    LAMELLA_TRY_ASSIGN(const auto absent, tools->store.find_missing(std::span(&known->sha256, 1)));
    if (absent.empty()) continue;
    auto made = mirror(session, known->arn);
    if (!made) return Error(std::move(made).error()).while_doing("bringing back layer " + layer->name);
    if (made->sha256 == known->sha256) continue;
    return Error(ErrorCode::kMismatch,
                 fmt::format("{} has other bytes than {} says", known->arn, build::kExternalLockPath))
        .because(fmt::format("wanted sha256 {}, got {}", known->sha256.hex(), made->sha256.hex()))
        .remedy("find out who changed it; delete its row and run `lamella lock` only if the change is wanted")
        .with("wanted", known->sha256.hex())
        .with("got", made->sha256.hex());
  }
  return {};
}

}  // namespace lamella::commands
