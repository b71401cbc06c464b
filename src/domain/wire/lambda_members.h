// SPDX-License-Identifier: Apache-2.0
//
// The members of each shape, once: name on the wire, place in the struct, in the order they are written.
// Private to this room; lambda_shapes.cc walks the lists in both directions.
#pragma once

#include <string_view>
#include <tuple>

#include "wire/lambda_shapes.h"

namespace lamella::wire::detail {

enum class Presence {
  kFree,      ///< may be missing when read
  kRequired,  ///< a text without it is refused
  kInline,    ///< a struct whose members stand among ours
};

template <class Shape, class Field>
struct Member {
  std::string_view name;
  Field Shape::*field;
  Presence presence;
};

template <class Shape, class Field>
constexpr Member<Shape, Field> may(std::string_view name, Field Shape::*field) {
  return {name, field, Presence::kFree};
}
template <class Shape, class Field>
constexpr Member<Shape, Field> must(std::string_view name, Field Shape::*field) {
  return {name, field, Presence::kRequired};
}
template <class Shape, class Field>
constexpr Member<Shape, Field> all_of(Field Shape::*field) {
  return {"", field, Presence::kInline};
}

template <class Shape>
struct Members;

#define LAMELLA_SHAPE(Shape, ...)                              \
  template <>                                                  \
  struct Members<Shape> {                                      \
    using S = Shape;                                           \
    static constexpr auto list = std::make_tuple(__VA_ARGS__); \
  }

LAMELLA_SHAPE(LayerContentInput, may("ZipFile", &S::zip_file), may("S3Bucket", &S::s3_bucket),
              may("S3Key", &S::s3_key), may("S3ObjectVersion", &S::s3_object_version));
LAMELLA_SHAPE(PublishLayerVersionRequest, must("Content", &S::content), may("Description", &S::description),
              may("CompatibleRuntimes", &S::compatible_runtimes), may("LicenseInfo", &S::license_info),
              may("CompatibleArchitectures", &S::compatible_architectures));
LAMELLA_SHAPE(LayerContent, may("Location", &S::location), must("CodeSha256", &S::code_sha256),
              must("CodeSize", &S::code_size));
LAMELLA_SHAPE(LayerVersion, may("Content", &S::content), may("LayerArn", &S::layer_arn),
              must("LayerVersionArn", &S::layer_version_arn), may("Description", &S::description),
              may("CreatedDate", &S::created_date), must("Version", &S::version),
              may("CompatibleRuntimes", &S::compatible_runtimes), may("LicenseInfo", &S::license_info),
              may("CompatibleArchitectures", &S::compatible_architectures));
LAMELLA_SHAPE(LayerVersionPage, may("NextMarker", &S::next_marker),
              must("LayerVersions", &S::layer_versions));
LAMELLA_SHAPE(Layer, must("LayerName", &S::layer_name), must("LayerArn", &S::layer_arn),
              must("LatestMatchingVersion", &S::latest_matching_version));
LAMELLA_SHAPE(LayerPage, may("NextMarker", &S::next_marker), must("Layers", &S::layers));

LAMELLA_SHAPE(Environment, may("Variables", &S::variables));
LAMELLA_SHAPE(EphemeralStorage, must("Size", &S::size));
LAMELLA_SHAPE(TracingConfig, may("Mode", &S::mode));
LAMELLA_SHAPE(LoggingConfig, may("LogFormat", &S::log_format), may("LogGroup", &S::log_group));
LAMELLA_SHAPE(SnapStart, may("ApplyOn", &S::apply_on), may("OptimizationStatus", &S::optimization_status));
LAMELLA_SHAPE(RuntimeVersionConfig, may("RuntimeVersionArn", &S::runtime_version_arn));
LAMELLA_SHAPE(AttachedLayer, must("Arn", &S::arn), may("CodeSize", &S::code_size));
LAMELLA_SHAPE(FunctionCodeInput, may("ZipFile", &S::zip_file), may("S3Bucket", &S::s3_bucket),
              may("S3Key", &S::s3_key), may("S3ObjectVersion", &S::s3_object_version));
LAMELLA_SHAPE(FunctionSettings, may("Runtime", &S::runtime), may("Role", &S::role),
              may("Handler", &S::handler), may("Description", &S::description), may("Timeout", &S::timeout),
              may("MemorySize", &S::memory_size), may("Environment", &S::environment),
              may("Layers", &S::layers), may("EphemeralStorage", &S::ephemeral_storage),
              may("TracingConfig", &S::tracing_config), may("LoggingConfig", &S::logging_config));
LAMELLA_SHAPE(CreateFunctionRequest, must("FunctionName", &S::function_name), all_of(&S::settings),
              must("Code", &S::code), may("PackageType", &S::package_type),
              may("Architectures", &S::architectures), may("Publish", &S::publish), may("Tags", &S::tags));
LAMELLA_SHAPE(UpdateFunctionCodeRequest, all_of(&S::code), may("Architectures", &S::architectures),
              may("Publish", &S::publish), may("DryRun", &S::dry_run), may("RevisionId", &S::revision_id));
LAMELLA_SHAPE(UpdateFunctionConfigurationRequest, all_of(&S::settings), may("RevisionId", &S::revision_id));
LAMELLA_SHAPE(FunctionConfiguration, must("FunctionName", &S::function_name),
              must("FunctionArn", &S::function_arn), may("Runtime", &S::runtime), may("Role", &S::role),
              may("Handler", &S::handler), may("CodeSize", &S::code_size),
              may("Description", &S::description), may("Timeout", &S::timeout),
              may("MemorySize", &S::memory_size), may("LastModified", &S::last_modified),
              must("CodeSha256", &S::code_sha256), must("Version", &S::version),
              may("Environment", &S::environment), may("TracingConfig", &S::tracing_config),
              may("RevisionId", &S::revision_id), may("Layers", &S::layers), may("State", &S::state),
              may("StateReason", &S::state_reason), may("StateReasonCode", &S::state_reason_code),
              may("LastUpdateStatus", &S::last_update_status),
              may("LastUpdateStatusReason", &S::last_update_status_reason),
              may("LastUpdateStatusReasonCode", &S::last_update_status_reason_code),
              may("PackageType", &S::package_type), may("Architectures", &S::architectures),
              may("EphemeralStorage", &S::ephemeral_storage), may("SnapStart", &S::snap_start),
              may("RuntimeVersionConfig", &S::runtime_version_config),
              may("LoggingConfig", &S::logging_config));
LAMELLA_SHAPE(FunctionCodeLocation, may("RepositoryType", &S::repository_type),
              may("Location", &S::location));
LAMELLA_SHAPE(FunctionConcurrency, may("ReservedConcurrentExecutions", &S::reserved_concurrent_executions));
LAMELLA_SHAPE(Function, must("Configuration", &S::configuration), may("Code", &S::code),
              may("Tags", &S::tags), may("Concurrency", &S::concurrency));
LAMELLA_SHAPE(FunctionPage, may("NextMarker", &S::next_marker), must("Functions", &S::functions));
LAMELLA_SHAPE(PublishVersionRequest, may("CodeSha256", &S::code_sha256), may("Description", &S::description),
              may("RevisionId", &S::revision_id));
LAMELLA_SHAPE(FunctionVersionPage, may("NextMarker", &S::next_marker), must("Versions", &S::versions));
LAMELLA_SHAPE(TagList, may("Tags", &S::tags));

LAMELLA_SHAPE(RoutingConfig, may("AdditionalVersionWeights", &S::additional_version_weights));
LAMELLA_SHAPE(CreateAliasRequest, must("Name", &S::name), must("FunctionVersion", &S::function_version),
              may("Description", &S::description), may("RoutingConfig", &S::routing_config));
LAMELLA_SHAPE(UpdateAliasRequest, may("FunctionVersion", &S::function_version),
              may("Description", &S::description), may("RoutingConfig", &S::routing_config),
              may("RevisionId", &S::revision_id));
LAMELLA_SHAPE(Alias, may("AliasArn", &S::alias_arn), must("Name", &S::name),
              must("FunctionVersion", &S::function_version), may("Description", &S::description),
              may("RoutingConfig", &S::routing_config), may("RevisionId", &S::revision_id));
LAMELLA_SHAPE(AliasPage, may("NextMarker", &S::next_marker), must("Aliases", &S::aliases));

LAMELLA_SHAPE(AccountLimit, may("TotalCodeSize", &S::total_code_size),
              may("CodeSizeUnzipped", &S::code_size_unzipped), may("CodeSizeZipped", &S::code_size_zipped),
              may("ConcurrentExecutions", &S::concurrent_executions),
              may("UnreservedConcurrentExecutions", &S::unreserved_concurrent_executions));
LAMELLA_SHAPE(AccountUsage, may("TotalCodeSize", &S::total_code_size),
              may("FunctionCount", &S::function_count));
LAMELLA_SHAPE(AccountSettings, must("AccountLimit", &S::account_limit),
              must("AccountUsage", &S::account_usage));

#undef LAMELLA_SHAPE

}  // namespace lamella::wire::detail
