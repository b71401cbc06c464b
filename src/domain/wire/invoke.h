// SPDX-License-Identifier: Apache-2.0
//
// Invoke travels in headers: what the caller asks for, and what came of it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "wire/http_message.h"

namespace lamella::wire {

enum class InvocationType { kRequestResponse, kEvent, kDryRun };

struct InvokeRequest {
  std::string function;   ///< any form of wire::FunctionReference
  std::string qualifier;  ///< empty: none
  InvocationType type = InvocationType::kRequestResponse;
  bool log_tail = false;
  std::string client_context;  ///< JSON text; base64 on the wire
  std::string payload;         ///< JSON text; empty counts as {}
};

struct InvokeOutcome {
  int status = 200;              ///< 200, 202 (Event), 204 (DryRun)
  std::string payload;           ///< the handler's answer, or the error record
  std::string function_error;    ///< "Unhandled" when the function failed; empty: it did not
  std::string executed_version;  ///< the number an alias led to, or "$LATEST"
  std::string log_tail;          ///< last 4 KB of the log, plain text

  bool failed() const { return !function_error.empty(); }
};

HttpRequest render_invoke(const InvokeRequest& request);
/// REQUIRES: find_route gave Operation::kInvoke with these labels.  Errors: service errors.
Result<InvokeRequest> parse_invoke(const HttpRequest& request, std::string function, std::string qualifier);

HttpResponse render_outcome(const InvokeOutcome& outcome, std::string_view request_id);
/// REQUIRES: response.ok().  Errors: remote, when a header is malformed.
Result<InvokeOutcome> parse_outcome(HttpResponse response);

}  // namespace lamella::wire
