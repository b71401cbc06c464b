// SPDX-License-Identifier: Apache-2.0
//
// A real endpoint in a folder of its own and a client that signs, for this room's tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "archive/zip_fixture.h"
#include "document/json.h"
#include "endpoint/endpoint.h"
#include "http/client.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/temp_directory.h"
#include "wire/invoke.h"
#include "wire/lambda_operations.h"
#include "wire/lambda_shapes.h"
#include "wire/service_error.h"
#include "wire/sigv4.h"

namespace lamella::endpoint {

using wire::Operation;

/// A zip of files by name.
inline std::string zip_of(const std::map<std::string, std::string>& files) {
  archive::fixture::Zip zip;
  zip.members.clear();
  for (const auto& [name, content] : files) zip.members.push_back({.name = name, .content = content});
  return archive::fixture::build(zip);
}

/// A zip of so many times the same ten million bytes.
inline std::string large_zip(int times) {
  const std::string content(10'000'000, 'x');
  archive::fixture::Member member{.packed = archive::fixture::deflated(content)};
  member.crc = archive::crc32(base::as_bytes(content));
  member.size = static_cast<std::uint32_t>(content.size());
  member.content.clear();
  archive::fixture::Zip zip;
  zip.members.assign(static_cast<std::size_t>(times), member);
  for (int i = 0; i < times; ++i) zip.members[static_cast<std::size_t>(i)].name = "part" + std::to_string(i);
  return archive::fixture::build(zip);
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return *std::move(result);
}

class Bench {
 public:
  static constexpr std::string_view kRegion = "eu-central-1";

  enum class Cache {
    kShared,  ///< where the runtimes are: for whatever is invoked
    kOwn,     ///< for what is large
  };

  explicit Bench(EndpointOptions options = {}, Cache cache = Cache::kShared) : options_(std::move(options)) {
    options_.state_dir = folder_.path() / "state";
    options_.cache_dir = cache == Cache::kOwn ? folder_.path() / "cache" : must(os::cache_directory());
    options_.credentials = {"AKTEST", Secret("secret")};
    start();
  }

  void start() { endpoint_ = must(Endpoint::start(options_, base::no_events())); }
  void restart() {
    endpoint_.reset();
    start();
  }
  Endpoint& endpoint() { return *endpoint_; }
  const EndpointOptions& options() const { return options_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(endpoint_->port()); }

  /// Signs with the local credentials unless told otherwise, and sends.
  wire::HttpResponse send(wire::HttpRequest request, const std::string& service = "lambda",
                          std::string_view region = kRegion) {
    wire::set_header(request.headers, "Host", host());
    wire::sign(request,
               {options_.credentials.access_key_id, options_.credentials.secret_access_key, Secret()},
               {std::string(region), service}, now());
    return send_as_is(request);
  }
  wire::HttpResponse send_as_is(const wire::HttpRequest& request) {
    http::Call call{.method = request.method, .url = "http://" + host() + request.target()};
    for (const auto& [name, value] : request.headers) call.headers.add(name, value);
    call.body = request.body;
    const http::Reply reply = must(client_.send(call));
    return {reply.status, {reply.headers.begin(), reply.headers.end()}, reply.body};
  }
  static std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(os::system_clock().wall());
  }

  wire::HttpResponse call(Operation operation, const wire::Labels& labels, const wire::QueryPairs& query = {},
                          std::string body = {}) {
    return send(wire::make_request(operation, labels, query, std::move(body)));
  }
  /// The parsed answer of an operation that must succeed.
  template <class Shape>
  Shape get(Operation operation, const wire::Labels& labels, const wire::QueryPairs& query = {},
            std::string body = {}) {
    const auto response = call(operation, labels, query, std::move(body));
    if (response.status != wire::row(operation).success) {
      throw std::runtime_error(std::to_string(response.status) + " " + response.body);
    }
    return must(wire::parse<Shape>(response.body));
  }

  wire::LayerVersion publish_layer(const std::string& name, const std::map<std::string, std::string>& files) {
    return publish_zip(name, zip_of(files));
  }
  wire::LayerVersion publish_zip(const std::string& name, std::string zip) {
    wire::PublishLayerVersionRequest request;
    request.content.zip_file = wire::Blob{std::move(zip)};
    request.compatible_runtimes = wire::Strings{"python3.11"};
    return get<wire::LayerVersion>(Operation::kPublishLayerVersion, {{"LayerName", name}}, {},
                                   wire::render(request));
  }
  static wire::CreateFunctionRequest creation(const std::string& name, const std::string& code) {
    wire::CreateFunctionRequest request;
    request.function_name = name;
    request.settings.runtime = "python3.11";
    request.settings.handler = "app.handler";
    request.settings.role = "arn:aws:iam::000000000000:role/test";
    request.code.zip_file = wire::Blob{zip_of({{"app.py", code}})};
    return request;
  }
  /// Creates and waits, by the endpoint's clock, until it is active.
  wire::FunctionConfiguration create(const wire::CreateFunctionRequest& request) {
    get<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {}, wire::render(request));
    return settled(request.function_name);
  }
  wire::FunctionConfiguration configuration(const std::string& name) {
    return get<wire::FunctionConfiguration>(Operation::kGetFunctionConfiguration, {{"FunctionName", name}});
  }
  wire::FunctionConfiguration settled(const std::string& name) {
    for (int i = 0; i < 12'000; ++i) {
      auto found = configuration(name);
      if (found.state == "Active" && found.last_update_status == "Successful") return found;
      options_.clock->sleep(std::chrono::milliseconds(5));
    }
    throw std::runtime_error("never settled");
  }
  void update_code(const std::string& name, const std::string& code) {
    wire::UpdateFunctionCodeRequest request;
    request.code.zip_file = wire::Blob{zip_of({{"app.py", code}})};
    get<wire::FunctionConfiguration>(Operation::kUpdateFunctionCode, {{"FunctionName", name}}, {},
                                     wire::render(request));
    settled(name);
  }
  wire::FunctionConfiguration publish(const std::string& name) {
    return get<wire::FunctionConfiguration>(Operation::kPublishVersion, {{"FunctionName", name}});
  }
  wire::InvokeOutcome invoke(const std::string& name, const std::string& payload = "{}",
                             const std::string& qualifier = "") {
    const auto response = send(wire::render_invoke(
        {.function = name, .qualifier = qualifier, .log_tail = true, .payload = payload}));
    if (!response.ok()) throw std::runtime_error(std::to_string(response.status) + " " + response.body);
    return must(wire::parse_outcome(response));
  }

 private:
  os::TempDirectory folder_ = must(os::TempDirectory::create("lamella-endpoint"));
  EndpointOptions options_;
  http::Client client_;
  std::unique_ptr<Endpoint> endpoint_;
};

/// "404 ResourceNotFoundException: Function not found: ...".
inline std::string said(const wire::HttpResponse& response) {
  const Error error = wire::parse_error(response);
  return std::to_string(response.status) + " " + error.fact("service-code") + ": " + error.what();
}

inline document::Value json(const std::string& text) { return must(document::parse_json(text, "text")); }

}  // namespace lamella::endpoint
