// SPDX-License-Identifier: Apache-2.0
#include "deploy/lambda_world.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/transport.h"
#include "base/units.h"
#include "crypto/sha256.h"
#include "model/arn.h"
#include "model/limits.h"
#include "os/file.h"
#include "wire/service_error.h"

namespace lamella::deploy {
namespace {

using engine::AliasRecord;
using engine::WantedFunction;
using engine::WantedLayer;

constexpr int kLeastAttempts = 6;
constexpr std::chrono::seconds kLongestPersistence{120};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{5'000};
// The service's own waiters give a function 300 s; a VPC or a large layer can take minutes.
constexpr std::chrono::seconds kLongestUpdate{300};
// How long a layer version may be missing from the list after its publication.
constexpr std::chrono::seconds kConsistencyWindow{5};

aws::CallOptions options_for(std::stop_token stop) { return {.stop = std::move(stop)}; }

/// An upload gets time for its bytes: a slow line must not look like a lost answer.
aws::CallOptions upload_options(std::stop_token stop) {
  return {.deadline = std::chrono::minutes(15), .attempt = std::chrono::minutes(10), .stop = std::move(stop)};
}

aws::CallOptions update_options(std::stop_token stop) {
  return {.deadline = kLongestUpdate, .stop = std::move(stop)};
}

/// What may pass: unknown outcomes, throttling, an update still in progress, a version not visible yet.  A
/// remote error that is not a call's ("a state unknown to this program") is final.
bool may_pass(const Error& error) {
  if (wire::is_service_error(error, "ResourceConflictException") ||
      wire::is_service_error(error, "PreconditionFailedException")) {
    return true;
  }
  return error.code() == ErrorCode::kRemote && error.facts().contains("certainty");
}

bool is_absent(const Error& error) { return wire::is_service_error(error, "ResourceNotFoundException"); }

/// The artifact's bytes, if they are still those that were planned.
Result<wire::Blob> zip_bytes(const std::string& path, const Digest& sha256, std::string_view noun,
                             const std::string& name) {
  LAMELLA_TRY_ASSIGN(std::string bytes, os::read_file(path, model::kMaxRequestBytes));
  if (bytes.size() > model::kMaxDirectZipBytes) {
    return Error(ErrorCode::kLimit,
                 fmt::format("the zip of {} {} is {}; Lambda takes {} in a request", noun, name,
                             base::format_size(bytes.size()), base::format_size(model::kMaxDirectZipBytes)))
        .remedy("prune it; uploads through S3 are not built yet");
  }
  if (crypto::sha256(bytes) == sha256) return wire::Blob{std::move(bytes)};
  return Error(ErrorCode::kMismatch, fmt::format("the zip of {} {} is not what was planned", noun, name))
      .at(path)
      .because("its bytes have another digest: it was built again or changed meanwhile")
      .remedy("run `lamella build`, then deploy again");
}

engine::Configuration configuration_of(const wire::FunctionConfiguration& from) {
  engine::Configuration out;
  out.code = Digest::from_base64(from.code_sha256).value_or(Digest());
  const bool told = from.architectures && !from.architectures->empty();
  out.architecture = told ? from.architectures->front() : "x86_64";  // the service's default
  if (from.layers) {
    for (const wire::AttachedLayer& layer : *from.layers) out.layer_arns.push_back(layer.arn);
  }
  out.settings = {
      from.runtime.value_or(""), from.handler.value_or(""), from.role, from.memory_size, from.timeout, {}};
  if (from.environment && from.environment->variables) {
    for (const auto& [name, value] : *from.environment->variables)
      out.settings.environment[name] = {value, false};
  }
  return out;
}

wire::FunctionSettings settings_of(const WantedFunction& function, const std::vector<std::string>& arns) {
  wire::StringMap variables;
  for (const auto& [name, variable] : function.settings.environment) variables[name] = variable.value;
  return {.runtime = function.settings.runtime,
          .role = function.settings.role,
          .handler = function.settings.handler,
          .timeout = function.settings.timeout_s,
          .memory_size = function.settings.memory_mb,
          .environment = wire::Environment{std::move(variables)},
          .layers = arns};
}

AliasRecord record_of(const wire::Alias& alias) {
  AliasRecord record{alias.function_version, alias.description, {}, alias.revision_id.value_or("")};
  if (alias.routing_config && alias.routing_config->additional_version_weights) {
    record.weights = *alias.routing_config->additional_version_weights;
  }
  return record;
}

bool same_routing(const AliasRecord& a, const AliasRecord& b) {
  return a.version == b.version && a.weights == b.weights;
}

bool has_failed(const wire::FunctionConfiguration& found) {
  return found.state.value_or("") == "Failed" || found.last_update_status.value_or("") == "Failed";
}

Error moved_by_someone(const WantedFunction& function, const std::optional<AliasRecord>& found) {
  return Error(ErrorCode::kConflict,
               fmt::format("alias '{}' of {} was moved by someone else", function.alias, function.name))
      .because(found ? fmt::format("it is on version {} now", found->version) : "it is gone")
      .remedy("look who did, then run the command again");
}

}  // namespace

/// What a function's next version is to be, and what is known of the way there.
struct LambdaWorld::Intent {
  const WantedFunction& function;
  const std::vector<std::string>& layer_arns;
  bool sent = false;                            ///< an update of ours may have been applied
  std::optional<engine::Configuration> seen{};  ///< $LATEST as it was when an update of it was refused

