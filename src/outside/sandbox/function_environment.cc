// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "sandbox/instance.h"

namespace lamella::sandbox {
namespace {

/// What a function's own settings may replace, although Lambda sets it.
constexpr std::array<std::string_view, 7> kReplaceable = {
    "PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", "LANG", "TZ", "LC_CTYPE"};

}  // namespace

std::map<std::string, std::string> function_environment(const FunctionIdentity& who,
                                                        const std::map<std::string, std::string>& own) {
  std::map<std::string, std::string> all = base_environment(who.runtime);
  const std::map<std::string, std::string> lambda{
      {"AWS_ACCESS_KEY_ID", who.access_key},
      {"AWS_DEFAULT_REGION", who.region},
      {"AWS_EXECUTION_ENV", "AWS_Lambda_" + who.runtime},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(who.memory_mb)},
      {"AWS_LAMBDA_FUNCTION_NAME", who.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", who.version},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
      {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + who.name},
      {"AWS_LAMBDA_LOG_STREAM_NAME", who.log_stream},
      {"AWS_LAMBDA_RUNTIME_API", "169.254.100.1:9001"},
      {"AWS_REGION", who.region},
      {"AWS_SECRET_ACCESS_KEY", who.secret_key},
      {"AWS_SESSION_TOKEN", who.session_token},
      {"AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"},
      {"AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1:2000"},
      {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
      {"LAMBDA_TASK_ROOT", "/var/task"},
      {"_AWS_XRAY_DAEMON_ADDRESS", "169.254.100.1"},
      {"_AWS_XRAY_DAEMON_PORT", "2000"},
      {"_HANDLER", who.handler},
  };
  all.insert(lambda.begin(), lambda.end());
  for (const auto& [name, value] : own) {
    bool replaceable = !all.contains(name);
    for (const std::string_view one : kReplaceable) replaceable = replaceable || one == name;
    if (replaceable) all[name] = value;
  }
  return all;
}

}  // namespace lamella::sandbox
