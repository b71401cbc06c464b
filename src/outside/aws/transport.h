// SPDX-License-Identifier: Apache-2.0
//
// One request, one answer.  Abstract so that tests can script answers and lose them.
//
// Every error says whether the request can have reached the service: fact "certainty" is "not-applied" or
// "unknown" (see certainty()); nothing that changes state may be sent again after "unknown" without
// looking first.  A response of any status is not an error here.
//
// Threads: exchange() from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "base/byte_stream.h"
#include "base/result.h"
#include "wire/http_message.h"

namespace lamella::http {
class Client;
}

namespace lamella::aws {

enum class Certainty {
  kNotApplied,  ///< the service did not do it
  kUnknown,     ///< it may have: no answer, a broken answer, or a 5xx
};

/// What an error of this room says; kUnknown when it says nothing.
Certainty certainty(const Error& error);
/// The error with its certainty set.
Error with_certainty(Error error, Certainty certainty);

struct Exchange {
  std::string origin;  ///< "https://host" or "http://host:port", no trailing '/'
  wire::HttpRequest request;
  std::chrono::milliseconds timeout{30'000};
  base::ByteSink* sink = nullptr;  ///< takes a 2xx body as it arrives
  std::uint64_t max_body = std::uint64_t{32} << 20;
  std::stop_token stop;
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<wire::HttpResponse> exchange(const Exchange& exchange) = 0;
};

/// Over libcurl.  `client` must outlive it.
std::unique_ptr<Transport> http_transport(http::Client& client);

}  // namespace lamella::aws