  bool same_code(const engine::Configuration& found) const {
    return found.code == function.code && found.architecture == function.architecture;
  }
  bool same_rest(const engine::Configuration& found) const {
    return found.layer_arns == layer_arns && engine::same_settings(found.settings, function.settings);
  }
  bool matches(const engine::Configuration& found) const { return same_code(found) && same_rest(found); }

  /// Takes note of how an update of `there` was answered.
  template <class T>
  Result<> answered(const engine::Configuration& there, const Result<T>& answer) {
    if (answer || aws::certainty(answer.error()) == aws::Certainty::kUnknown) sent = true;
    if (answer) return {};
    if (answer.error().code() == ErrorCode::kConflict) seen = there;
    return answer.error();
  }
};

Result<> LambdaWorld::persist(const std::function<Result<bool>()>& work, std::stop_token stop) {
  const auto give_up = clock_.monotonic() + kLongestPersistence;
  std::chrono::milliseconds pause{0};  // what was just done is looked at without delay
  for (int attempt = 1;; ++attempt) {
    auto done = work();
    if (done && *done) return {};
    const bool again = attempt < kLeastAttempts || clock_.monotonic() < give_up;
    if (!done && (!may_pass(done.error()) || !again)) return Error(std::move(done).error());
    if (!again) return Error(ErrorCode::kRemote, "it did not become what was asked for in time");
    if (!done) pause = std::max(pause, kFirstPause);
    if (!clock_.sleep(pause, stop)) return Error(ErrorCode::kInterrupted, "interrupted");
    pause = std::clamp(pause * 2, kFirstPause, kLongestPause);
  }
}

Result<std::optional<engine::LayerVersion>> LambdaWorld::find_layer(const WantedLayer& layer,
                                                                    const aws::CallOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto versions, lambda_.list_layer_versions(layer.name, options));
  // Newest first; of several with the content the lowest number is taken, so that everyone takes the same.
  std::optional<engine::LayerVersion> taken;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (engine::digest_in_description(version->description) != layer.sha256) continue;
    if (taken) {
      taken->orphans.push_back(version->version);
      continue;
    }
    LAMELLA_TRY_ASSIGN(const auto whole, lambda_.get_layer_version(layer.name, version->version, options));
    if (!whole) continue;
    if (!whole->content || whole->content->code_sha256 != layer.sha256.base64()) {
      return Error(ErrorCode::kMismatch,
                   fmt::format("version {} of layer {} is not what its description says", version->version,
                               layer.name))
          .because("its content has another digest: someone uses our marker, or bytes were changed")
          .remedy("delete that version after looking at it");
    }
    taken = engine::LayerVersion{version->version, version->layer_version_arn};
  }
  return taken;
}

Result<std::optional<AliasRecord>> LambdaWorld::read_alias(const WantedFunction& function,
                                                           const aws::CallOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto alias, lambda_.get_alias(function.name, function.alias, options));
  return alias ? std::optional(record_of(*alias)) : std::nullopt;
}

Result<engine::ActualFunction> LambdaWorld::read_function(const WantedFunction& function,
                                                          const aws::CallOptions& options) {
  engine::ActualFunction actual;
  LAMELLA_TRY_ASSIGN(const auto found, lambda_.get_function(function.name, "", options));
  if (!found) return actual;
  actual.exists = true;
  LAMELLA_TRY_ASSIGN(actual.alias, read_alias(function, options));
  if (!actual.alias) return actual;
  LAMELLA_TRY_ASSIGN(const auto served, lambda_.get_function(function.name, actual.alias->version, options));
  if (served) actual.served = configuration_of(served->configuration);
  return actual;
}

