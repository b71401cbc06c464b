// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include <algorithm>

#include "base/percent.h"

namespace lamella::http {

std::optional<std::vector<std::string>> path_segments(std::string_view raw_path) {
  if (!raw_path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  while (!raw_path.empty()) {
    raw_path.remove_prefix(1);
    const std::string_view segment = raw_path.substr(0, raw_path.find('/'));
    auto decoded = base::percent_decode(segment);
    if (!decoded) return std::nullopt;
    segments.push_back(std::move(*decoded));
    raw_path.remove_prefix(segment.size());
  }
  return segments;
}

std::optional<QueryPairs> query_pairs(std::string_view raw_query, PlusSign plus) {
  const auto decode = [plus](std::string_view part) {
    std::string text(part);
    if (plus == PlusSign::kSpace) std::replace(text.begin(), text.end(), '+', ' ');
    return base::percent_decode(text);
  };
  QueryPairs pairs;
  while (!raw_query.empty()) {
    const std::string_view pair = raw_query.substr(0, raw_query.find('&'));
    raw_query.remove_prefix(std::min(pair.size() + 1, raw_query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    auto name = decode(pair.substr(0, equals));
    auto value = decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(std::move(*name), std::move(*value));
  }
  return pairs;
}

}  // namespace lamella::http
