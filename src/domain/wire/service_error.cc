// SPDX-License-Identifier: Apache-2.0
#include "wire/service_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "document/json.h"
#include "wire/xml_text.h"

namespace lamella::wire {
namespace {

using document::Value;

// Which codes spell the member with a capital is the service's own inconsistency.
constexpr std::array kRows = {
    ErrorRow{"ResourceNotFoundException", 404, "Message", "User"},
    ErrorRow{"ProvisionedConcurrencyConfigNotFoundException", 404, "message", "User"},
    ErrorRow{"CodeSigningConfigNotFoundException", 404, "Message", "User"},
    ErrorRow{"InvalidParameterValueException", 400, "message", "User"},
    ErrorRow{"PolicyLengthExceededException", 400, "message", "User"},
    ErrorRow{"CodeStorageExceededException", 400, "message", "User"},
    ErrorRow{"InvalidRequestContentException", 400, "message", "User"},
    ErrorRow{"InvalidCodeSignatureException", 400, "Message", "User"},
    ErrorRow{"CodeVerificationFailedException", 400, "Message", "User"},
    ErrorRow{"ResourceInUseException", 400, "Message", "User"},
    ErrorRow{"ValidationException", 400, "message", ""},
    ErrorRow{"SerializationException", 400, "Message", ""},
    ErrorRow{"IncompleteSignatureException", 400, "message", ""},
    ErrorRow{"UnrecognizedClientException", 403, "message", ""},
    ErrorRow{"InvalidSignatureException", 403, "message", ""},
    ErrorRow{"ExpiredTokenException", 403, "message", ""},
    ErrorRow{"AccessDeniedException", 403, "Message", ""},
    ErrorRow{"MissingAuthenticationTokenException", 403, "message", ""},
    ErrorRow{"UnknownOperationException", 404, "message", ""},
    ErrorRow{"ResourceConflictException", 409, "message", "User"},
    ErrorRow{"SnapStartNotReadyException", 409, "Message", "User"},
    ErrorRow{"PreconditionFailedException", 412, "message", "User"},
    ErrorRow{"RequestTooLargeException", 413, "message", "User"},
    ErrorRow{"RequestEntityTooLargeException", 413, "Message", ""},
    ErrorRow{"UnsupportedMediaTypeException", 415, "message", "User"},
    ErrorRow{"TooManyRequestsException", 429, "message", "User"},
    ErrorRow{"ServiceException", 500, "Message", "Service"},
    ErrorRow{"InvalidRuntimeException", 502, "Message", "User"},
    ErrorRow{"InvalidZipFileException", 502, "Message", "User"},
    ErrorRow{"ResourceNotReadyException", 502, "Message", "User"},
};

// The query protocol's older names for the same refusals.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kQueryNames = {{
    {"UnrecognizedClientException", "InvalidClientTokenId"},
    {"InvalidSignatureException", "SignatureDoesNotMatch"},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken"},
    {"IncompleteSignatureException", "IncompleteSignature"},
    {"ExpiredTokenException", "ExpiredToken"},
}};

/// What of an Error may be told to a client: the service's words, or nothing of ours.
struct Told {
  std::string code;
  int status;
  std::string message;
};

Told told(const Error& error) {
  if (!is_service_error(error)) {
    return {"ServiceException", 500, "The service encountered an internal error."};
  }
  const std::string code = error.fact("service-code");
  return {code, error_row(code).status, error.what()};
}

std::string code_from_header(std::string_view value) {
  value = value.substr(0, value.find(':'));
  const auto hash = value.rfind('#');
  if (hash != std::string_view::npos) value.remove_prefix(hash + 1);
  return std::string(value);
}

struct Parsed {
  std::string code;
  std::string message;
  std::string reason;
  std::string request_id;
};

Parsed parse_body(const std::string& body) {
  Parsed parsed;
  if (body.starts_with('<')) {
    parsed.code = xml_element(body, "Code").value_or("");
    parsed.message = xml_element(body, "Message").value_or("");
    parsed.request_id = xml_element(body, "RequestId").value_or("");
    return parsed;
  }
  const auto value = document::parse_json(body, "answer");
  if (!value || !value->is_object()) return parsed;
  parsed.code = value->text("code");
  if (parsed.code.empty()) parsed.code = value->text("__type");
  parsed.code = code_from_header(parsed.code);
  parsed.message = value->text("message");
  if (parsed.message.empty()) parsed.message = value->text("Message");
  parsed.reason = value->text("Reason");
  return parsed;
}

