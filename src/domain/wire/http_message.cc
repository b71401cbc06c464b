// SPDX-License-Identifier: Apache-2.0
#include "wire/http_message.h"

#include <algorithm>

#include "base/percent.h"

namespace lamella::wire {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<QueryPairs> split_pairs(std::string_view text) {
  QueryPairs pairs;
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = base::percent_decode(pair.substr(0, equals));
    auto value = base::percent_decode(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

}  // namespace

std::optional<std::string_view> find_header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

void set_header(Headers& headers, std::string_view name, std::string value) {
  std::erase_if(headers, [&](const auto& header) { return same_name(header.first, name); });
  headers.emplace_back(name, std::move(value));
}

std::optional<QueryPairs> parse_query(std::string_view query) { return split_pairs(query); }

std::string render_query(const QueryPairs& pairs) {
  std::string query;
  for (const auto& [name, value] : pairs) {
    if (!query.empty()) query += '&';
    query += base::percent_encode(name) + '=' + base::percent_encode(value);
  }
  return query;
}

std::optional<QueryPairs> parse_form(std::string_view body) {
  std::string text(body);
  std::replace(text.begin(), text.end(), '+', ' ');
  return split_pairs(text);
}

}  // namespace lamella::wire
