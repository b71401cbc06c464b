// SPDX-License-Identifier: Apache-2.0
//
// The value of a function's environment variable as the workspace writes it: text with placeholders.
//
//   {environment}        the environment's name
//   {param:NAME}         --param NAME=..., or {param:NAME=DEFAULT}
//   {env:NAME}           the deployer's environment; a secret
//   {ssm:/PATH}          a Parameter Store value, read when deploying; a secret
//   {{ and }}            a brace
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::model {

struct EnvironmentPart {
  enum class Kind { kLiteral, kEnvironment, kParam, kEnv, kSsm };
  Kind kind = Kind::kLiteral;
  std::string text;                     ///< the literal, or the placeholder's NAME or PATH
  std::optional<std::string> fallback;  ///< kParam's DEFAULT

  bool operator==(const EnvironmentPart&) const = default;
};

struct EnvironmentValue {
  std::vector<EnvironmentPart> parts;

  /// True if resolving it yields something that must not be shown or stored.
  bool is_secret() const;
  bool operator==(const EnvironmentValue&) const = default;
};

/// Errors: usage for an unknown placeholder or a stray brace.
Result<EnvironmentValue> parse_environment_value(std::string_view text);
/// The inverse of parse_environment_value().
std::string to_string(const EnvironmentValue& value);

/// Looks up one part that is not a literal; nullopt means it is not set.  kParam's DEFAULT is applied
/// by resolve(), not by the lookup.
using EnvironmentLookup = std::function<Result<std::optional<std::string>>(const EnvironmentPart&)>;

/// Errors: usage naming the placeholder that is not set (never a value), and whatever `lookup` says.
Result<std::string> resolve(const EnvironmentValue& value, const EnvironmentLookup& lookup);

}  // namespace lamella::model
