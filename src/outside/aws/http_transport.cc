// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "aws/transport.h"
#include "http/client.h"

namespace lamella::aws {
namespace {

// Connecting takes longer than this only where it will not succeed.
constexpr std::chrono::milliseconds kConnectLimit{10'000};

class HttpTransport final : public Transport {
 public:
  explicit HttpTransport(http::Client& client) : client_(client) {}

  Result<wire::HttpResponse> exchange(const Exchange& exchange) override {
    http::Call call;
    call.method = exchange.request.method;
    call.url = exchange.origin + exchange.request.target();
    for (const auto& [name, value] : exchange.request.headers) call.headers.add(name, value);
    base::StringSource body(exchange.request.body);
    if (!exchange.request.body.empty()) {
      call.upload = &body;
      call.upload_size = exchange.request.body.size();
    }
    call.sink = exchange.sink;
    call.max_body = exchange.max_body;
    call.timeouts.connect = std::min(kConnectLimit, exchange.timeout);
    call.timeouts.total = exchange.timeout;
    call.timeouts.stall = std::chrono::seconds(0);  // an invocation is silent until it ends
    // A signature fits one URL only.
    call.redirects = http::Redirects::kReturn;
    call.stop = exchange.stop;
    auto reply = client_.send(call);
    if (!reply) return classified(std::move(reply).error());
    wire::HttpResponse response;
    response.status = reply->status;
    for (const auto& [name, value] : reply->headers) response.headers.emplace_back(name, value);
    response.body = std::move(reply->body);
    return response;
  }

 private:
  static Error classified(Error error) {
    const auto failure = http::transport_failure(error);
    const bool sent =
        failure ? *failure != http::TransportFailure::kNotSent : error.code() != ErrorCode::kUsage;
    const bool slow = failure == http::TransportFailure::kTimeout;
    return with_certainty(std::move(error).with("timeout", slow ? "true" : "false"),
                          sent ? Certainty::kUnknown : Certainty::kNotApplied);
  }

  http::Client& client_;
};

}  // namespace

std::unique_ptr<Transport> http_transport(http::Client& client) {
  return std::make_unique<HttpTransport>(client);
}

}  // namespace lamella::aws
