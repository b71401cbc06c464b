// SPDX-License-Identifier: Apache-2.0
//
// A request and a response as values: what is signed, routed, rendered and parsed here.  Client and
// server of `http` convert to and from them; nothing in this room opens a socket.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::wire {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, letter case ignored.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);
/// Removes every header of that name, then adds this one.
void set_header(Headers& headers, std::string_view name, std::string value);

struct HttpRequest {
  std::string method = "GET";
  std::string path = "/";  ///< as on the wire: percent-encoded, without query
  std::string query;       ///< as on the wire, without '?'
  Headers headers;
  std::string body;

  /// path and query as in a request line.
  std::string target() const { return query.empty() ? path : path + "?" + query; }
};

struct HttpResponse {
  int status = 0;
  Headers headers;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
};

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// Splits at '&' and '=' and decodes both sides ("+" is a plus sign: no client of the service writes
/// forms into a query).  nullopt: a '%' without two hexadecimal digits.
std::optional<QueryPairs> parse_query(std::string_view query);
/// The inverse: both sides percent-encoded, uppercase, unreserved characters plain.
std::string render_query(const QueryPairs& pairs);

/// application/x-www-form-urlencoded as query-protocol services take it; here '+' is a space.
std::optional<QueryPairs> parse_form(std::string_view body);

}  // namespace lamella::wire
