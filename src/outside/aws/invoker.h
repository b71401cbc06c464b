// SPDX-License-Identifier: Apache-2.0
//
// Runs functions.  An outcome with a function error is a value, not an Error.  Nothing is repeated once
// it may have run; throttled calls are, until the deadline.
//
// Threads: invoke() from any thread.
#pragma once

#include <memory>

#include "aws/client.h"
#include "base/result.h"
#include "wire/invoke.h"

namespace lamella::aws {

class Invoker {
 public:
  virtual ~Invoker() = default;
  /// `options.attempt` is how long one run may take as the client sees it: the function's time-out and some.
  virtual Result<wire::InvokeOutcome> invoke(const wire::InvokeRequest& request,
                                             const CallOptions& options) = 0;
};

/// The real one.  `client` must outlive it.
std::unique_ptr<Invoker> invoker(Client& client, ServiceEndpoint endpoint);

}  // namespace lamella::aws