/// Retry-After in seconds, or x-amz-retry-after in milliseconds, as milliseconds; "" if neither is a number.
std::string retry_after_ms(const HttpResponse& response) {
  const auto number = [&](std::string_view name) -> std::optional<long> {
    const auto text = find_header(response.headers, name);
    long value = 0;
    if (!text) return std::nullopt;
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (failure != std::errc() || end != text->data() + text->size() || value < 0 || value > 86'400'000) {
      return std::nullopt;
    }
    return value;
  };
  if (const auto ms = number("x-amz-retry-after")) return std::to_string(*ms);
  if (const auto seconds = number("Retry-After")) return std::to_string(*seconds * 1000);
  return {};
}

}  // namespace

ErrorRow error_row(std::string_view code) {
  const auto at =
      std::find_if(kRows.begin(), kRows.end(), [&](const ErrorRow& row) { return row.code == code; });
  return at != kRows.end() ? *at : ErrorRow{code, 400, "message", ""};
}

namespace {

/// Their status is that of passing trouble, and no repetition mends them.
ErrorCode code_for(std::string_view code, int status) {
  const bool lasting = code == "InvalidRuntimeException" || code == "InvalidZipFileException";
  return lasting ? ErrorCode::kRefused : code_for_status(status);
}

}  // namespace

ErrorCode code_for_status(int status) {
  switch (status) {
    case 409:
    case 412: return ErrorCode::kConflict;
    case 413: return ErrorCode::kLimit;
    case 401:
    case 403: return ErrorCode::kUsage;
    default:
      return status >= 400 && status < 500 && status != 429 && status != 408 ? ErrorCode::kRefused
                                                                             : ErrorCode::kRemote;
  }
}

Error refuse(std::string_view code, std::string message) {
  const int status = error_row(code).status;
  return Error(code_for(code, status), std::move(message))
      .with("service-code", std::string(code))
      .with("service-status", std::to_string(status));
}

Error invalid_parameter(std::string message) {
  return refuse("InvalidParameterValueException", std::move(message));
}

Error validation_error(std::string_view value, std::string_view member, std::string_view constraint) {
  return refuse(
      "ValidationException",
      fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: {}", value,
                  member, constraint));
}

bool is_service_error(const Error& error) { return error.facts().contains("service-code"); }

bool is_service_error(const Error& error, std::string_view code) {
  const auto at = error.facts().find("service-code");
  return at != error.facts().end() && at->second == code;
}

HttpResponse render_error(const Error& error, std::string_view request_id) {
  const Told say = told(error);
  const ErrorRow row = error_row(say.code);
  Value body = Value::object();
  if (const std::string reason = error.fact("service-reason"); !reason.empty()) body.set("Reason", reason);
  if (!row.type.empty()) body.set("Type", row.type);
  body.set(std::string(row.member), say.message);
  HttpResponse response{say.status,
                        {{"Content-Type", "application/json"},
                         {"x-amzn-ErrorType", say.code},
                         {"x-amzn-RequestId", std::string(request_id)}},
                        document::render_json(body)};
  if (const std::string ms = error.fact("retry-after-ms"); !ms.empty()) {
    response.headers.emplace_back("Retry-After", std::to_string((std::stol(ms) + 999) / 1000));
  }
  return response;
}

HttpResponse render_query_error(const Error& error, std::string_view request_id) {
  Told say = told(error);
  for (const auto& [json_name, query_name] : kQueryNames) {
    if (say.code == json_name) say.code = query_name;
  }
  return {
      say.status,
      {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", std::string(request_id)}},
      fmt::format("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>{}</Type>"
                  "<Code>{}</Code><Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>",
                  say.status < 500 ? "Sender" : "Receiver", xml_escape(say.code), xml_escape(say.message),
                  xml_escape(request_id))};
}

Error parse_error(const HttpResponse& response) {
  const int status = response.status;
  Parsed parsed = parse_body(response.body);
  if (const auto header = find_header(response.headers, "x-amzn-ErrorType")) {
    if (std::string code = code_from_header(*header); !code.empty()) parsed.code = std::move(code);
  }
  if (parsed.code.empty()) parsed.code = fmt::format("HTTP {}", status);
  if (const auto id = find_header(response.headers, "x-amzn-RequestId")) parsed.request_id = *id;
  if (parsed.message.empty()) parsed.message = fmt::format("the service answered {}", parsed.code);
  Error error = Error(code_for(parsed.code, status), base::escaped(parsed.message))
                    .because(fmt::format("{} (status {})", base::escaped(parsed.code), status))
                    .with("service-code", parsed.code)
                    .with("service-status", std::to_string(status))
                    .with("request-id", parsed.request_id);
  const std::pair<const char*, std::string> told[] = {{"service-reason", parsed.reason},
                                                      {"retry-after-ms", retry_after_ms(response)}};
  for (const auto& [name, value] : told) {
    if (!value.empty()) error = Error(std::move(error)).with(name, value);
  }
  return error;
}

}  // namespace lamella::wire
