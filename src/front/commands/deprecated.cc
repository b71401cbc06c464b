// SPDX-License-Identifier: Apache-2.0
#include "commands/deprecated.h"

#include <fmt/format.h>

#include "model/deprecation.h"
#include "os/clock.h"

namespace lamella::commands {

using document::Value;

void warn_of_deprecated_runtimes(const Session& session, Value& record) {
  Value list = Value::array();
  for (const auto& one : model::deprecations(session.workspace(), os::system_clock().timestamp())) {
    const std::string runtime = model::to_string(one.runtime);
    session.events().emit(
        {.kind = "runtime.deprecated",
         .subject = runtime,
         .text = fmt::format("{} (used by {}); these days are of {}, from {}", one.text(),
                             fmt::join(one.used_by, ", "), model::kLifecycleRead, model::kLifecycleSource),
         .severity = base::Severity::kWarning});
    list.push_back(Value::object({{"runtime", runtime},
                                  {"deprecated", one.lifecycle.deprecated},
                                  {"create_blocked", one.lifecycle.create_blocked},
                                  {"update_blocked", one.lifecycle.update_blocked},
                                  {"source", model::kLifecycleSource},
                                  {"source_read", model::kLifecycleRead},
                                  {"used_by", Value::array_of(one.used_by)}}));
  }
  if (!list.as_array()->empty()) record.set("deprecated_runtimes", std::move(list));
}

}  // namespace lamella::commands
