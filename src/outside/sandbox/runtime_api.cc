// SPDX-License-Identifier: Apache-2.0
#include "sandbox/runtime_api.h"

#include <fmt/format.h>

namespace lamella::sandbox {
namespace {

constexpr std::string_view kRoot = "/2018-06-01/runtime/";
constexpr std::string_view kInvocation = "invocation/";

/// Shapes as AWS's own runtime interface emulator gives them.
ApiAnswer refusal(int status, std::string_view type, std::string_view message) {
  return {status, fmt::format(R"({{"errorMessage":"{}","errorType":"{}"}})", message, type), {}};
}

ApiStep refused(int status, std::string_view type, std::string_view message) {
  return {.answer = refusal(status, type, message)};
}

ApiAnswer too_large() {
  return refusal(413, "RequestEntityTooLarge",
                 fmt::format("Exceeded maximum allowed payload size ({} bytes).", kMaxResponseBytes));
}

/// Header values end at a line break, whatever was asked for.
std::string header_value(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

struct Target {
  std::string_view id;
  std::string_view verb;  ///< "response", "error", "" for what is no result
};

Target result_target(std::string_view path) {
  if (!path.starts_with(kRoot)) return {};
  path.remove_prefix(kRoot.size());
  if (!path.starts_with(kInvocation)) return {};
  path.remove_prefix(kInvocation.size());
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view verb = path.substr(slash + 1);
  if (verb != "response" && verb != "error") return {};
  return {path.substr(0, slash), verb};
}

}  // namespace

ApiStep RuntimeApi::next() {
  switch (state_) {
    case State::kStarting:
    case State::kAnswered: state_ = State::kWaiting; return {.event = ApiEvent::kNextHeld};
    case State::kWaiting:  // the client lost its connection and asks again
    case State::kRunning:
    case State::kFailed: return {.event = ApiEvent::kNextHeld};
  }
  return {};
}

ApiStep RuntimeApi::result(std::string_view id, bool error, std::string body, std::string_view error_type) {
  if (current_.empty() || id != current_) return refused(400, "InvalidRequestID", "Invalid request ID");
  if (too_large_ && error) {
    too_large_ = false;
    return {};
  }
  if (state_ != State::kRunning) {
    return refused(403, "InvalidStateTransition",
                   fmt::format("State transition from Ready to Invocation{} failed for runtime",
                               error ? "Error" : "Response"));
  }
  if (body.size() > kMaxResponseBytes) {
    state_ = State::kAnswered;
    too_large_ = true;
    return {.event = ApiEvent::kTooLarge, .answer = too_large()};
  }
  state_ = State::kAnswered;
  return {.event = error ? ApiEvent::kFunctionError : ApiEvent::kResponse,
          .body = std::move(body),
          .error_type = std::string(error_type)};
}

ApiStep RuntimeApi::handle(std::string_view method, std::string_view path, std::string body,
                           std::string_view error_type) {
  if (const Target target = result_target(path); !target.verb.empty()) {
    if (method != "POST") return refused(405, "MethodNotAllowed", "Method not allowed");
    return result(target.id, target.verb == "error", std::move(body), error_type);
  }
  if (!path.starts_with(kRoot)) return refused(404, "NotFound", "Not found");
  const std::string_view rest = path.substr(kRoot.size());
  if (rest == "invocation/next") {
    if (method != "GET") return refused(405, "MethodNotAllowed", "Method not allowed");
    return next();
  }
  if (rest == "init/error" && method == "POST") {
    if (state_ != State::kStarting) {
      return refused(403, "InvalidStateTransition",
                     "State transition from Ready to InitError failed for runtime");
    }
    state_ = State::kFailed;
    return {.event = ApiEvent::kInitError, .body = std::move(body), .error_type = std::string(error_type)};
  }
  return refused(404, "NotFound", "Not found");
}

ApiStep RuntimeApi::refuse_large(std::string_view path) {
  const Target target = result_target(path);
  if (state_ != State::kRunning || target.verb.empty() || target.id != current_)
    return {.answer = too_large()};
  state_ = State::kAnswered;
  too_large_ = true;
  return {.event = ApiEvent::kTooLarge, .answer = too_large()};
}

ApiAnswer RuntimeApi::submit(const Invocation& invocation) {
  state_ = State::kRunning;
  current_ = invocation.request_id;
  too_large_ = false;
  ApiAnswer answer{200, invocation.payload, {}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) answer.headers.emplace_back(name, header_value(value));
  };
  add("Content-Type", "application/json");
  add("Lambda-Runtime-Aws-Request-Id", invocation.request_id);
  add("Lambda-Runtime-Deadline-Ms", std::to_string(invocation.deadline_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", invocation.function_arn);
  add("Lambda-Runtime-Trace-Id", invocation.trace_id);
  add("Lambda-Runtime-Client-Context", invocation.client_context);
  return answer;
}

}  // namespace lamella::sandbox
