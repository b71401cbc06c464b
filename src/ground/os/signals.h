// SPDX-License-Identifier: Apache-2.0
//
// Being interrupted.  While an InterruptHandler lives, the first SIGINT or SIGTERM requests a stop on its
// token; the second ends the process at once with 130 or 143.  At most one lives at a time.
//
//   const InterruptHandler interrupts;
//   const auto result = commands::deploy(options, interrupts.token());
#pragma once

#include <optional>
#include <stop_token>
#include <thread>

#include "base/error_code.h"
#include "os/fd.h"

namespace lamella::os {

class InterruptHandler {
 public:
  InterruptHandler();
  InterruptHandler(const InterruptHandler&) = delete;
  InterruptHandler& operator=(const InterruptHandler&) = delete;
  ~InterruptHandler();

  std::stop_token token() const { return source_.get_token(); }
  /// kInterrupted or kTerminated once a signal came, else nullopt: the exit code of what stopped.
  std::optional<base::ErrorCode> code() const;

 private:
  std::stop_source source_;
  UniqueFd wake_;
  std::thread watcher_;
};

}  // namespace lamella::os
