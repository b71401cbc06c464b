// SPDX-License-Identifier: Apache-2.0
#include "sandbox/outcome.h"

#include <fmt/format.h>

#include <csignal>

#include "document/json.h"
#include "sandbox/runtime_api.h"

namespace lamella::sandbox {
namespace {

ServiceError record(std::string type, std::string message, std::string_view request_id) {
  const std::string text =
      request_id.empty() ? message : fmt::format("RequestId: {} Error: {}", request_id, message);
  std::string payload =
      document::render_json(document::Value::object({{"errorType", type}, {"errorMessage", text}}));
  return {std::move(type), std::move(message), std::move(payload)};
}

/// As Go's runtime spells them, in which Lambda's supervisor is written.
std::string signal_text(int signal) {
  switch (signal) {
    case SIGKILL: return "killed";
    case SIGSEGV: return "segmentation fault";
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGILL: return "illegal instruction";
    case SIGTERM: return "terminated";
    case SIGINT: return "interrupt";
    case SIGHUP: return "hangup";
    case SIGSYS: return "bad system call";
    default: return fmt::format("signal {}", signal);
  }
}

}  // namespace

ServiceError timed_out(std::string_view request_id, std::chrono::milliseconds timeout) {
  const double seconds = static_cast<double>(timeout.count()) / 1000.0;
  return record("Sandbox.Timedout", fmt::format("Task timed out after {:.2f} seconds", seconds), request_id);
}

ServiceError runtime_exited(std::string_view request_id, const ExitReport& report) {
  if (report.killed_by_memory) {
    return record("Runtime.OutOfMemory", "Runtime exited with error: signal: killed", request_id);
  }
  std::string message = "Runtime exited without providing a reason";
  if (report.signal != 0) {
    message = "Runtime exited with error: signal: " + signal_text(report.signal);
  } else if (report.exit_code != 0) {
    message = fmt::format("Runtime exited with error: exit status {}", report.exit_code);
  }
  return record("Runtime.ExitError", std::move(message), request_id);
}

ServiceError response_too_large() {
  return record("Function.ResponseSizeTooLarge",
                fmt::format("Response payload size exceeded maximum allowed payload size ({} bytes).",
                            kMaxResponseBytes),
                "");
}

}  // namespace lamella::sandbox