Result<engine::Actual> LambdaWorld::read(const engine::Wanted& wanted, std::stop_token stop) {
  engine::Actual actual;
  const auto options = options_for(std::move(stop));
  for (const WantedLayer& layer : wanted.layers) {
    if (!layer.arn.empty()) {
      LAMELLA_TRY_ASSIGN(const auto arn, model::parse_layer_version_arn(layer.arn));
      actual.layers[layer.layer] = {arn.version, layer.arn};
      continue;
    }
    LAMELLA_TRY_ASSIGN(const auto found, find_layer(layer, options));
    if (found) actual.layers[layer.layer] = *found;
  }
  for (const WantedFunction& function : wanted.functions) {
    LAMELLA_TRY_ASSIGN(actual.functions[function.function], read_function(function, options));
  }
  return actual;
}

Result<engine::LayerVersion> LambdaWorld::publish_layer(const WantedLayer& layer, std::stop_token stop) {
  engine::LayerVersion published;
  std::optional<os::MonotonicTime> in_doubt_until;  // an answer was lost: the version may show up until then
  const auto work = [&]() -> Result<bool> {
    LAMELLA_TRY_ASSIGN(const auto found, find_layer(layer, options_for(stop)));
    if (found) {
      published = *found;
      return true;
    }
    if (in_doubt_until && clock_.monotonic() < *in_doubt_until) return false;
    LAMELLA_TRY_ASSIGN(auto bytes, zip_bytes(layer.zip, layer.sha256, "layer", layer.layer));
    wire::PublishLayerVersionRequest request;
    request.content.zip_file = std::move(bytes);
    request.description = engine::layer_description(layer);
    request.compatible_runtimes = layer.runtimes;
    request.compatible_architectures = layer.architectures;
    if (!layer.licence.empty()) request.license_info = layer.licence;
    const auto answer = lambda_.publish_layer_version(layer.name, request, upload_options(stop));
    if (!answer) {
      if (aws::certainty(answer.error()) == aws::Certainty::kUnknown)
        in_doubt_until = clock_.monotonic() + kConsistencyWindow;
      return answer.error();
    }
    if (!answer->content || answer->content->code_sha256 != layer.sha256.base64()) {
      return Error(ErrorCode::kMismatch,
                   fmt::format("layer {} was stored with other content than was sent", layer.name))
          .at(answer->layer_version_arn);
    }
    published = {answer->version, answer->layer_version_arn};
    return true;
  };
  LAMELLA_TRY(persist(work, stop));
  return published;
}

Result<> LambdaWorld::create(Intent& intent, const aws::CallOptions& options) {
  wire::CreateFunctionRequest request;
  request.function_name = intent.function.name;
  request.settings = settings_of(intent.function, intent.layer_arns);
  LAMELLA_TRY_ASSIGN(request.code.zip_file, zip_bytes(intent.function.zip, intent.function.code, "function",
                                                      intent.function.function));
  request.package_type = "Zip";
  request.architectures = wire::Strings{intent.function.architecture};
  const auto answer = lambda_.create_function(request, upload_options(options.stop));
  if (!answer) return answer.error();
  intent.sent = true;
  return {};
}

/// $LATEST when nothing is under way in it.  One that an earlier deployment left failed is a place to start
/// from; one that this deployment brought there is the service's no.
Result<wire::FunctionConfiguration> LambdaWorld::settle(const Intent& intent,
                                                        const aws::CallOptions& options) {
  auto settled = wait_until_updated(lambda_, clock_, intent.function.name, "", options);
  if (settled) return std::move(settled->configuration);
  const Error& error = settled.error();
  if (intent.sent || error.code() != ErrorCode::kRefused || wire::is_service_error(error)) return error;
  LAMELLA_TRY_ASSIGN(const auto found, lambda_.get_function(intent.function.name, "", options));
  if (!found) return error;
  return found->configuration;
}

/// One step of $LATEST towards the intent; what it is when it is there, nullopt before.
Result<std::optional<wire::FunctionConfiguration>> LambdaWorld::converge(Intent& intent,
                                                                         const aws::CallOptions& options) {
  const std::optional<wire::FunctionConfiguration> not_yet;
  const auto settled = settle(intent, options);
  if (!settled && !is_absent(settled.error())) return settled.error();
  if (!settled) {
    LAMELLA_TRY(create(intent, options));
    return not_yet;
  }
  const engine::Configuration there = configuration_of(*settled);
  const bool failed = has_failed(*settled);
  if (intent.matches(there) && !failed) return std::optional(*settled);
  if (intent.seen && *intent.seen != there) {
    return Error(ErrorCode::kConflict,
                 fmt::format("function {} was changed by someone else meanwhile", intent.function.name))
        .because("what an update was refused for is neither what was there before it nor what was asked for")
        .remedy("look who did, then run the command again");
  }
  if (failed || !intent.same_rest(there)) {
    wire::UpdateFunctionConfigurationRequest request{settings_of(intent.function, intent.layer_arns),
                                                     settled->revision_id};
    LAMELLA_TRY(intent.answered(
        there, lambda_.update_function_configuration(intent.function.name, request, options)));
    return not_yet;
  }
  wire::UpdateFunctionCodeRequest request;
  LAMELLA_TRY_ASSIGN(request.code.zip_file, zip_bytes(intent.function.zip, intent.function.code, "function",
                                                      intent.function.function));
  request.architectures = wire::Strings{intent.function.architecture};
  request.revision_id = settled->revision_id;
  LAMELLA_TRY(intent.answered(
      there, lambda_.update_function_code(intent.function.name, request, upload_options(options.stop))));
  return not_yet;
}

