// SPDX-License-Identifier: Apache-2.0
#include "wire/invoke.h"

#include <array>

#include "base/encoding.h"
#include "wire/lambda_operations.h"
#include "wire/service_error.h"

namespace lamella::wire {
namespace {

constexpr std::array<std::pair<InvocationType, std::string_view>, 3> kTypes = {
    {{InvocationType::kRequestResponse, "RequestResponse"},
     {InvocationType::kEvent, "Event"},
     {InvocationType::kDryRun, "DryRun"}}};

std::string header(const Headers& headers, std::string_view name) {
  return std::string(find_header(headers, name).value_or(""));
}

std::optional<std::string> decode(std::string_view base64) {
  const auto bytes = base::from_base64(base64);
  if (!bytes) return std::nullopt;
  return std::string(base::as_text(*bytes));
}

}  // namespace

HttpRequest render_invoke(const InvokeRequest& request) {
  QueryPairs query;
  if (!request.qualifier.empty()) query.emplace_back("Qualifier", request.qualifier);
  HttpRequest http =
      make_request(Operation::kInvoke, {{"FunctionName", request.function}}, query, request.payload);
  for (const auto& [type, name] : kTypes) {
    if (type == request.type) http.headers.emplace_back("X-Amz-Invocation-Type", name);
  }
  if (request.log_tail) http.headers.emplace_back("X-Amz-Log-Type", "Tail");
  if (!request.client_context.empty()) {
    http.headers.emplace_back("X-Amz-Client-Context",
                              base::to_base64(base::as_bytes(request.client_context)));
  }
  return http;
}

Result<InvokeRequest> parse_invoke(const HttpRequest& request, std::string function, std::string qualifier) {
  InvokeRequest invoke;
  invoke.function = std::move(function);
  invoke.qualifier = std::move(qualifier);
  invoke.payload = request.body;
  if (const std::string wanted = header(request.headers, "X-Amz-Invocation-Type"); !wanted.empty()) {
    bool known = false;
    for (const auto& [type, name] : kTypes) {
      if (name == wanted) {
        invoke.type = type;
        known = true;
      }
    }
    if (!known) {
      return validation_error(wanted, "invocationType",
                              "Member must satisfy enum value set: [RequestResponse, Event, DryRun]");
    }
  }
  const std::string log_type = header(request.headers, "X-Amz-Log-Type");
  if (!log_type.empty() && log_type != "None" && log_type != "Tail") {
    return validation_error(log_type, "logType", "Member must satisfy enum value set: [None, Tail]");
  }
  invoke.log_tail = log_type == "Tail";
  const std::string context = header(request.headers, "X-Amz-Client-Context");
  const auto decoded = decode(context);
  if (context.size() > 3583 || !decoded) {
    return refuse("InvalidRequestContentException",
                  "Client context must be a valid Base64-encoded JSON object.");
  }
  invoke.client_context = *decoded;
  return invoke;
}

HttpResponse render_outcome(const InvokeOutcome& outcome, std::string_view request_id) {
  HttpResponse response{outcome.status,
                        {{"Content-Type", "application/json"}, {"x-amzn-RequestId", std::string(request_id)}},
                        outcome.payload};
  if (!outcome.executed_version.empty()) {
    response.headers.emplace_back("X-Amz-Executed-Version", outcome.executed_version);
  }
  if (outcome.failed()) response.headers.emplace_back("X-Amz-Function-Error", outcome.function_error);
  if (!outcome.log_tail.empty()) {
    response.headers.emplace_back("X-Amz-Log-Result", base::to_base64(base::as_bytes(outcome.log_tail)));
  }
  return response;
}

Result<InvokeOutcome> parse_outcome(HttpResponse response) {
  InvokeOutcome outcome;
  outcome.status = response.status;
  outcome.function_error = header(response.headers, "X-Amz-Function-Error");
  outcome.executed_version = header(response.headers, "X-Amz-Executed-Version");
  const auto log = decode(header(response.headers, "X-Amz-Log-Result"));
  if (!log) return Error(ErrorCode::kRemote, "the log tail of an invocation is not base64");
  outcome.log_tail = *log;
  outcome.payload = std::move(response.body);
  return outcome;
}

}  // namespace lamella::wire
