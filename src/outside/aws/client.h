// SPDX-License-Identifier: Apache-2.0
//
// A signed call with retries: what every service of this room is built on.
//
// Retries (standard mode): throttling and requests that were never sent are repeated for every call
// class; an unknown outcome (lost answer, 5xx, unreadable answer) only for reads and deletes.  Backoff is
// full jitter, random(0,1) * min(2^(n-1) s, 20 s), and at least Retry-After; a token bucket shared by all
// calls of a Client stops a storm.  Nothing is repeated past the deadline.
// A signature refused for its time is corrected once from the answer's Date, and the offset kept.
//
// Errors: each carries "certainty" (transport.h) and for answers "service-code", "service-status",
// "request-id" (wire/service_error.h); interrupted when the stop token fires.
//
// Threads: call() from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "aws/credentials.h"
#include "aws/transport.h"
#include "base/result.h"
#include "wire/lambda_operations.h"
#include "wire/service_error.h"
#include "wire/sigv4.h"

namespace lamella::os {
class Clock;
class Random;
}  // namespace lamella::os

namespace lamella::aws {

/// Where a service is and how it is signed for.
struct ServiceEndpoint {
  std::string origin;  ///< "https://lambda.us-west-2.amazonaws.com"
  wire::SigningScope scope;
};

struct CallOptions {
  std::chrono::milliseconds deadline{60'000};  ///< for all attempts together, from the call on
  std::chrono::milliseconds attempt{30'000};   ///< for one
  std::stop_token stop;
};

struct RetryPolicy {
  int max_attempts = 6;  ///< the first included
  std::chrono::milliseconds scale{1'000};
  std::chrono::milliseconds cap{20'000};
  int bucket = 500;  ///< tokens: 5 a retry, 10 after a time-out, given back on success
};

class Client {
 public:
  /// Everything passed must outlive the client.
  Client(Transport& transport, CredentialProvider& credentials, os::Clock& clock, os::Random& random,
         RetryPolicy policy = {});
  ~Client();

  /// Sends until an answer of 2xx, an error that must not be repeated, or the deadline.
  Result<wire::HttpResponse> call(const ServiceEndpoint& endpoint, wire::HttpRequest request,
                                  wire::CallClass call_class, const CallOptions& options = {});

  Transport& transport();
  os::Clock& clock();
  os::Random& random();

 private:
  class Attempts;
  struct State;
  std::unique_ptr<State> state_;
};

/// True for the codes that mean "slower": they say that nothing was done.
bool is_throttling(std::string_view code);

}  // namespace lamella::aws
