// SPDX-License-Identifier: Apache-2.0
//
// The Lambda REST operations as one table.  The client builds request lines from a row, the endpoint
// finds the row from a request line; neither writes a path.
//
//   auto request = wire::make_request(Operation::kGetFunction, {{"FunctionName", name}}, {{"Qualifier",
//   "live"}}); if (auto route = wire::find_route("GET", path, query)) switch (route->row->operation) ...
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http_message.h"

namespace lamella::wire {

enum class Operation {
  kPublishLayerVersion,
  kGetLayerVersion,
  kGetLayerVersionByArn,
  kListLayers,
  kListLayerVersions,
  kDeleteLayerVersion,
  kCreateFunction,
  kGetFunction,
  kGetFunctionConfiguration,
  kUpdateFunctionCode,
  kUpdateFunctionConfiguration,
  kPublishVersion,
  kListVersionsByFunction,
  kListFunctions,
  kDeleteFunction,
  kCreateAlias,
  kUpdateAlias,
  kGetAlias,
  kListAliases,
  kDeleteAlias,
  kInvoke,
  kGetAccountSettings,
  kListTags,
  kGetFunctionCodeSigningConfig,
  kGetFunctionRecursionConfig,
  kGetRuntimeManagementConfig,
  kGetFunctionUrlConfig,
  kGetFunctionEventInvokeConfig,
  kGetFunctionConcurrency,
  kListProvisionedConcurrencyConfigs,
};

/// What may be done when the answer is lost.
enum class CallClass {
  kRead,           ///< repeat
  kCompareAndSet,  ///< read back first
  kCreate,         ///< not idempotent: look whether it was applied, never repeat blindly
  kDelete,         ///< repeat; absent is success
  kRun,            ///< runs user code: the caller decides
};

struct OperationRow {
  Operation operation;
  std::string_view name;  ///< the service's: "PublishLayerVersion"
  std::string_view method;
  std::string_view path;  ///< template: "/2015-03-31/functions/{FunctionName}/code"
  int success;            ///< clients accept any 2xx
  CallClass call_class;
  std::array<std::string_view, 5> query;  ///< members allowed in the query; "name=value" is fixed
};

std::span<const OperationRow> operations();
const OperationRow& row(Operation operation);

using Labels = std::map<std::string, std::string, std::less<>>;

struct Route {
  const OperationRow* row = nullptr;
  Labels labels;     ///< decoded
  QueryPairs query;  ///< decoded, in the order given

  /// A label's value.  REQUIRES: the row's template names it.
  const std::string& label(std::string_view name) const { return labels.find(name)->second; }
  /// The first query member of that name.
  std::optional<std::string> member(std::string_view name) const;
};

/// The operation behind a request line, or nullopt.  Segments are decoded one by one, so an encoded '/'
/// stays inside its label; one trailing '/' is accepted.
std::optional<Route> find_route(std::string_view method, std::string_view path, std::string_view query);

/// The inverse: method, path and query of a request (no headers), labels and members encoded.  Fixed
/// query members of the row come first.
/// REQUIRES: every label of the template, none empty.
HttpRequest make_request(Operation operation, const Labels& labels, const QueryPairs& query = {},
                         std::string body = {});

/// A function as callers may name it: "name", "name:qualifier", "account:function:name[:qualifier]"
/// or a full ARN.  Parts not given are empty.
struct FunctionReference {
  std::string name;
  std::string qualifier;  ///< version number, "$LATEST" or alias
  std::string account;
  std::string region;
};
/// `qualifier` is the query's; it must agree with one inside the name.
/// Errors: service errors worded as the service does.
Result<FunctionReference> parse_function_reference(std::string_view text, std::string_view qualifier = {});

/// A layer as callers may name it: "name" or a layer ARN.  `version` is set for a layer version ARN.
struct LayerReference {
  std::string name;
  std::string account;
  std::string region;
  std::optional<std::int64_t> version;
};
std::optional<LayerReference> parse_layer_reference(std::string_view text);

/// "aws", "aws-cn", "aws-us-gov", ...: the partition of model::Place.
std::string_view partition_of(std::string_view region);

}  // namespace lamella::wire
