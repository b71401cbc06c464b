// SPDX-License-Identifier: Apache-2.0
//
// CloudWatch Logs in JSON 1.1: FilterLogEvents over what functions printed.  A log group is a function's;
// each line of an invocation is an event, named "<record>-<line>", which is also what a nextToken says.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "document/json.h"
#include "endpoint/lookup.h"
#include "endpoint/operations.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

using document::Value;

constexpr std::string_view kGroupPrefix = "/aws/lambda/";
constexpr std::int64_t kMostEvents = 10'000;
/// Records looked at in one call; a page may end early, or empty, with a token.
constexpr std::int64_t kRecordsAtOnce = 500;

struct Place {
  std::int64_t record = 0;
  std::int64_t line = 0;
};

struct Filter {
  std::string function;
  std::int64_t start = 0;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  std::int64_t limit = kMostEvents;
  std::vector<std::string> terms;    ///< all of them in a line
  std::vector<std::string> streams;  ///< empty: all
  Place from;
};

std::optional<Place> parse_place(const std::string& text) {
  const char* const end = text.data() + text.size();
  Place place;
  const auto first = std::from_chars(text.data(), end, place.record);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, place.line);
  if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
  return place;
}

/// Words that a line must hold, "quoted ones" as a whole.  nullopt for the rest of the pattern language.
std::optional<std::vector<std::string>> parse_pattern(const std::string& pattern) {
  std::vector<std::string> terms;
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == ' ') {
      ++at;
    } else if (pattern[at] == '"') {
      const auto close = pattern.find('"', at + 1);
      if (close == std::string::npos) return std::nullopt;
      terms.push_back(pattern.substr(at + 1, close - at - 1));
      at = close + 1;
    } else {
      if (std::string_view("?-{[%").find(pattern[at]) != std::string_view::npos) return std::nullopt;
      const auto space = std::min(pattern.find(' ', at), pattern.size());
      terms.push_back(pattern.substr(at, space - at));
      at = space;
    }
  }
  return terms;
}

Error invalid(std::string why) { return wire::refuse("InvalidParameterException", std::move(why)); }

Result<Filter> parse_filter(const std::string& body) {
  const auto value = document::parse_json(body.empty() ? "{}" : body, "body");
  if (!value || !value->is_object())
    return wire::refuse("SerializationException", "The body is not a JSON object.");
  Filter filter;
  const std::string group = value->text("logGroupName", value->text("logGroupIdentifier"));
  if (!group.starts_with(kGroupPrefix)) {
    return wire::refuse("ResourceNotFoundException", "The specified log group does not exist.");
  }
  filter.function = group.substr(kGroupPrefix.size());
  filter.start = value->integer("startTime", filter.start);
  filter.end = value->integer("endTime", filter.end);
  filter.limit = value->integer("limit", kMostEvents);
  if (filter.limit < 1 || filter.limit > kMostEvents) return invalid("limit must be between 1 and 10000.");
  auto terms = parse_pattern(value->text("filterPattern"));
  if (!terms) return invalid("This endpoint takes filter patterns of plain or quoted terms only.");
  filter.terms = *std::move(terms);
  filter.streams = value->texts("logStreamNames");
  if (const std::string token = value->text("nextToken"); !token.empty()) {
    const auto place = parse_place(token);
    if (!place) return invalid("The specified nextToken is invalid.");
    filter.from = *place;
  }
  return filter;
}

bool fits(const Filter& filter, std::string_view line) {
  return std::all_of(filter.terms.begin(), filter.terms.end(),
                     [&](const std::string& term) { return line.find(term) != std::string_view::npos; });
}

bool fits(const Filter& filter, const LogRecord& record) {
  return filter.streams.empty() ||
         std::find(filter.streams.begin(), filter.streams.end(), record.stream) != filter.streams.end();
}

/// Adds the record's lines; the place to go on from when the limit is reached before its end.
std::optional<Place> add_lines(const Filter& filter, const LogRecord& record, Value& events) {
  std::int64_t number = 0;
  for (std::size_t at = 0; at < record.text.size(); ++number) {
    const auto end = std::min(record.text.find('\n', at), record.text.size());
    const std::string_view line = std::string_view(record.text).substr(at, end - at);
    at = end + 1;
    if (record.id == filter.from.record && number < filter.from.line) continue;
    if (!fits(filter, line)) continue;
    if (static_cast<std::int64_t>(events.as_array()->size()) >= filter.limit) return Place{record.id, number};
    events.push_back(Value::object({{"logStreamName", record.stream},
                                    {"timestamp", record.time},
                                    {"message", std::string(line) + "\n"},
                                    {"ingestionTime", record.time},
                                    {"eventId", fmt::format("{}-{}", record.id, number)}}));
  }
  return std::nullopt;
}

}  // namespace

Result<wire::HttpResponse> filter_log_events(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto filter, parse_filter(call.request.body));
  LAMELLA_TRY_ASSIGN(const auto records, service.logs.read(call.region, filter.function, filter.from.record,
                                                           filter.start, filter.end, kRecordsAtOnce));
  if (records.empty()) {
    LAMELLA_TRY_ASSIGN(const auto function, service.state.read([&](sqlite::Database& db) {
      return find_function(db, call.region, filter.function, kLatest);
    }));
    if (!function)
      return wire::refuse("ResourceNotFoundException", "The specified log group does not exist.");
  }
  Value events = Value::array();
  std::optional<Place> next;
  for (const LogRecord& record : records) {
    if (fits(filter, record)) next = add_lines(filter, record, events);
    if (next) break;
  }
  if (!next && static_cast<std::int64_t>(records.size()) == kRecordsAtOnce)
    next = Place{records.back().id + 1, 0};
  Value out = Value::object({{"events", std::move(events)}, {"searchedLogStreams", Value::array()}});
  if (next) out.set("nextToken", fmt::format("{}-{}", next->record, next->line));
  return answer(call, document::render_json(out));
}

}  // namespace lamella::endpoint
