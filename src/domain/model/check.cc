// SPDX-License-Identifier: Apache-2.0
#include "model/check.h"

#include <fmt/format.h>

#include <regex>

#include "base/diagnostic.h"
#include "document/json.h"

namespace lamella::model {
namespace {

using document::Value;

/// std::regex recurses once per character: longer texts are refused instead of overflowing the stack.
constexpr std::size_t kLongestMatched = 8'192;
constexpr std::size_t kLongestShown = 160;

std::string shown(const Value* value) {
  if (value == nullptr) return "nothing";
  std::string text = document::render_json(*value);
  if (text.size() > kLongestShown) text = text.substr(0, kLongestShown) + "...";
  return base::escaped(text);
}

CheckResult passed() {
  CheckResult result;
  result.passed = true;
  return result;
}

CheckResult failed(std::string detail) {
  CheckResult result;
  result.detail = std::move(detail);
  return result;
}

/// 200 and 200.0 are the same number to whoever writes a check.
bool same(const Value& a, const Value& b) {
  if (a == b) return true;
  const auto x = a.as_number();
  const auto y = b.as_number();
  return x && y && !(*x < *y) && !(*y < *x);
}

/// The text a regular expression sees: a string's own characters, anything else as JSON.
std::string matched_text(const Value& value) {
  const std::string* text = value.as_string();
  return text != nullptr ? *text : document::render_json(value);
}

CheckResult evaluate_match(const std::string& pattern, const std::string& where, const Value& value) {
  const std::string text = matched_text(value);
  if (text.size() > kLongestMatched) {
    return failed(fmt::format("{} has {} characters, too long for `matches`", where, text.size()));
  }
  try {
    if (std::regex_search(text, std::regex(pattern))) return passed();
  } catch (const std::regex_error&) {
    return failed(fmt::format("`matches` is not a regular expression: {}", base::escaped(pattern)));
  }
  return failed(fmt::format("expected {} to match {}, got {}", where, base::escaped(pattern), shown(&value)));
}

/// The first of the payload's expectations that does not hold.
CheckResult evaluate_payload(const Expectation& expect, const Value& payload) {
  const JsonPath path = expect.path.value_or(JsonPath{});
  const std::string where = to_string(path);
  const Value* value = find(payload, path);
  if (expect.exists && *expect.exists != (value != nullptr)) {
    return failed(fmt::format("expected {} to {}, got {}", where, *expect.exists ? "exist" : "be absent",
                              value == nullptr ? shown(&payload) : shown(value)));
  }
  if (expect.equals && (value == nullptr || !same(*value, *expect.equals))) {
    return failed(fmt::format("expected {} = {}, got {}", where, shown(&*expect.equals),
                              value == nullptr ? "nothing in " + shown(&payload) : shown(value)));
  }
  if (expect.below) {
    const auto number = value == nullptr ? std::nullopt : value->as_number();
    if (!number || !(*number < *expect.below)) {
      return failed(fmt::format("expected {} below {}, got {}", where, *expect.below, shown(value)));
    }
  }
  if (expect.matches) {
    if (value == nullptr)
      return failed(fmt::format("expected {} to match, got nothing in {}", where, shown(&payload)));
    return evaluate_match(*expect.matches, where, *value);
  }
  const bool only_path = expect.path && !expect.exists && !expect.equals && !expect.below;
  if (only_path && value == nullptr) {
    return failed(fmt::format("expected {} to exist, got {}", where, shown(&payload)));
  }
  return passed();
}

}  // namespace

std::string_view to_string(CheckStage stage) {
  return stage == CheckStage::kPromotion ? "promotion" : "integration";
}

CheckResult evaluate(const Expectation& expect, const InvokeOutcome& outcome) {
  if (outcome.function_error.empty()) {
    if (expect.error) {
      return failed(fmt::format("expected the error {}, got {}", base::escaped(*expect.error),
                                shown(&outcome.payload)));
    }
    return evaluate_payload(expect, outcome.payload);
  }
  const std::string type = outcome.payload.text("errorType", "(no errorType)");
  const std::string message = outcome.payload.text("errorMessage").substr(0, kLongestShown);
  if (!expect.error) {
    return failed(fmt::format("the function failed: {}: {}", base::escaped(type), base::escaped(message)));
  }
  if (*expect.error != type) {
    return failed(fmt::format("expected the error {}, got {}: {}", base::escaped(*expect.error),
                              base::escaped(type), base::escaped(message)));
  }
  return evaluate_payload(expect, outcome.payload);
}

CheckResult evaluate(const Expectation& expect, int status, const Value& body) {
  if (expect.status && *expect.status != status) {
    return failed(fmt::format("expected status {}, got {}: {}", *expect.status, status, shown(&body)));
  }
  if (!expect.status && status >= 400) return failed(fmt::format("status {}: {}", status, shown(&body)));
  return evaluate_payload(expect, body);
}

Value to_value(const CheckResult& result) {
  return Value::object({{"name", result.name},
                        {"passed", result.passed},
                        {"detail", result.detail},
                        {"duration_ms", result.duration_ms}});
}

}  // namespace lamella::model
