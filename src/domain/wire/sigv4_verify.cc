// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include "base/trim.h"
#include "wire/service_error.h"
#include "wire/sigv4.h"
#include "wire/timestamp.h"

namespace lamella::wire {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
// The longest a presigned URL may live: a week, as the service has it.
constexpr std::chrono::seconds kLongestPresign{7 * 24 * 3600};

/// What a request claims, taken apart but not yet believed.
struct Claim {
  std::string access_key_id;
  std::string date;  ///< of the scope
  SigningScope scope;
  std::string signed_headers;
  std::string signature;
  std::string token;
  sys_seconds time{};
  std::chrono::seconds lifetime{0};
  bool presigned = false;
};

Error incomplete(std::string why) { return refuse("IncompleteSignatureException", std::move(why)); }

/// Key and scope from "AKID/20260101/region/service/aws4_request"; the key itself may hold no '/'.
bool read_credential(std::string_view text, Claim& claim) {
  std::vector<std::string> parts;
  for (;;) {
    const auto slash = text.find('/');
    parts.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  if (parts.size() != 5 || parts[4] != "aws4_request" || parts[0].empty()) return false;
  claim.access_key_id = parts[0];
  claim.date = parts[1];
  claim.scope = {parts[2], parts[3]};
  return true;
}

std::size_t count_header(const Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), [&](const auto& header) {
    return find_header({header}, name).has_value();
  }));
}

Result<Claim> claim_of_header(const HttpRequest& request, std::string_view authorization) {
  if (count_header(request.headers, "Authorization") > 1)
    return incomplete("More than one Authorization header.");
  if (!authorization.starts_with(kAlgorithm)) {
    return incomplete(fmt::format("Unsupported AWS 'algorithm': only {} is accepted.", kAlgorithm));
  }
  authorization.remove_prefix(kAlgorithm.size());
  Claim claim;
  bool has_credential = false;
  while (!authorization.empty()) {
    const auto comma = authorization.find(',');
    const std::string_view part = base::trimmed(authorization.substr(0, comma), " ");
    authorization.remove_prefix(comma == std::string_view::npos ? authorization.size() : comma + 1);
    const auto equals = part.find('=');
    const std::string_view name = part.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : part.substr(equals + 1);
    if (name == "Credential") has_credential = read_credential(value, claim);
    if (name == "SignedHeaders") claim.signed_headers = value;
    if (name == "Signature") claim.signature = value;
  }
  if (!has_credential) return incomplete("Authorization header requires 'Credential' parameter.");
  if (claim.signature.empty()) return incomplete("Authorization header requires 'Signature' parameter.");
  if (claim.signed_headers.empty())
    return incomplete("Authorization header requires 'SignedHeaders' parameter.");
  claim.token = find_header(request.headers, "X-Amz-Security-Token").value_or("");
  std::optional<sys_seconds> time;
  if (const auto stamp = find_header(request.headers, "X-Amz-Date")) {
    time = parse_basic_time(*stamp);
  } else if (const auto date = find_header(request.headers, "Date")) {
    time = parse_http_date(*date);
    if (!time) time = parse_basic_time(*date);
  }
  if (!time)
    return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  claim.time = *time;
  return claim;
}

Result<Claim> claim_of_query(const QueryPairs& query) {
  Claim claim;
  claim.presigned = true;
  std::set<std::string> seen;
  bool has_credential = false;
  bool has_time = false;
  for (const auto& [name, value] : query) {
    if (!name.starts_with("X-Amz-")) continue;
    if (!seen.insert(name).second) return incomplete("Duplicate query parameter " + name + ".");
    if (name == "X-Amz-Credential") has_credential = read_credential(value, claim);
    if (name == "X-Amz-SignedHeaders") claim.signed_headers = value;
    if (name == "X-Amz-Signature") claim.signature = value;
    if (name == "X-Amz-Security-Token") claim.token = value;
    if (name == "X-Amz-Date") {
      const auto time = parse_basic_time(value);
      has_time = time.has_value();
      claim.time = time.value_or(sys_seconds{});
    }
    if (name == "X-Amz-Expires") {
      long seconds = 0;
      const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (failure != std::errc() || end != value.data() + value.size()) seconds = 0;
      claim.lifetime = std::chrono::seconds(seconds);
    }
  }
  if (!has_credential || !has_time || claim.signed_headers.empty() ||
      claim.lifetime <= std::chrono::seconds(0) || claim.lifetime > kLongestPresign) {
    return incomplete("The query does not hold a complete signature.");
  }
  return claim;
}

Result<Claim> claim_of(const HttpRequest& request) {
  const auto authorization = find_header(request.headers, "Authorization");
  const auto query = parse_query(request.query);
  if (!query) return incomplete("The query is not percent-encoded.");
  const bool presigned = std::any_of(query->begin(), query->end(),
                                     [](const auto& pair) { return pair.first == "X-Amz-Signature"; });
  if (authorization && presigned) return incomplete("Signed both in a header and in the query.");
  if (authorization) return claim_of_header(request, *authorization);
  if (presigned) return claim_of_query(*query);
  return refuse("MissingAuthenticationTokenException", "Missing Authentication Token");
}

