// SPDX-License-Identifier: Apache-2.0
//
// The duty to answer one request, in the dialect of its protocol, and the count of duties that a stop waits
// for.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "http/server.h"
#include "wire/http_message.h"

namespace lamella::endpoint {

enum class Dialect {
  kRestJson,  ///< Lambda
  kQuery,     ///< STS: XML
  kJson,      ///< CloudWatch Logs: JSON 1.1
};

/// How many requests are under way.  Threads: any.
class Duties {
 public:
  class Token {
   public:
    explicit Token(Duties& duties) : duties_(&duties) {}
    Token(Token&& other) noexcept : duties_(std::exchange(other.duties_, nullptr)) {}
    Token& operator=(Token&&) = delete;
    ~Token() {
      if (duties_ != nullptr) duties_->end();
    }

   private:
    Duties* duties_;
  };
  Token begin();
  /// True if none is left within `limit`.
  bool wait(std::chrono::milliseconds limit);
  void wait();

 private:
  void end();
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;  // guarded by mutex_
};

class Reply {
 public:
  Reply(http::Responder responder, Duties::Token token, std::string request_id, Dialect dialect)
      : token_(std::move(token)),
        responder_(std::move(responder)),
        request_id_(std::move(request_id)),
        dialect_(dialect) {}

  const std::string& request_id() const { return request_id_; }
  /// Answers once.
  void send(Result<wire::HttpResponse> result);
  void send_http(http::Response response);

 private:
  wire::HttpResponse render(const Error& error) const;

  Duties::Token token_;
  http::Responder responder_;
  std::string request_id_;
  Dialect dialect_;
};

wire::HttpRequest to_wire(http::Request request);
http::Response to_http(wire::HttpResponse response);
/// How a request's answer has to look, also that of a refusal.
Dialect dialect_of(const wire::HttpRequest& request);

}  // namespace lamella::endpoint
