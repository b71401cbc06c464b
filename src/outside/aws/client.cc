// SPDX-License-Identifier: Apache-2.0
#include "aws/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <utility>

#include "base/units.h"
#include "os/clock.h"
#include "os/random.h"
#include "wire/timestamp.h"

namespace lamella::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, 14> kThrottling = {"Throttling",
                                                          "ThrottlingException",
                                                          "ThrottledException",
                                                          "RequestThrottledException",
                                                          "TooManyRequestsException",
                                                          "ProvisionedThroughputExceededException",
                                                          "TransactionInProgressException",
                                                          "RequestLimitExceeded",
                                                          "BandwidthLimitExceeded",
                                                          "LimitExceededException",
                                                          "RequestThrottled",
                                                          "SlowDown",
                                                          "PriorRequestNotComplete",
                                                          "EC2ThrottledException"};

constexpr std::array<std::string_view, 7> kSkewed = {
    "AccessDeniedException", "AuthFailure",          "InvalidSignatureException", "RequestExpired",
    "RequestInTheFuture",    "RequestTimeTooSkewed", "SignatureDoesNotMatch"};

// The service tolerates five minutes; a smaller difference is not why it refused.
constexpr seconds kSkewWorthMending{240};
constexpr int kRetryCost = 5;
constexpr int kTimeoutCost = 10;

std::string host_of(std::string_view origin) {
  const auto scheme = origin.find("://");
  std::string host(scheme == std::string_view::npos ? origin : origin.substr(scheme + 3));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const bool https = origin.starts_with("https://");
  const std::string_view standard = https ? ":443" : ":80";
  if (host.ends_with(standard)) host.resize(host.size() - standard.size());
  return host;
}

bool repeatable(wire::CallClass call_class) {
  return call_class == wire::CallClass::kRead || call_class == wire::CallClass::kDelete;
}

Error interrupted(bool sent) {
  return with_certainty(Error(ErrorCode::kInterrupted, "interrupted while calling the service"),
                        sent ? Certainty::kUnknown : Certainty::kNotApplied);
}

}  // namespace

bool is_throttling(std::string_view code) {
  return std::find(kThrottling.begin(), kThrottling.end(), code) != kThrottling.end();
}

/// What the calls of one client share.
struct Client::State {
  Transport& transport;
  CredentialProvider& credentials;
  os::Clock& clock;
  os::Random& random;
  RetryPolicy policy;

  std::mutex mutex{};
  int tokens = 0;   // guarded by mutex
  seconds skew{0};  // guarded by mutex: the service's clock less ours

  bool take(int cost) {
    const std::lock_guard lock(mutex);
    if (tokens < cost) return false;
    tokens -= cost;
    return true;
  }
  void give(int amount) {
    const std::lock_guard lock(mutex);
    tokens = std::min(policy.bucket, tokens + amount);
  }
  std::chrono::sys_seconds service_time() {
    const std::lock_guard lock(mutex);
    return std::chrono::floor<seconds>(clock.wall()) + skew;
  }
  /// Learns the offset from a refusal; false if the clocks agree well enough.
  bool learn_skew(const wire::HttpResponse& response) {
    if (wire::find_header(response.headers, "Age")) return false;  // a cache's Date says nothing
    const auto text = wire::find_header(response.headers, "Date");
    const auto date = text ? wire::parse_http_date(*text) : std::nullopt;
    if (!date) return false;
    const seconds difference = *date - std::chrono::floor<seconds>(clock.wall());
    const std::lock_guard lock(mutex);
    const seconds change = difference - skew;
    if (change < kSkewWorthMending && change > -kSkewWorthMending) return false;
    skew = difference;
    return true;
  }
};

/// One call on its way through its attempts.
class Client::Attempts {
 public:
  Attempts(State& state, const ServiceEndpoint& endpoint, wire::HttpRequest request,
           wire::CallClass call_class, const CallOptions& options)
      : state_(state),
        endpoint_(endpoint),
        request_(std::move(request)),
        call_class_(call_class),
        options_(options),
        end_(state.clock.monotonic() + options.deadline) {
    wire::set_header(request_.headers, "Host", host_of(endpoint.origin));
    wire::set_header(request_.headers, "amz-sdk-invocation-id", state.random.uuid4());
    if (wire::find_header(request_.headers, "Content-Type") == std::nullopt && !request_.body.empty()) {
      wire::set_header(request_.headers, "Content-Type", "application/json");
    }
  }

  Result<wire::HttpResponse> run() {
    for (int attempt = 1;; ++attempt) {
      auto answer = once(attempt);
      if (answer) {
        if (cost_ > 0) state_.give(cost_);
        if (attempt == 1) state_.give(1);
        return answer;
      }
      Error error = std::move(answer).error();
      maybe_applied_ = maybe_applied_ || certainty(error) == Certainty::kUnknown;
      if (!next(attempt, error)) return finished(std::move(error), attempt);
    }
  }

