// SPDX-License-Identifier: Apache-2.0
//
// `lamella invoke` and `lamella logs`.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "commands/local.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct InvokeOptions {
  std::string function;
  std::string environment = "local";
  std::string alias;                 ///< "": the function's own
  std::string version;               ///< wins over alias
  std::string event;                 ///< JSON text; "" is {}
  std::string event_name = "event";  ///< where the text is from, for messages
};

/// {"function","environment","qualifier","executed_version","status","payload","payload_text","function_error",
/// "log_tail","report"}.  A function that fails is also the error refused (15).
/// Errors: usage (not deployed, event is no JSON), and the client's.
Result<Outcome> invoke(const Setting& setting, const InvokeOptions& options);

struct LogsOptions {
  std::string function;
  std::string environment = "local";
  std::size_t limit = 200;  ///< lines, the newest
};

/// {"function","environment","lines":[{"time","stream","message"}]}, oldest first.
Result<Outcome> logs(const Setting& setting, const LogsOptions& options);

/// One invocation as a record, for verbs that show several.
Result<document::Value> invoke_once(Session& session, Access& access, const model::Function& function,
                                    const std::string& remote_name, const std::string& qualifier,
                                    const std::string& event);

}  // namespace lamella::commands
