// SPDX-License-Identifier: Apache-2.0
#include "document/json.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

using document::Value;

Result<FunctionRecord> function_behind(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  return service.state.read([&](sqlite::Database& db) { return latest_of(db, call, reference.name); });
}

/// `value` if the function exists.
Result<wire::HttpResponse> always(Service& service, const Call& call, const Value& value) {
  LAMELLA_TRY(function_behind(service, call));
  return answer(call, document::render_json(value));
}

/// 404 with `message`, also if the function exists.
Result<wire::HttpResponse> never(Service& service, const Call& call, std::string message) {
  LAMELLA_TRY(function_behind(service, call));
  return wire::refuse("ResourceNotFoundException", std::move(message));
}

}  // namespace

Result<wire::HttpResponse> no_code_signing(Service& service, const Call& call) {
  return always(service, call, Value::object());
}

Result<wire::HttpResponse> no_recursion_config(Service& service, const Call& call) {
  return always(service, call, Value::object({{"RecursiveLoop", "Terminate"}}));
}

Result<wire::HttpResponse> no_runtime_management(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto function, function_behind(service, call));
  const std::string qualifier = call.route.member("Qualifier").value_or("$LATEST");
  return answer(call, document::render_json(
                          Value::object({{"FunctionArn", function_arn(call.region, function.name, qualifier)},
                                         {"UpdateRuntimeOn", "Auto"}})));
}

Result<wire::HttpResponse> no_function_url(Service& service, const Call& call) {
  return never(service, call, "The resource you requested does not exist.");
}

Result<wire::HttpResponse> no_event_invoke_config(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto function, function_behind(service, call));
  const std::string qualifier = call.route.member("Qualifier").value_or("$LATEST");
  return wire::refuse("ResourceNotFoundException", "The function " +
                                                       function_arn(call.region, function.name, qualifier) +
                                                       " doesn't have an EventInvokeConfig");
}

Result<wire::HttpResponse> no_reserved_concurrency(Service& service, const Call& call) {
  return always(service, call, Value::object());
}

Result<wire::HttpResponse> no_provisioned_concurrency(Service& service, const Call& call) {
  return always(service, call, Value::object({{"ProvisionedConcurrencyConfigs", Value::array()}}));
}

}  // namespace lamella::endpoint
