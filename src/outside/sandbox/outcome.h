// SPDX-License-Identifier: Apache-2.0
//
// The error records that Lambda, not the function, makes (AWS.md B4).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "sandbox/spec.h"

namespace lamella::sandbox {

struct ServiceError {
  std::string type;
  std::string message;  ///< without the request id
  std::string payload;  ///< the JSON record
};

/// "Task timed out after 3.00 seconds".
ServiceError timed_out(std::string_view request_id, std::chrono::milliseconds timeout);
/// "Runtime exited with error: exit status 1", "... signal: killed", or without a reason.
ServiceError runtime_exited(std::string_view request_id, const ExitReport& report);
ServiceError response_too_large();

}  // namespace lamella::sandbox
