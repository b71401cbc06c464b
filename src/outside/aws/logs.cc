// SPDX-License-Identifier: Apache-2.0
#include "aws/logs.h"

#include "document/json.h"

namespace lamella::aws {
namespace {

using document::Value;

constexpr std::size_t kMostEvents =
    1'000'000;  // far more than anybody reads: a bound on what a service can make us hold

class CloudWatchLogs final : public Logs {
 public:
  CloudWatchLogs(Client& client, ServiceEndpoint endpoint)
      : client_(client), endpoint_(std::move(endpoint)) {}

  Result<std::vector<LogEvent>> events(const std::string& group, const CallOptions& options) override {
    std::vector<LogEvent> found;
    Value request = Value::object({{"logGroupName", group}});
    while (found.size() < kMostEvents) {
      LAMELLA_TRY_ASSIGN(const Value page, ask(request, options));
      for (const Value& event : page.items("events")) {
        found.push_back({event.integer("timestamp"), event.text("logStreamName"), event.text("message")});
      }
      const std::string next = page.text("nextToken");
      if (next.empty() || next == request.text("nextToken")) break;
      request.set("nextToken", next);
    }
    return found;
  }

 private:
  Result<Value> ask(const Value& request, const CallOptions& options) {
    wire::HttpRequest http{.method = "POST"};
    http.headers = {{"Content-Type", "application/x-amz-json-1.1"},
                    {"X-Amz-Target", "Logs_20140328.FilterLogEvents"}};
    http.body = document::render_json(request);
    LAMELLA_TRY_ASSIGN(const wire::HttpResponse response,
                       client_.call(endpoint_, std::move(http), wire::CallClass::kRead, options));
    return document::parse_json(response.body, "FilterLogEvents", {.code = ErrorCode::kRemote});
  }

  Client& client_;
  ServiceEndpoint endpoint_;
};

}  // namespace

std::unique_ptr<Logs> cloudwatch_logs(Client& client, ServiceEndpoint endpoint) {
  return std::make_unique<CloudWatchLogs>(client, std::move(endpoint));
}

}  // namespace lamella::aws
