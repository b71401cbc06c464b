// SPDX-License-Identifier: Apache-2.0
//
// For tests of this room: answers from a list, requests kept.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "aws/transport.h"
#include "wire/service_error.h"

namespace lamella::aws::testing {

class ScriptedTransport final : public Transport {
 public:
  using Answer = std::function<Result<wire::HttpResponse>(const Exchange&)>;

  ScriptedTransport& then(Answer answer) {
    script_.push_back(std::move(answer));
    return *this;
  }
  ScriptedTransport& answers(int status, std::string body = "{}", wire::Headers headers = {}) {
    return then([=](const Exchange&) { return wire::HttpResponse{status, headers, body}; });
  }
  ScriptedTransport& refuses(std::string code, int status, wire::Headers headers = {}) {
    headers.emplace_back("x-amzn-ErrorType", code);
    return answers(status, R"({"message":"no"})", headers);
  }
  /// The request never left.
  ScriptedTransport& unreachable() { return loses(Certainty::kNotApplied); }
  /// The request left, the answer did not come.
  ScriptedTransport& loses(Certainty sure = Certainty::kUnknown, bool timeout = false) {
    return then([=](const Exchange&) {
      return with_certainty(
          Error(ErrorCode::kRemote, "no answer").with("timeout", timeout ? "true" : "false"), sure);
    });
  }

  Result<wire::HttpResponse> exchange(const Exchange& exchange) override {
    requests.push_back(exchange.request);
    origins.push_back(exchange.origin);
    if (script_.empty()) return Error(ErrorCode::kInternal, "the script has ended");
    const Answer answer = std::move(script_.front());
    script_.pop_front();
    auto result = answer(exchange);
    if (result && exchange.sink && result->ok()) {
      LAMELLA_TRY(exchange.sink->write(base::as_bytes(result->body)));
    }
    return result;
  }

  std::vector<wire::HttpRequest> requests;
  std::vector<std::string> origins;

 private:
  std::deque<Answer> script_;
};

}  // namespace lamella::aws::testing
