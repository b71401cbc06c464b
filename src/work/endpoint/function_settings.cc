// SPDX-License-Identifier: Apache-2.0
#include "endpoint/function_settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "crypto/sha256.h"
#include "document/json.h"
#include "endpoint/constraints.h"
#include "endpoint/credentials.h"
#include "endpoint/layer_record.h"
#include "endpoint/names.h"
#include "endpoint/runtimes.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr std::string_view kLayerArnPattern =
    "arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+";

Result<> check_runtime(const std::string& runtime) {
  const auto known = known_runtimes();
  if (std::find(known.begin(), known.end(), runtime) != known.end()) return {};
  return wire::invalid_parameter(
      fmt::format("Value {} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
                  "[{}] or be a valid ARN",
                  runtime, fmt::join(known, ", ")));
}

bool is_variable_name(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return name.size() >= 2 && letter(name[0]) && std::all_of(name.begin(), name.end(), rest);
}

Result<> check_variables(const wire::StringMap& variables) {
  Constraints constraints;
  std::vector<std::string> reserved;
  for (const auto& [name, value] : variables) {
    const bool plain = is_variable_name(name);
    constraints.require(
        plain, "environment.variables", name,
        "Map keys must satisfy constraint: [" + Constraints::pattern_text("[a-zA-Z]([a-zA-Z0-9_])+") + "]");
    if (plain && !model::check_environment_name(name)) reserved.push_back(name);
  }
  LAMELLA_TRY(constraints.verdict());
  if (!reserved.empty()) {
    return wire::invalid_parameter(
        fmt::format("Lambda was unable to configure your environment variables because the environment "
                    "variables you have "
                    "provided contains reserved keys that are currently not supported for modification. "
                    "Reserved keys used in "
                    "this request: {}",
                    fmt::join(reserved, ", ")));
  }
  if (model::environment_bytes(variables) <= model::kMaxEnvironmentBytes) return {};
  document::Value json = document::Value::object();
  for (const auto& [name, value] : variables) json.set(name, value);
  return wire::invalid_parameter(wire::environment_too_large(document::render_json(json)));
}

bool is_role(const std::string& role) {
  return role.starts_with("arn:") && role.find(":iam::") != std::string::npos &&
         role.find(":role/") != std::string::npos;
}

Result<std::vector<LayerRecord>> resolve_layers(sqlite::Database& db, const Call& call,
                                                const wire::Strings& arns, const Snapshot& current) {
  if (arns.size() > model::kMaxLayersPerFunction) return wire::invalid_parameter(wire::too_many_layers());
  std::set<std::string> attached;
  for (const auto& layer : current.configuration.layers.value_or(std::vector<wire::AttachedLayer>{})) {
    attached.insert(layer.arn);
  }
  std::vector<LayerRecord> records;
  for (const std::string& arn : arns) {
    const auto reference = wire::parse_layer_reference(arn);
    if (!reference || !reference->version) {
      return wire::validation_error(
          fmt::format("[{}]", fmt::join(arns, ", ")), "layers",
          "Member must satisfy constraint: [" + Constraints::pattern_text(kLayerArnPattern) + "]");
    }
    if (reference->region != call.region)
      return wire::invalid_parameter(wire::layers_in_other_region(call.region));
    for (const LayerRecord& earlier : records) {
      if (earlier.name == reference->name) {
        return wire::invalid_parameter(wire::two_versions_of_layer(layer_version_arn(earlier), arn));
      }
    }
    // A deleted version stays with the functions that have it, but nobody else gets it.
    const Deleted deleted = attached.contains(arn) ? Deleted::kShown : Deleted::kHidden;
    LAMELLA_TRY_ASSIGN(auto record,
                       find_layer(db, call.region, reference->name, *reference->version, deleted));
    if (!record || reference->account != kAccount) {
      return wire::invalid_parameter(wire::layer_version_unknown(arn));
    }
    records.push_back(*std::move(record));
  }
  return records;
}

Result<> set_layers(sqlite::Database& db, const Call& call, const wire::Strings& arns, Snapshot& snapshot) {
  LAMELLA_TRY_ASSIGN(const auto records, resolve_layers(db, call, arns, snapshot));
  snapshot.layers.clear();
  snapshot.configuration.layers.reset();
  for (const LayerRecord& record : records) {
    snapshot.layers.push_back(record.blob);
    if (!snapshot.configuration.layers) snapshot.configuration.layers.emplace();
    snapshot.configuration.layers->push_back({layer_version_arn(record), record.size});
  }
  return {};
}

}  // namespace

