// SPDX-License-Identifier: Apache-2.0
#include "endpoint/reply.h"

#include "document/json.h"
#include "wire/service_error.h"

namespace lamella::endpoint {

Duties::Token Duties::begin() {
  const std::lock_guard lock(mutex_);
  ++count_;
  return Token(*this);
}

void Duties::end() {
  const std::lock_guard lock(mutex_);
  --count_;
  none_.notify_all();
}

bool Duties::wait(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, limit, [&] { return count_ == 0; });
}

void Duties::wait() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [&] { return count_ == 0; });
}

wire::HttpResponse Reply::render(const Error& error) const {
  if (dialect_ == Dialect::kQuery) return wire::render_query_error(error, request_id_);
  wire::HttpResponse response = wire::render_error(error, request_id_);
  if (dialect_ == Dialect::kRestJson) return response;
  // JSON 1.1 names the error in the body and knows but one status for the caller's mistakes.
  const bool ours = wire::is_service_error(error);
  response.status = ours ? 400 : 500;
  response.body = document::render_json(
      document::Value::object({{"__type", ours ? error.fact("service-code") : "ServiceUnavailableException"},
                               {"message", ours ? error.what() : "The service is unavailable."}}));
  wire::set_header(response.headers, "Content-Type", "application/x-amz-json-1.1");
  return response;
}

void Reply::send(Result<wire::HttpResponse> result) {
  const bool answered = result.has_value();
  wire::HttpResponse response = answered ? *std::move(result) : render(result.error());
  wire::set_header(response.headers, "x-amzn-RequestId", request_id_);
  if (answered && dialect_ == Dialect::kJson) {
    wire::set_header(response.headers, "Content-Type", "application/x-amz-json-1.1");
  }
  send_http(to_http(std::move(response)));
}

void Reply::send_http(http::Response response) { responder_.send(std::move(response)); }

wire::HttpRequest to_wire(http::Request request) {
  wire::HttpRequest out;
  out.method = request.method;
  out.path = std::string(request.path());
  out.query = std::string(request.query());
  out.headers.assign(request.headers.begin(), request.headers.end());
  out.body = std::move(request.body);
  return out;
}

http::Response to_http(wire::HttpResponse response) {
  http::Response out;
  out.status = response.status;
  for (auto& [name, value] : response.headers) out.headers.add(std::move(name), std::move(value));
  out.body = std::move(response.body);
  return out;
}

Dialect dialect_of(const wire::HttpRequest& request) {
  if (request.path != "/" || request.method != "POST") return Dialect::kRestJson;
  return wire::find_header(request.headers, "X-Amz-Target") ? Dialect::kJson : Dialect::kQuery;
}

}  // namespace lamella::endpoint
