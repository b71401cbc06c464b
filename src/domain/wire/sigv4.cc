// SPDX-License-Identifier: Apache-2.0
#include "wire/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/encoding.h"
#include "base/percent.h"
#include "base/split.h"
#include "crypto/sha256.h"
#include "wire/timestamp.h"

namespace lamella::wire {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Headers that proxies and HTTP libraries add, drop or rewrite on the way.
constexpr std::array<std::string_view, 12> kUnsigned = {"authorization",
                                                        "connection",
                                                        "expect",
                                                        "keep-alive",
                                                        "proxy-authenticate",
                                                        "proxy-authorization",
                                                        "te",
                                                        "trailer",
                                                        "upgrade",
                                                        "transfer-encoding",
                                                        "user-agent",
                                                        "x-amzn-trace-id"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string collapse(std::string_view path) {
  std::vector<std::string_view> kept;
  for (const std::string_view segment : base::split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment != "..") {
      kept.push_back(segment);
    } else if (!kept.empty()) {
      kept.pop_back();
    }
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  if (out.empty() || path.ends_with('/')) out += '/';
  return out;
}

std::string canonical_uri(std::string_view path, std::string_view service, bool collapse_path) {
  if (path.empty()) return "/";
  if (service == "s3") return std::string(path);
  return base::percent_encode(collapse_path ? collapse(path) : std::string(path), "/");
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view pair : base::split(query, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? "" : pair.substr(equals + 1);
    const auto recode = [](std::string_view text) {
      return base::percent_encode(base::percent_decode(text).value_or(std::string(text)));
    };
    pairs.emplace_back(recode(name), recode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) {
    if (!out.empty()) out += '&';
    out += name + '=' + value;
  }
  return out;
}

std::string collapse_spaces(std::string_view text) {
  std::string out;
  bool space = false;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank) {
      if (space && !out.empty()) out += ' ';
      out += c;
    }
    space = blank;
  }
  return out;
}

std::map<std::string, std::string> canonical_headers(const Headers& headers) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : headers) {
    auto [at, added] = out.try_emplace(lower(name));
    if (!added) at->second += ',';
    at->second += collapse_spaces(value);
  }
  return out;
}

std::string headers_to_sign(const Headers& headers) {
  std::string out;
  for (const auto& [name, value] : canonical_headers(headers)) {
    if (std::find(kUnsigned.begin(), kUnsigned.end(), name) != kUnsigned.end()) continue;
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

std::string scope_text(const SigningScope& scope, std::chrono::sys_seconds time) {
  return fmt::format("{}/{}/{}/aws4_request", render_basic_time(time).substr(0, 8), scope.region,
                     scope.service);
}

}  // namespace

std::string payload_hash(std::string_view body) { return crypto::sha256(body).hex(); }

std::string canonical_request(const HttpRequest& request, std::string_view signed_headers,
                              std::string_view payload, std::string_view service, bool collapse_path) {
  const auto headers = canonical_headers(request.headers);
  std::string lines;
  for (const std::string_view name : base::split(signed_headers, ';')) {
    const auto at = headers.find(std::string(name));
    lines += fmt::format("{}:{}\n", name, at == headers.end() ? "" : at->second);
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method,
                     canonical_uri(request.path, service, collapse_path), canonical_query(request.query),
                     lines, signed_headers, payload);
}

std::string string_to_sign(std::string_view canonical, const SigningScope& scope,
                           std::chrono::sys_seconds time) {
  return fmt::format("{}\n{}\n{}\n{}", kAlgorithm, render_basic_time(time), scope_text(scope, time),
                     crypto::sha256(canonical).hex());
}

std::string signature(std::string_view text, const Secret& secret, const SigningScope& scope,
                      std::chrono::sys_seconds time) {
  const std::string start = "AWS4" + secret.reveal();
  auto key = crypto::hmac_sha256(start, render_basic_time(time).substr(0, 8));
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    key = crypto::hmac_sha256(key, base::as_bytes(part));
  }
  return base::to_hex(crypto::hmac_sha256(key, base::as_bytes(text)));
}

void sign(HttpRequest& request, const SigningCredentials& credentials, const SigningScope& scope,
          std::chrono::sys_seconds time, const SignOptions& options) {
  Headers& headers = request.headers;
  std::erase_if(headers, [](const auto& header) {
    const std::string name = lower(header.first);
    return name == "authorization" || name == "date" || name == "x-amz-security-token" ||
           name == "x-amz-content-sha256";
  });
  const std::string payload = options.payload.empty() ? payload_hash(request.body) : options.payload;
  if (scope.service == "s3" || options.payload_header) headers.emplace_back("X-Amz-Content-SHA256", payload);
  set_header(headers, "X-Amz-Date", render_basic_time(time));
  if (!credentials.session_token.empty()) {
    headers.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  const std::string names = headers_to_sign(headers);
  const std::string canonical =
      canonical_request(request, names, payload, scope.service, options.collapse_path);
  headers.emplace_back("Authorization",
                       fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                   credentials.access_key_id, scope_text(scope, time), names,
                                   signature(string_to_sign(canonical, scope, time),
                                             credentials.secret_access_key, scope, time)));
}

void presign(HttpRequest& request, const SigningCredentials& credentials, const SigningScope& scope,
             std::chrono::sys_seconds time, std::chrono::seconds lifetime, const SignOptions& options) {
  const std::string names = headers_to_sign(request.headers);
  QueryPairs added = {{"X-Amz-Algorithm", std::string(kAlgorithm)},
                      {"X-Amz-Credential", credentials.access_key_id + "/" + scope_text(scope, time)},
                      {"X-Amz-Date", render_basic_time(time)},
                      {"X-Amz-SignedHeaders", names},
                      {"X-Amz-Expires", std::to_string(lifetime.count())}};
  if (!credentials.session_token.empty()) {
    added.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  }
  if (!request.query.empty()) request.query += '&';
  request.query += render_query(added);
  const std::string payload = options.payload.empty() ? std::string(kUnsignedPayload) : options.payload;
  const std::string canonical =
      canonical_request(request, names, payload, scope.service, options.collapse_path);
  request.query += "&X-Amz-Signature=" + signature(string_to_sign(canonical, scope, time),
                                                   credentials.secret_access_key, scope, time);
}

}  // namespace lamella::wire
