// SPDX-License-Identifier: Apache-2.0
//
// How the service says no.  One table of codes gives status and spelling; an Error carries a service
// error through the rooms as facts, so endpoint and client use Result like everybody else.
//
//   return wire::refuse("ResourceNotFoundException", wire::function_not_found(arn));   // endpoint
//   const HttpResponse r = wire::render_error(error, request_id);                      // endpoint's edge
//   const Error e = wire::parse_error(response);                                       // client
//   if (e.fact("service-code") == "ResourceNotFoundException") ...
//
// Facts: "service-code", "service-status", "request-id", and where present "service-reason"
// (TooManyRequestsException), "retry-after-ms".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http_message.h"

namespace lamella::wire {

struct ErrorRow {
  std::string_view code;
  int status;
  std::string_view member;  ///< "message" or "Message": the service is not consistent, clients cope
  std::string_view type;    ///< "User", "Service", or "" where the service writes none
};

/// The row of a code; unknown codes get {code, 400, "message", ""}.
ErrorRow error_row(std::string_view code);

/// An error of the service, from the table.
Error refuse(std::string_view code, std::string message);
/// InvalidParameterValueException, the one for semantic mistakes.
Error invalid_parameter(std::string message);
/// The schema violation of one member, as the service words it:
/// "1 validation error detected: Value 'v' at 'm' failed to satisfy constraint: Member must ...".
Error validation_error(std::string_view value, std::string_view member, std::string_view constraint);

/// True if the error carries a service code (of that name).
bool is_service_error(const Error& error);
bool is_service_error(const Error& error, std::string_view code);

/// REST-JSON.  An error without a service code becomes 500 ServiceException that tells nothing of ours.
HttpResponse render_error(const Error& error, std::string_view request_id);
/// The query protocol's XML (STS, SNS, IAM).
HttpResponse render_query_error(const Error& error, std::string_view request_id);

/// A response that is not 2xx, JSON or XML or anything else.  The code comes from x-amzn-ErrorType (cut at
/// ':', after '#'), else the body's `code` or `__type`, else XML <Code>, else "HTTP <status>".
Error parse_error(const HttpResponse& response);

/// The exit code that fits a service's answer when it ends an operation.
ErrorCode code_for_status(int status);

}  // namespace lamella::wire
