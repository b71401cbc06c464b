// SPDX-License-Identifier: Apache-2.0
#include "wire/sts.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/xml_text.h"

namespace lamella::wire {

HttpRequest caller_identity_request() {
  return {"POST",
          "/",
          "",
          {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
          "Action=GetCallerIdentity&Version=2011-06-15"};
}

std::string query_action(std::string_view body) {
  const auto form = parse_form(body);
  if (!form) return {};
  for (const auto& [name, value] : *form) {
    if (name == "Action") return value;
  }
  return {};
}

HttpResponse render_caller_identity(const CallerIdentity& identity, std::string_view request_id) {
  return {
      200,
      {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", std::string(request_id)}},
      fmt::format("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
                  "<GetCallerIdentityResult><Arn>{}</Arn><UserId>{}</UserId><Account>{}</Account>"
                  "</GetCallerIdentityResult><ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>"
                  "</GetCallerIdentityResponse>",
                  xml_escape(identity.arn), xml_escape(identity.user_id), xml_escape(identity.account),
                  xml_escape(request_id))};
}

Result<CallerIdentity> parse_caller_identity(const HttpResponse& response) {
  CallerIdentity identity{xml_element(response.body, "UserId").value_or(""),
                          xml_element(response.body, "Account").value_or(""),
                          xml_element(response.body, "Arn").value_or("")};
  const bool digits = std::all_of(identity.account.begin(), identity.account.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  if (identity.account.size() != 12 || !digits) {
    return Error(ErrorCode::kRemote, "the identity service's answer names no account")
        .because("GetCallerIdentity must give a twelve-digit account number")
        .remedy("check that the endpoint URL is one of STS");
  }
  return identity;
}

}  // namespace lamella::wire