 private:
  milliseconds remaining() const { return std::chrono::ceil<milliseconds>(end_ - state_.clock.monotonic()); }

  Result<wire::HttpResponse> once(int attempt) {
    if (options_.stop.stop_requested()) return interrupted(maybe_applied_);
    auto credentials = state_.credentials.get();
    if (!credentials) return with_certainty(std::move(credentials).error(), Certainty::kNotApplied);
    wire::set_header(request_.headers, "amz-sdk-request",
                     fmt::format("attempt={}; max={}", attempt, state_.policy.max_attempts));
    wire::sign(request_, *credentials, endpoint_.scope, state_.service_time());
    Exchange exchange;
    exchange.origin = endpoint_.origin;
    exchange.request = std::move(request_);  // lent, not copied: a layer's zip is in it
    exchange.timeout = std::max(milliseconds(1), std::min(options_.attempt, remaining()));
    exchange.stop = options_.stop;
    auto answer = state_.transport.exchange(exchange);
    request_ = std::move(exchange.request);
    if (!answer) return std::move(answer).error();
    if (answer->ok()) return answer;
    return refused(*answer);
  }

  Error refused(const wire::HttpResponse& response) {
    Error error = wire::parse_error(response);
    const std::string code = error.fact("service-code");
    const bool applied_maybe = response.status >= 500 && !is_throttling(code);
    if (std::find(kSkewed.begin(), kSkewed.end(), code) != kSkewed.end() && !skew_mended_) {
      skew_mended_ = skew_pending_ = state_.learn_skew(response);
    }
    return with_certainty(std::move(error), applied_maybe ? Certainty::kUnknown : Certainty::kNotApplied);
  }

  /// True after waiting, when the call is to be sent again.
  bool next(int attempt, const Error& error) {
    if (std::exchange(skew_pending_, false)) return remaining() > milliseconds(0);
    if (attempt >= state_.policy.max_attempts || !worth_repeating(error)) return false;
    const int cost = error.fact("timeout") == "true" ? kTimeoutCost : kRetryCost;
    const milliseconds pause = pause_before(attempt, error);
    if (pause >= remaining() || !state_.take(cost)) return false;
    cost_ = cost;
    return state_.clock.sleep(pause, options_.stop);
  }

  bool worth_repeating(const Error& error) const {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kTerminated) return false;
    if (wire::is_service_error(error)) {
      const std::string code = error.fact("service-code");
      if (is_throttling(code) || error.fact("service-status") == "429") return true;
      const bool passing = error.code() == ErrorCode::kRemote || code.starts_with("RequestTimeout");
      return passing && repeatable(call_class_);
    }
    if (error.code() != ErrorCode::kRemote) return false;
    return certainty(error) == Certainty::kNotApplied || repeatable(call_class_);
  }

  /// Full jitter, and never before the service said so.
  milliseconds pause_before(int attempt, const Error& error) const {
    const RetryPolicy& policy = state_.policy;
    const auto ceiling = std::min(policy.cap, policy.scale * (std::int64_t{1} << std::min(attempt - 1, 30)));
    const milliseconds jitter(
        static_cast<std::int64_t>(state_.random.below(static_cast<std::uint64_t>(ceiling.count()) + 1)));
    const std::string asked = error.fact("retry-after-ms");
    std::int64_t least = 0;
    std::from_chars(asked.data(), asked.data() + asked.size(), least);
    return std::max(jitter, milliseconds(least));
  }

  Error finished(Error error, int attempt) const {
    if (options_.stop.stop_requested()) return interrupted(maybe_applied_);
    const Certainty sure = maybe_applied_ ? Certainty::kUnknown : Certainty::kNotApplied;
    Error out = with_certainty(std::move(error), sure).with("attempts", std::to_string(attempt));
    return std::move(out).while_doing(
        fmt::format("calling {} {} at {}", request_.method, request_.path, endpoint_.origin));
  }

  State& state_;
  const ServiceEndpoint& endpoint_;
  wire::HttpRequest request_;
  wire::CallClass call_class_;
  const CallOptions& options_;
  os::MonotonicTime end_;
  int cost_ = 0;  ///< of the last retry, given back if it succeeds
  bool maybe_applied_ = false;
  bool skew_mended_ = false;
  bool skew_pending_ = false;
};

Client::Client(Transport& transport, CredentialProvider& credentials, os::Clock& clock, os::Random& random,
               RetryPolicy policy)
    : state_(new State{transport, credentials, clock, random, policy}) {
  state_->tokens = policy.bucket;
}

Client::~Client() = default;

Result<wire::HttpResponse> Client::call(const ServiceEndpoint& endpoint, wire::HttpRequest request,
                                        wire::CallClass call_class, const CallOptions& options) {
  return Attempts(*state_, endpoint, std::move(request), call_class, options).run();
}

Transport& Client::transport() { return state_->transport; }
os::Clock& Client::clock() { return state_->clock; }
os::Random& Client::random() { return state_->random; }

}  // namespace lamella::aws
