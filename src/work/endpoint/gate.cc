// SPDX-License-Identifier: Apache-2.0
#include "endpoint/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "endpoint/blobs.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"127.0.0.1", "localhost", "[::1]"};

bool is_ours(std::string_view authority, std::uint16_t port) {
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return authority == fmt::format("{}:{}", name, port) || (port == 80 && authority == name);
  });
}

Error denied(std::string why) { return wire::refuse("AccessDeniedException", std::move(why)); }

}  // namespace

Result<> check_origin(const wire::HttpRequest& request, std::uint16_t port) {
  const auto host = wire::find_header(request.headers, "Host").value_or("");
  if (!is_ours(host, port)) return denied("This endpoint answers to its loopback address only.");
  if (const auto origin = wire::find_header(request.headers, "Origin")) {
    const bool ours = origin->starts_with("http://") && is_ours(origin->substr(7), port);
    if (!ours) return denied("Requests from web pages are not taken.");
  }
  const auto site = wire::find_header(request.headers, "Sec-Fetch-Site").value_or("none");
  if (site != "none" && site != "same-origin") return denied("Requests from web pages are not taken.");
  return {};
}

Result<wire::Identity> authenticate(const wire::HttpRequest& request, const LocalCredentials& credentials,
                                    std::chrono::sys_seconds now) {
  const auto keys = [&](std::string_view id) -> std::optional<wire::KnownKey> {
    if (id != credentials.access_key_id) return std::nullopt;
    return wire::KnownKey{credentials.secret_access_key, Secret()};
  };
  LAMELLA_TRY_ASSIGN(auto identity, wire::verify(request, keys, now));
  if (identity.presigned && !request.path.starts_with(kBlobPrefix)) {
    return denied("A presigned URL opens the content of layers and functions only.");
  }
  return identity;
}

}  // namespace lamella::endpoint
