// SPDX-License-Identifier: Apache-2.0
//
// A declared check and what it expects.  Evaluation is pure: whoever runs the function, sends the
// request or starts the script hands the outcome in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "document/value.h"
#include "model/json_path.h"
#include "model/packaging.h"

namespace lamella::model {

enum class CheckStage {
  kPromotion,    ///< on the new version, before the alias moves
  kIntegration,  ///< after; its failure takes the alias back
};
std::string_view to_string(CheckStage stage);

/// All that is set must hold.  With nothing set, any answer without an error passes.
struct Expectation {
  std::optional<JsonPath> path;  ///< what the four below look at; default: the whole payload
  std::optional<document::Value> equals;
  std::optional<bool> exists;
  std::optional<std::string> matches;  ///< ECMAScript regular expression, anywhere in the text
  std::optional<double> below;
  std::optional<std::string> error;  ///< the function must fail with this errorType
  std::optional<int> status;         ///< http checks only
};

struct EventCheck {
  std::variant<document::Value, PlacedText> event;  ///< inline document, or a JSON file in the workspace
  Expectation expect;
};

struct HttpCheck {
  std::string method = "GET";
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  std::optional<document::Value> body;
  Expectation expect;
};

/// A Python script run in the sandbox with the layers mounted; exit code 0 passes.
struct ScriptCheck {
  PlacedText path;
};

/// A command run in the workspace's folder; exit code 0 passes.
struct CommandCheck {
  std::string command;
};

struct Check {
  std::string name;
  CheckStage stage = CheckStage::kPromotion;
  std::optional<std::chrono::milliseconds> timeout;
  std::variant<EventCheck, HttpCheck, ScriptCheck, CommandCheck> what;
  base::Position position;
};

struct CheckResult {
  std::string name;
  bool passed = false;
  std::string detail;  ///< when failed: what was expected and what came, one line, shortened
  std::int64_t duration_ms = 0;
};

/// What invoking a function gave.
struct InvokeOutcome {
  document::Value payload;
  std::string function_error;  ///< "" or the X-Amz-Function-Error header ("Unhandled")
};

/// `name` and `duration_ms` are left for the caller.
CheckResult evaluate(const Expectation& expect, const InvokeOutcome& outcome);
/// For http checks: the response's status and body.
CheckResult evaluate(const Expectation& expect, int status, const document::Value& body);

document::Value to_value(const CheckResult& result);

}  // namespace lamella::model