Result<> check_settings(const wire::FunctionSettings& settings) {
  Constraints constraints;
  if (settings.timeout) {
    constraints.range("timeout", *settings.timeout, model::kMinTimeoutSeconds, model::kMaxTimeoutSeconds);
  }
  if (settings.memory_size) {
    constraints.range("memorySize", *settings.memory_size, model::kMinMemoryMb, model::kMaxMemoryMb);
  }
  if (settings.description)
    constraints.longest("description", *settings.description, model::kMaxDescriptionLength);
  if (settings.handler) {
    const std::string& handler = *settings.handler;
    const bool spaceless = !handler.empty() && handler.find_first_of(" \t\r\n\v\f") == std::string::npos;
    constraints.require(spaceless, "handler", handler, Constraints::pattern_text("[^\\s]+"));
    constraints.longest("handler", handler, model::kMaxHandlerLength);
  }
  if (settings.role) {
    constraints.require(
        is_role(*settings.role), "role", *settings.role,
        Constraints::pattern_text("arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+"));
  }
  if (settings.ephemeral_storage) {
    constraints.range("ephemeralStorage.size", settings.ephemeral_storage->size, 512, 10'240);
  }
  LAMELLA_TRY(constraints.verdict());
  if (settings.runtime) LAMELLA_TRY(check_runtime(*settings.runtime));
  if (settings.environment && settings.environment->variables)
    return check_variables(*settings.environment->variables);
  return {};
}

Result<> check_architectures(const std::optional<wire::Strings>& architectures) {
  if (!architectures) return {};
  Constraints constraints;
  constraints.at_most_items("architectures", *architectures, 1);
  constraints.require(!architectures->empty(), "architectures", "[]",
                      "Member must have length greater than or equal to 1");
  for (const auto& one : *architectures) constraints.one_of("architectures", one, known_architectures());
  return constraints.verdict();
}

wire::FunctionConfiguration default_configuration(const std::string& region, const std::string& name) {
  wire::FunctionConfiguration out;
  out.function_name = name;
  out.function_arn = function_arn(region, name);
  out.timeout = model::kDefaultTimeoutSeconds;
  out.memory_size = model::kDefaultMemoryMb;
  out.tracing_config = wire::TracingConfig{"PassThrough"};
  out.package_type = "Zip";
  out.architectures = wire::Strings{"x86_64"};
  out.ephemeral_storage = wire::EphemeralStorage{};
  out.snap_start = wire::SnapStart{"None", "Off"};
  out.logging_config = wire::LoggingConfig{"Text", "/aws/lambda/" + name};
  return out;
}

Result<> apply_settings(sqlite::Database& db, const Call& call, const wire::FunctionSettings& settings,
                        Snapshot& snapshot) {
  wire::FunctionConfiguration& out = snapshot.configuration;
  if (settings.layers) LAMELLA_TRY(set_layers(db, call, *settings.layers, snapshot));
  if (settings.runtime) {
    out.runtime = settings.runtime;
    out.runtime_version_config = wire::RuntimeVersionConfig{
        fmt::format("arn:{}:lambda:{}::runtime:{}", wire::partition_of(call.region), call.region,
                    crypto::sha256(*settings.runtime).hex())};
  }
  out.role = settings.role.value_or(out.role);
  if (settings.handler) out.handler = settings.handler;
  out.description = settings.description.value_or(out.description);
  out.timeout = settings.timeout.value_or(out.timeout);
  out.memory_size = settings.memory_size.value_or(out.memory_size);
  if (settings.environment) {
    out.environment = wire::Environment{settings.environment->variables.value_or(wire::StringMap{})};
  }
  if (settings.ephemeral_storage) out.ephemeral_storage = settings.ephemeral_storage;
  if (settings.tracing_config && settings.tracing_config->mode) out.tracing_config = settings.tracing_config;
  if (settings.logging_config) {
    wire::LoggingConfig merged = out.logging_config.value_or(wire::LoggingConfig{});
    if (settings.logging_config->log_format) merged.log_format = settings.logging_config->log_format;
    if (settings.logging_config->log_group) merged.log_group = settings.logging_config->log_group;
    out.logging_config = std::move(merged);
  }
  return check_total(db, call, snapshot);
}

Result<> check_total(sqlite::Database& db, const Call& call, const Snapshot& snapshot) {
  std::int64_t total = snapshot.unzipped;
  for (const auto& layer : snapshot.configuration.layers.value_or(std::vector<wire::AttachedLayer>{})) {
    const auto reference = wire::parse_layer_reference(layer.arn);
    if (!reference || !reference->version) continue;
    LAMELLA_TRY_ASSIGN(const auto record,
                       find_layer(db, call.region, reference->name, *reference->version, Deleted::kShown));
    if (record) total += record->unzipped;
  }
  if (total > static_cast<std::int64_t>(model::kMaxUnzippedBytes)) {
    return wire::invalid_parameter(wire::unzipped_too_large());
  }
  return {};
}

}  // namespace lamella::endpoint