Result<> check_age(const Claim& claim, sys_seconds now, std::chrono::seconds tolerance) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(tolerance).count();
  const auto latest = claim.time + (claim.presigned ? claim.lifetime : tolerance);
  if (now > latest) {
    return refuse("InvalidSignatureException",
                  claim.presigned
                      ? "Request has expired"
                      : fmt::format("Signature expired: {} is now earlier than {} ({} - {} min.)",
                                    render_basic_time(claim.time), render_basic_time(now - tolerance),
                                    render_basic_time(now), minutes));
  }
  if (claim.time > now + tolerance) {
    return refuse("InvalidSignatureException",
                  fmt::format("Signature not yet current: {} is still later than {} ({} + {} min.)",
                              render_basic_time(claim.time), render_basic_time(now + tolerance),
                              render_basic_time(now), minutes));
  }
  if (claim.date != render_basic_time(claim.time).substr(0, 8)) {
    return refuse("InvalidSignatureException",
                  "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                  "version of date from HTTP");
  }
  return {};
}

/// Host and every x-amz-* header must be covered, and nothing may be covered that is not there.
Result<> check_coverage(const HttpRequest& request, const Claim& claim) {
  std::set<std::string, std::less<>> covered;
  std::string_view rest = claim.signed_headers;
  for (;;) {
    const auto end = rest.find(';');
    const std::string_view name = rest.substr(0, end);
    if (!find_header(request.headers, name)) {
      return refuse("InvalidSignatureException",
                    fmt::format("Signed header '{}' is not in the request.", name));
    }
    covered.emplace(name);
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  for (const auto& [name, value] : request.headers) {
    std::string low = name;
    for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool must = low == "host" || low.starts_with("x-amz-");
    if (must && !covered.contains(low)) {
      return refuse("InvalidSignatureException", fmt::format("'{}' must be a signed header.", low));
    }
  }
  if (!covered.contains("host"))
    return refuse("InvalidSignatureException", "'host' must be a signed header.");
  return {};
}

Result<std::vector<std::string>> acceptable_payloads(const HttpRequest& request, const Claim& claim,
                                                     const VerifyOptions& options) {
  const std::string actual = options.body_hash.empty() ? payload_hash(request.body) : options.body_hash;
  if (const auto stated = find_header(request.headers, "X-Amz-Content-SHA256")) {
    const bool unsigned_body =
        claim.scope.service == "s3" &&
        (*stated == kUnsignedPayload || stated->starts_with("STREAMING-UNSIGNED-PAYLOAD"));
    if (*stated != actual && !unsigned_body) {
      return refuse("InvalidSignatureException", "X-Amz-Content-SHA256 does not match the body.");
    }
    return std::vector{std::string(*stated)};
  }
  if (claim.presigned) return std::vector{std::string(kUnsignedPayload), actual};
  return std::vector{actual};
}

/// The request without the one query member that cannot sign itself.
HttpRequest unsigned_form(const HttpRequest& request) {
  HttpRequest bare{request.method, request.path, "", request.headers, ""};
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (pair.starts_with("X-Amz-Signature=")) continue;
    if (!bare.query.empty()) bare.query += '&';
    bare.query += pair;
  }
  return bare;
}

}  // namespace

bool is_signed(const HttpRequest& request) {
  if (find_header(request.headers, "Authorization")) return true;
  const auto query = parse_query(request.query);
  return query && std::any_of(query->begin(), query->end(),
                              [](const auto& pair) { return pair.first == "X-Amz-Signature"; });
}

std::optional<SigningScope> claimed_scope(const HttpRequest& request) {
  auto claim = claim_of(request);
  if (!claim) return std::nullopt;
  return claim->scope;
}

Result<Identity> verify(const HttpRequest& request, const KeyLookup& keys, sys_seconds now,
                        const VerifyOptions& options) {
  LAMELLA_TRY_ASSIGN(const Claim claim, claim_of(request));
  const auto key = keys(claim.access_key_id);
  if (!key || !same(key->session_token, Secret(claim.token))) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  LAMELLA_TRY(check_age(claim, now, options.tolerance));
  LAMELLA_TRY(check_coverage(request, claim));
  LAMELLA_TRY_ASSIGN(const auto payloads, acceptable_payloads(request, claim, options));
  const HttpRequest bare = unsigned_form(request);
  for (const std::string& payload : payloads) {
    const std::string canonical = canonical_request(bare, claim.signed_headers, payload, claim.scope.service);
    const std::string expected = signature(string_to_sign(canonical, claim.scope, claim.time),
                                           key->secret_access_key, claim.scope, claim.time);
    if (same(Secret(expected), Secret(claim.signature))) {
      return Identity{claim.access_key_id, claim.scope, claim.presigned};
    }
  }
  return refuse(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS "
      "Secret Access Key and signing method. Consult the service documentation for details.");
}

}  // namespace lamella::wire
