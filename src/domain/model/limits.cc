// SPDX-License-Identifier: Apache-2.0
#include "model/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/diagnostic.h"
#include "base/units.h"

namespace lamella::model {
namespace {

constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

/// Names that a function's own variables cannot have: "Defined runtime environment variables", the
/// reserved ones, of the developer guide.
constexpr std::array<std::string_view, 20> kReserved = {"_HANDLER",
                                                        "_X_AMZN_TRACE_ID",
                                                        "AWS_DEFAULT_REGION",
                                                        "AWS_REGION",
                                                        "AWS_EXECUTION_ENV",
                                                        "AWS_LAMBDA_FUNCTION_NAME",
                                                        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                                                        "AWS_LAMBDA_FUNCTION_VERSION",
                                                        "AWS_LAMBDA_INITIALIZATION_TYPE",
                                                        "AWS_LAMBDA_LOG_GROUP_NAME",
                                                        "AWS_LAMBDA_LOG_STREAM_NAME",
                                                        "AWS_ACCESS_KEY",
                                                        "AWS_ACCESS_KEY_ID",
                                                        "AWS_SECRET_ACCESS_KEY",
                                                        "AWS_SECRET_KEY",
                                                        "AWS_SESSION_TOKEN",
                                                        "AWS_LAMBDA_RUNTIME_API",
                                                        "LAMBDA_TASK_ROOT",
                                                        "LAMBDA_RUNTIME_DIR",
                                                        "LAMBDA_RUNTIME_NAME"};

bool has_only(std::string_view text, std::initializer_list<std::string_view> sets) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::any_of(sets.begin(), sets.end(),
                       [&](std::string_view set) { return set.find(c) != set.npos; });
  });
}

Error bad_name(std::string_view noun, std::string_view name, std::string why) {
  return Error(ErrorCode::kUsage, fmt::format("'{}' cannot be {}", base::escaped(name.substr(0, 200)), noun))
      .because(std::move(why));
}

Result<> check_plain_name(std::string_view noun, std::string_view name, std::size_t longest) {
  const auto pattern = fmt::format("[a-zA-Z0-9-_]{{1,{}}}", longest);
  if (name.empty()) return bad_name(noun, name, fmt::format("it is empty; names match {}", pattern));
  if (name.size() > longest) {
    return bad_name(noun, name, fmt::format("it has {} characters; names match {}", name.size(), pattern));
  }
  if (!has_only(name, {kLetters, kDigits, "-_"}))
    return bad_name(noun, name, fmt::format("names match {}", pattern));
  return {};
}

/// The length of `text` as a JSON string with its quotes, escaping only what JSON must.
std::size_t json_length(std::string_view text) {
  std::size_t length = 2;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    const bool short_escape =
        c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f';
    length += short_escape ? 2 : u < 0x20 ? 6 : 1;
  }
  return length;
}

Result<> check_range(std::string_view what, std::string_view unit, std::int64_t value, int least, int most) {
  if (value >= least && value <= most) return {};
  return Error(ErrorCode::kUsage, fmt::format("{} {} {} is out of range", what, value, unit))
      .because(fmt::format("Lambda accepts {} to {}", least, most));
}

}  // namespace

Result<> check_layer_name(std::string_view name) {
  return check_plain_name("a layer's name", name, kMaxLayerNameLength);
}

Result<> check_function_name(std::string_view name) {
  return check_plain_name("a function's name", name, kMaxFunctionNameLength);
}

Result<> check_alias_name(std::string_view name) {
  if (name == "$LATEST")
    return bad_name("an alias", name, "$LATEST is scratch and never serves; an alias names a version");
  LAMELLA_TRY(check_plain_name("an alias", name, kMaxAliasNameLength));
  if (has_only(name, {kDigits}))
    return bad_name("an alias", name, "all digits would read as a version number");
  return {};
}

Result<> check_handler(std::string_view handler) {
  const auto dot = handler.rfind('.');
  const bool two_parts = dot != std::string_view::npos && dot > 0 && dot + 1 < handler.size();
  const bool printable =
      std::all_of(handler.begin(), handler.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (handler.size() > kMaxHandlerLength) {
    return bad_name("a handler", handler,
                    fmt::format("it has {} characters, {} are allowed", handler.size(), kMaxHandlerLength));
  }
  if (!two_parts || !printable) {
    return bad_name("a handler", handler, "it is the module and the function in it, such as \"app.handler\"");
  }
  return {};
}

Result<> check_environment_name(std::string_view name) {
  constexpr std::string_view kNoun = "an environment variable of a function";
  if (std::find(kReserved.begin(), kReserved.end(), name) != kReserved.end()) {
    return bad_name(kNoun, name, "Lambda keeps that name for itself");
  }
  const bool fits = name.size() >= 2 && kLetters.find(name.front()) != std::string_view::npos &&
                    has_only(name, {kLetters, kDigits, "_"});
  if (!fits) return bad_name(kNoun, name, "names match [a-zA-Z][a-zA-Z0-9_]+");
  return {};
}

std::size_t environment_bytes(const std::map<std::string, std::string>& variables) {
  std::size_t bytes = 2 + (variables.empty() ? 0 : variables.size() - 1);
  for (const auto& [name, value] : variables) bytes += json_length(name) + 1 + json_length(value);
  return bytes;
}

Result<> check_environment_size(const std::map<std::string, std::string>& variables) {
  const std::size_t bytes = environment_bytes(variables);
  if (bytes <= kMaxEnvironmentBytes) return {};
  const auto largest = std::max_element(variables.begin(), variables.end(), [](const auto& a, const auto& b) {
    return a.second.size() < b.second.size();
  });
  return Error(ErrorCode::kLimit,
               fmt::format("the environment variables take {} bytes, {} over Lambda's limit of {}", bytes,
                           bytes - kMaxEnvironmentBytes, kMaxEnvironmentBytes))
      .because(fmt::format("the largest is {} with {} bytes", base::escaped(largest->first),
                           largest->second.size()))
      .remedy("shorten it, or read it at start from Parameter Store");
}

Result<> check_memory(std::int64_t megabytes) {
  return check_range("memory", "MiB", megabytes, kMinMemoryMb, kMaxMemoryMb);
}

Result<> check_timeout(std::int64_t seconds) {
  return check_range("timeout", "s", seconds, kMinTimeoutSeconds, kMaxTimeoutSeconds);
}

Result<> check_unzipped_total(std::uint64_t unzipped) {
  if (unzipped <= kMaxUnzippedBytes) return {};
  return Error(ErrorCode::kLimit, fmt::format("{} bytes unzipped, {} over Lambda's limit of {}", unzipped,
                                              unzipped - kMaxUnzippedBytes, kMaxUnzippedBytes))
      .because("the function's code and all of its layers count together");
}

Result<> check_layer_count(std::size_t count) {
  if (count <= kMaxLayersPerFunction) return {};
  return Error(ErrorCode::kLimit, fmt::format("{} layers, Lambda allows {}", count, kMaxLayersPerFunction))
      .remedy("merge layers that are always used together");
}

}  // namespace lamella::model
