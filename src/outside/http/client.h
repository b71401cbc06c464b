// SPDX-License-Identifier: Apache-2.0
//
// An HTTP client on libcurl.  It sends each request once: no retry of its own, not even the silent one
// that libcurl makes on a connection that died, because only the caller knows whether sending twice
// is safe.  What it gives the caller to decide is the TransportFailure of an Error.
//
// Certificates are always verified.  Redirects are followed for GET and HEAD only, never from https to
// http.  No cookies, no credentials from ~/.netrc; proxies from the environment are honoured.
//
// Threads: one Client serves any number of threads; each call blocks its own.  Connections are kept
// and reused.
// Errors: remote (with a TransportFailure), limit (body longer than max_body), usage (bad URL),
// interrupted (stop token), and whatever the sink or source returns.  Every status, also 500, is a
// Reply.  Nothing throws.
//
//   Client client({.user_agent = "lamella/0.1.0"});
//   LAMELLA_TRY_ASSIGN(const Reply reply, client.send({.method = "GET", .url = url}));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/byte_stream.h"
#include "base/result.h"
#include "http/message.h"

namespace lamella::http {

/// How far a request came that brought no whole answer.
enum class TransportFailure {
  kNotSent,       ///< not a byte of it left: no name, no connection, no TLS; safe to send again
  kMaybeApplied,  ///< sent in part or in full, the answer is missing or incomplete
  kTimeout,       ///< sent in part or in full, no whole answer in time
};

/// The failure that `error` carries; nullopt when it is not one of the transport.
std::optional<TransportFailure> transport_failure(const Error& error);

struct Timeouts {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds total{0};  ///< zero: no bound but the stall
  /// Less than `stall_bytes` a second for this long is a time-out.  Zero: never, for a long poll.
  std::chrono::seconds stall{60};
  std::uint32_t stall_bytes = 1;
};

enum class Redirects { kFollow, kReturn };

struct Call {
  std::string method = "GET";
  std::string url;  ///< http or https
  Headers headers{};
  std::string body{};
  base::ByteSource* upload = nullptr;  ///< instead of `body`; `upload_size` bytes are read
  std::uint64_t upload_size = 0;
  /// Takes the body of a 2xx answer as it arrives; every other body goes into the Reply.
  base::ByteSink* sink = nullptr;
  /// Asked once before the sink gets anything, with the length that the answer states.  It may wait, and its
  /// error ends the request.
  std::function<Result<>(std::optional<std::uint64_t> length)> before_body{};
  std::uint64_t max_body = std::uint64_t{64} * 1024 * 1024;  ///< of what goes into the Reply
  Timeouts timeouts{};
  Redirects redirects = Redirects::kFollow;
  std::stop_token stop{};
};

struct Reply {
  int status = 0;
  Headers headers;
  std::string body;
  std::string url;  ///< after redirects
  std::chrono::microseconds elapsed{0};
};

struct ClientOptions {
  std::string user_agent = "lamella";
  /// PEM file, read once for all connections; "" means SSL_CERT_FILE or CURL_CA_BUNDLE, else the system's.
  std::string ca_bundle;
};

class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Reply> send(const Call& call);

 private:
  class Pool;
  std::unique_ptr<Pool> pool_;
};

}  // namespace lamella::http