/// Publishes $LATEST, which is as intended; "" if that has to be done again.  The service gives the last
/// version again when it sees no change, and it does not see every change: what comes back is compared, and
/// $LATEST's description changed if it is another.
Result<std::string> LambdaWorld::publish(Intent& intent, const wire::FunctionConfiguration& latest,
                                         const aws::CallOptions& options) {
  const engine::Configuration there = configuration_of(latest);
  const wire::PublishVersionRequest request{.code_sha256 = intent.function.code.base64(),
                                            .revision_id = latest.revision_id};
  const auto version = lambda_.publish_version(intent.function.name, request, options);
  LAMELLA_TRY(intent.answered(there, version));
  const auto settled = wait_until_updated(lambda_, clock_, intent.function.name, version->version, options);
  if (!settled && is_absent(settled.error())) return std::string();
  if (!settled) return settled.error();
  if (intent.matches(configuration_of(settled->configuration))) return version->version;
  wire::UpdateFunctionConfigurationRequest touch;
  touch.settings.description =
      fmt::format("{} after version {}", intent.function.code.brief(), version->version);
  touch.revision_id = latest.revision_id;
  LAMELLA_TRY(
      intent.answered(there, lambda_.update_function_configuration(intent.function.name, touch, options)));
  return std::string();
}

Result<std::string> LambdaWorld::prepare_function(const WantedFunction& function,
                                                  const std::vector<std::string>& layer_arns,
                                                  std::stop_token stop) {
  Intent intent{function, layer_arns};
  std::string version;
  const auto work = [&]() -> Result<bool> {
    const auto options = update_options(stop);
    for (int i = 0; i < kLeastAttempts; ++i) {
      LAMELLA_TRY_ASSIGN(const auto latest, converge(intent, options));
      if (!latest) continue;
      LAMELLA_TRY_ASSIGN(version, publish(intent, *latest, options));
      return !version.empty();
    }
    return false;
  };
  LAMELLA_TRY(persist(work, stop));
  return version;
}

Result<> LambdaWorld::shift_alias(const WantedFunction& function, const std::string& version,
                                  const std::optional<AliasRecord>& before, std::stop_token stop) {
  const auto options = options_for(stop);
  const auto work = [&]() -> Result<bool> {
    LAMELLA_TRY_ASSIGN(const auto found, read_alias(function, options));
    if (found && found->version == version && found->weights.empty()) return true;
    const bool as_planned =
        found.has_value() == before.has_value() && (!found || same_routing(*found, *before));
    if (!as_planned) return moved_by_someone(function, found);
    if (!found) {
      LAMELLA_TRY(lambda_.create_alias(function.name, {.name = function.alias, .function_version = version},
                                       options));
      return false;  // read back
    }
    wire::UpdateAliasRequest request{.function_version = version, .revision_id = found->revision};
    if (!found->weights.empty())
      request.routing_config = wire::RoutingConfig{std::map<std::string, double>()};
    LAMELLA_TRY(lambda_.update_alias(function.name, function.alias, request, options));
    return false;
  };
  return persist(work, stop);
}

Result<> LambdaWorld::restore_alias(const WantedFunction& function, const std::string& version,
                                    const std::optional<AliasRecord>& before, std::stop_token stop) {
  if (!before) return {};
  const auto options = options_for(stop);
  const auto work = [&]() -> Result<bool> {
    LAMELLA_TRY_ASSIGN(const auto found, read_alias(function, options));
    if (found && same_routing(*found, *before)) return true;
    if (!found || found->version != version || !found->weights.empty())
      return moved_by_someone(function, found);
    wire::UpdateAliasRequest request{.function_version = before->version,
                                     .description = before->description,
                                     .routing_config = wire::RoutingConfig{before->weights},
                                     .revision_id = found->revision};
    LAMELLA_TRY(lambda_.update_alias(function.name, function.alias, request, options));
    return false;
  };
  return persist(work, stop);
}

}  // namespace lamella::deploy
