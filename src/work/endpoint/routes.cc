// SPDX-License-Identifier: Apache-2.0
#include "endpoint/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "endpoint/operations.h"
#include "wire/service_error.h"
#include "wire/sts.h"

namespace lamella::endpoint {
namespace {

using enum wire::Operation;

struct RestRow {
  wire::Operation operation;
  Operate operate;
};
constexpr std::array kRest = {
    RestRow{kPublishLayerVersion, publish_layer_version},
    RestRow{kGetLayerVersion, get_layer_version},
    RestRow{kGetLayerVersionByArn, get_layer_version_by_arn},
    RestRow{kListLayers, list_layers},
    RestRow{kListLayerVersions, list_layer_versions},
    RestRow{kDeleteLayerVersion, delete_layer_version},
    RestRow{kCreateFunction, create_function},
    RestRow{kGetFunction, get_function},
    RestRow{kGetFunctionConfiguration, get_function_configuration},
    RestRow{kUpdateFunctionCode, update_function_code},
    RestRow{kUpdateFunctionConfiguration, update_function_configuration},
    RestRow{kPublishVersion, publish_version},
    RestRow{kListVersionsByFunction, list_versions_by_function},
    RestRow{kListFunctions, list_functions},
    RestRow{kDeleteFunction, delete_function_operation},
    RestRow{kCreateAlias, create_alias},
    RestRow{kUpdateAlias, update_alias},
    RestRow{kGetAlias, get_alias},
    RestRow{kListAliases, list_aliases},
    RestRow{kDeleteAlias, delete_alias_operation},
    RestRow{kInvoke, nullptr},
    RestRow{kGetAccountSettings, get_account_settings},
    RestRow{kListTags, list_tags},
    RestRow{kGetFunctionCodeSigningConfig, no_code_signing},
    RestRow{kGetFunctionRecursionConfig, no_recursion_config},
    RestRow{kGetRuntimeManagementConfig, no_runtime_management},
    RestRow{kGetFunctionUrlConfig, no_function_url},
    RestRow{kGetFunctionEventInvokeConfig, no_event_invoke_config},
    RestRow{kGetFunctionConcurrency, no_reserved_concurrency},
    RestRow{kListProvisionedConcurrencyConfigs, no_provisioned_concurrency},
};

/// Operations that are all sent to "/", told apart by a name.
struct NamedRow {
  Dialect dialect;
  std::string_view service;
  std::string_view name;
  Operate operate;
};
constexpr std::array kNamed = {
    NamedRow{Dialect::kQuery, "sts", "GetCallerIdentity", get_caller_identity},
    NamedRow{Dialect::kJson, "logs", "Logs_20140328.FilterLogEvents", filter_log_events},
};

Error unknown(const std::string& what) {
  return wire::refuse("UnknownOperationException", fmt::format("This endpoint does not know {}.", what));
}

Result<> check_service(std::string_view signed_for, std::string_view service) {
  if (signed_for == service) return {};
  return wire::refuse("InvalidSignatureException",
                      fmt::format("Credential should be scoped to correct service: '{}'.", service));
}

Result<Destination> find_named(const wire::HttpRequest& request, Dialect dialect, std::string_view service) {
  const std::string name = dialect == Dialect::kQuery
                               ? wire::query_action(request.body)
                               : std::string(wire::find_header(request.headers, "X-Amz-Target").value_or(""));
  const auto at = std::find_if(kNamed.begin(), kNamed.end(), [&](const NamedRow& row) {
    return row.dialect == dialect && row.name == name;
  });
  if (at == kNamed.end()) return unknown(fmt::format("the operation '{}'", name));
  LAMELLA_TRY(check_service(service, at->service));
  return Destination{at->operate, {}};
}

}  // namespace

Result<Destination> find_destination(const wire::HttpRequest& request, Dialect dialect,
                                     std::string_view service) {
  if (dialect != Dialect::kRestJson) return find_named(request, dialect, service);
  auto route = wire::find_route(request.method, request.path, request.query);
  if (!route) return unknown(fmt::format("{} {}", request.method, request.path));
  LAMELLA_TRY(check_service(service, "lambda"));
  const auto at = std::find_if(kRest.begin(), kRest.end(),
                               [&](const RestRow& row) { return row.operation == route->row->operation; });
  if (at == kRest.end()) return unknown(std::string(route->row->name));
  return Destination{at->operate, *std::move(route)};
}

wire::HttpResponse answer(const Call& call, std::string body) {
  const int status = call.route.row == nullptr ? 200 : call.route.row->success;
  if (status == 204) return {status, {}, ""};
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace lamella::endpoint
