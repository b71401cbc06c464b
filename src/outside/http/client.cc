// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "http/transfer.h"
#include "os/environment.h"

namespace lamella::http {
namespace {

/// Idle channels beyond this are closed, oldest first.
constexpr std::size_t kKept = 32;

std::string origin_of(const std::string& url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(0, url.find_first_of("/?#", scheme + 3));
}

std::string ca_bundle_from_environment() {
  for (const char* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
    if (auto path = os::get_environment(name); path && !path->empty()) return std::move(*path);
  }
  return {};
}

Result<> check_head(const Call& call) {
  const auto is_bad = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
  };
  bool bad = call.method.empty() || is_bad(call.method) || is_bad(call.url);
  for (const auto& [name, value] : call.headers) {
    bad = bad || name.empty() || name.find_first_of(":; ") != std::string::npos || is_bad(name) ||
          is_bad(value);
  }
  if (bad)
    return Error(ErrorCode::kUsage, "cannot request a URL")
        .because("its method or headers hold a line break");
  return {};
}

}  // namespace

std::optional<TransportFailure> transport_failure(const Error& error) {
  const std::string kind = error.fact("transport");
  if (kind == "not-sent") return TransportFailure::kNotSent;
  if (kind == "maybe-applied") return TransportFailure::kMaybeApplied;
  if (kind == "timeout") return TransportFailure::kTimeout;
  return std::nullopt;
}

class Client::Pool {
 public:
  explicit Pool(ClientOptions options)
      : options_(with_bundle(std::move(options))), trust_(options_.ca_bundle) {}

  Result<Reply> send(const Call& call) {
    LAMELLA_TRY(check_head(call));
    const std::string origin = origin_of(call.url);
    LAMELLA_TRY_ASSIGN(auto channel, take(origin));
    auto result = channel->send(call, options_, trust_);
    give_back({origin, std::move(channel)});
    return result;
  }

 private:
  struct Idle {
    std::string origin;
    std::unique_ptr<Channel> channel;
  };

  /// The channel that spoke to `origin` last, for its open connection.
  Result<std::unique_ptr<Channel>> take(const std::string& origin) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.origin == origin; });
    if (found == idle_.rend()) return Channel::open();
    auto channel = std::move(found->channel);
    idle_.erase(std::next(found).base());
    return channel;
  }

  void give_back(Idle idle) {
    Idle oldest;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(idle));
    if (idle_.size() <= kKept) return;
    oldest = std::move(idle_.front());
    idle_.pop_front();
  }

  static ClientOptions with_bundle(ClientOptions options) {
    if (options.ca_bundle.empty()) options.ca_bundle = ca_bundle_from_environment();
    return options;
  }

  const ClientOptions options_;
  Trust trust_;  ///< outlives the channels
  std::mutex mutex_;
  std::deque<Idle> idle_;
};

Client::Client(ClientOptions options) : pool_(std::make_unique<Pool>(std::move(options))) {}
Client::~Client() = default;

Result<Reply> Client::send(const Call& call) { return pool_->send(call); }

}  // namespace lamella::http
