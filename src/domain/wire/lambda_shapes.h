// SPDX-License-Identifier: Apache-2.0
//
// The JSON bodies of the Lambda operations.  Each shape has one list of members (lambda_members.h) that
// render() and parse() both walk, so what the client writes is what the endpoint reads.
//
// Omitted and empty differ: std::optional is written only when it holds something, an empty list or map
// inside one is written as such.  A member that is not optional is always written.  parse() ignores
// members it does not know and takes null as omitted; label members (FunctionName in a path) are not part of
// a body and come from wire::Route.
//
// Errors of parse(): service errors: SerializationException for text that is not JSON or a member of the
// wrong type, ValidationException for a missing required member.
//
//   const std::string body = wire::render(wire::PublishVersionRequest{.description = "..."});
//   LAMELLA_TRY_ASSIGN(auto layer, wire::parse<wire::LayerVersion>(response.body));
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "wire/timestamp.h"

namespace lamella::wire {

using Strings = std::vector<std::string>;
using StringMap = std::map<std::string, std::string>;

/// Bytes that travel as base64.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// Layers

struct LayerContentInput {
  std::optional<Blob> zip_file;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key;
  std::optional<std::string> s3_object_version;
  bool operator==(const LayerContentInput&) const = default;
};

struct PublishLayerVersionRequest {
  LayerContentInput content;
  std::optional<std::string> description;
  std::optional<Strings> compatible_runtimes;
  std::optional<Strings> compatible_architectures;
  std::optional<std::string> license_info;
  bool operator==(const PublishLayerVersionRequest&) const = default;
};

struct LayerContent {
  std::string location;     ///< presigned URL, ten minutes
  std::string code_sha256;  ///< base64, Digest::from_base64
  std::int64_t code_size = 0;
  bool operator==(const LayerContent&) const = default;
};

/// The answer of PublishLayerVersion, GetLayerVersion and GetLayerVersionByArn, and an item of
/// ListLayerVersions (there without content and layer_arn).
struct LayerVersion {
  std::optional<LayerContent> content;
  std::optional<std::string> layer_arn;
  std::string layer_version_arn;
  std::string description;
  Instant created_date{};
  std::int64_t version = 0;
  std::optional<Strings> compatible_runtimes;
  std::optional<Strings> compatible_architectures;
  std::optional<std::string> license_info;
  bool operator==(const LayerVersion&) const = default;
};

struct LayerVersionPage {
  std::vector<LayerVersion> layer_versions;  ///< newest first
  std::optional<std::string> next_marker;
  bool operator==(const LayerVersionPage&) const = default;
};

struct Layer {
  std::string layer_name;
  std::string layer_arn;
  LayerVersion latest_matching_version;
  bool operator==(const Layer&) const = default;
};

struct LayerPage {
  std::vector<Layer> layers;
  std::optional<std::string> next_marker;
  bool operator==(const LayerPage&) const = default;
};

// Functions

struct Environment {
  std::optional<StringMap> variables;
  bool operator==(const Environment&) const = default;
};

struct EphemeralStorage {
  std::int64_t size = 512;  ///< MiB
  bool operator==(const EphemeralStorage&) const = default;
};

struct TracingConfig {
  std::optional<std::string> mode;  ///< "PassThrough" or "Active"
  bool operator==(const TracingConfig&) const = default;
};

struct LoggingConfig {
  std::optional<std::string> log_format;  ///< "Text" or "JSON"
  std::optional<std::string> log_group;
  bool operator==(const LoggingConfig&) const = default;
};

struct SnapStart {
  std::optional<std::string> apply_on;
  std::optional<std::string> optimization_status;
  bool operator==(const SnapStart&) const = default;
};

struct RuntimeVersionConfig {
  std::optional<std::string> runtime_version_arn;
  bool operator==(const RuntimeVersionConfig&) const = default;
};

struct AttachedLayer {
  std::string arn;
  std::int64_t code_size = 0;
  bool operator==(const AttachedLayer&) const = default;
};

struct FunctionCodeInput {
  std::optional<Blob> zip_file;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key;
  std::optional<std::string> s3_object_version;
  bool operator==(const FunctionCodeInput&) const = default;
};

/// What a caller may set on a function, in CreateFunction and UpdateFunctionConfiguration alike.
struct FunctionSettings {
  std::optional<std::string> runtime;
  std::optional<std::string> role;
  std::optional<std::string> handler;
  std::optional<std::string> description;
  std::optional<std::int64_t> timeout;      ///< seconds
  std::optional<std::int64_t> memory_size;  ///< MiB
  std::optional<Environment> environment;
  std::optional<Strings> layers;  ///< layer version ARNs in merge order; empty: none
  std::optional<EphemeralStorage> ephemeral_storage;
  std::optional<TracingConfig> tracing_config;
  std::optional<LoggingConfig> logging_config;
  bool operator==(const FunctionSettings&) const = default;
};

struct CreateFunctionRequest {
  std::string function_name;
  FunctionSettings settings;
  FunctionCodeInput code;
  std::optional<std::string> package_type;
  std::optional<Strings> architectures;
  std::optional<bool> publish;
  std::optional<StringMap> tags;
  bool operator==(const CreateFunctionRequest&) const = default;
};

struct UpdateFunctionCodeRequest {
  FunctionCodeInput code;
  std::optional<Strings> architectures;
  std::optional<bool> publish;
  std::optional<bool> dry_run;
  std::optional<std::string> revision_id;
  bool operator==(const UpdateFunctionCodeRequest&) const = default;
};

struct UpdateFunctionConfigurationRequest {
  FunctionSettings settings;
  std::optional<std::string> revision_id;
  bool operator==(const UpdateFunctionConfigurationRequest&) const = default;
};

struct FunctionConfiguration {
  std::string function_name;
  std::string function_arn;
  std::optional<std::string> runtime;
  std::string role;
  std::optional<std::string> handler;
  std::int64_t code_size = 0;
  std::string description;
  std::int64_t timeout = 3;
  std::int64_t memory_size = 128;
  Instant last_modified{};
  std::string code_sha256;
  std::string version;  ///< "$LATEST" or a number
  std::optional<Environment> environment;
  std::optional<TracingConfig> tracing_config;
  std::optional<std::string> revision_id;
  std::optional<std::vector<AttachedLayer>> layers;
  std::optional<std::string> state;  ///< Pending, Active, Inactive, Failed
  std::optional<std::string> state_reason;
  std::optional<std::string> state_reason_code;
  std::optional<std::string> last_update_status;  ///< InProgress, Successful, Failed
  std::optional<std::string> last_update_status_reason;
  std::optional<std::string> last_update_status_reason_code;
  std::optional<std::string> package_type;
  std::optional<Strings> architectures;
  std::optional<EphemeralStorage> ephemeral_storage;
  std::optional<SnapStart> snap_start;
  std::optional<RuntimeVersionConfig> runtime_version_config;
  std::optional<LoggingConfig> logging_config;
  bool operator==(const FunctionConfiguration&) const = default;
};

struct FunctionCodeLocation {
  std::string repository_type = "S3";
  std::string location;  ///< presigned URL, ten minutes
  bool operator==(const FunctionCodeLocation&) const = default;
};

struct FunctionConcurrency {
  std::int64_t reserved_concurrent_executions = 0;
  bool operator==(const FunctionConcurrency&) const = default;
};

/// The answer of GetFunction.
struct Function {
  FunctionConfiguration configuration;
  FunctionCodeLocation code;
  std::optional<StringMap> tags;  ///< unqualified reads only
  std::optional<FunctionConcurrency> concurrency;
  bool operator==(const Function&) const = default;
};

struct FunctionPage {
  std::vector<FunctionConfiguration> functions;
  std::optional<std::string> next_marker;
  bool operator==(const FunctionPage&) const = default;
};

struct PublishVersionRequest {
  std::optional<std::string> code_sha256;
  std::optional<std::string> description;
  std::optional<std::string> revision_id;
  bool operator==(const PublishVersionRequest&) const = default;
};

/// ListVersionsByFunction: "$LATEST" first, then ascending.
struct FunctionVersionPage {
  std::vector<FunctionConfiguration> versions;
  std::optional<std::string> next_marker;
  bool operator==(const FunctionVersionPage&) const = default;
};

struct TagList {
  StringMap tags;
  bool operator==(const TagList&) const = default;
};

// Aliases

struct RoutingConfig {
  std::optional<std::map<std::string, double>> additional_version_weights;
  bool operator==(const RoutingConfig&) const = default;
};

struct CreateAliasRequest {
  std::string name;
  std::string function_version;
  std::optional<std::string> description;
  std::optional<RoutingConfig> routing_config;
  bool operator==(const CreateAliasRequest&) const = default;
};

struct UpdateAliasRequest {
  std::optional<std::string> function_version;
  std::optional<std::string> description;
  std::optional<RoutingConfig> routing_config;  ///< an empty map takes the weights away
  std::optional<std::string> revision_id;
  bool operator==(const UpdateAliasRequest&) const = default;
};

struct Alias {
  std::string alias_arn;
  std::string name;
  std::string function_version;
  std::string description;
  std::optional<RoutingConfig> routing_config;
  std::optional<std::string> revision_id;
  bool operator==(const Alias&) const = default;
};

struct AliasPage {
  std::vector<Alias> aliases;
  std::optional<std::string> next_marker;
  bool operator==(const AliasPage&) const = default;
};

// Account

struct AccountLimit {
  std::int64_t total_code_size = 80'530'636'800;
  std::int64_t code_size_unzipped = 262'144'000;
  std::int64_t code_size_zipped = 52'428'800;
  std::int64_t concurrent_executions = 1000;
  std::int64_t unreserved_concurrent_executions = 1000;
  bool operator==(const AccountLimit&) const = default;
};

struct AccountUsage {
  std::int64_t total_code_size = 0;
  std::int64_t function_count = 0;
  bool operator==(const AccountUsage&) const = default;
};

struct AccountSettings {
  AccountLimit account_limit;
  AccountUsage account_usage;
  bool operator==(const AccountSettings&) const = default;
};

/// The JSON body of a shape.  Defined for every struct above that is a whole body.
template <class Shape>
std::string render(const Shape& shape);
/// The inverse.  Empty text is an empty object.
template <class Shape>
Result<Shape> parse(std::string_view json);

}  // namespace lamella::wire
