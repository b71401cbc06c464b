// SPDX-License-Identifier: Apache-2.0
//
// What functions logged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aws/client.h"
#include "base/result.h"

namespace lamella::aws {

struct LogEvent {
  std::int64_t time = 0;  ///< milliseconds since 1970
  std::string stream;
  std::string message;  ///< with its newline, as it was printed
};

class Logs {
 public:
  virtual ~Logs() = default;
  /// Of one log group ("/aws/lambda/NAME"), oldest first, every page.  Errors: as client.h; usage for an
  /// unknown group.
  virtual Result<std::vector<LogEvent>> events(const std::string& group, const CallOptions& options) = 0;
};

/// CloudWatch Logs FilterLogEvents.  `client` must outlive it.
std::unique_ptr<Logs> cloudwatch_logs(Client& client, ServiceEndpoint endpoint);

}  // namespace lamella::aws
