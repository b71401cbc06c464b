// SPDX-License-Identifier: Apache-2.0
//
// STS GetCallerIdentity in the query protocol: a form goes in, XML comes out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/http_message.h"

namespace lamella::wire {

struct CallerIdentity {
  std::string user_id;
  std::string account;
  std::string arn;
  bool operator==(const CallerIdentity&) const = default;
};

HttpRequest caller_identity_request();
/// "GetCallerIdentity" from an STS form body, or "" if it names no action.
std::string query_action(std::string_view body);

HttpResponse render_caller_identity(const CallerIdentity& identity, std::string_view request_id);
/// REQUIRES: response.ok().  Errors: remote, when the account is missing or not twelve digits.
Result<CallerIdentity> parse_caller_identity(const HttpResponse& response);

}  // namespace lamella::wire
