// SPDX-License-Identifier: Apache-2.0
//
// What a program printed that was run for something, as an event: it goes to logs, and as one line to who asks
// for every detail.  Sinks that keep it bound it.
#pragma once

#include <string>
#include <utility>

#include "base/event.h"

namespace lamella::base {

inline constexpr const char* kToolOutput = "tool.output";

/// Emits nothing where nothing was printed.  `tool` is what people know the program as.
inline void emit_tool_output(EventSink& events, std::string subject, std::string tool, std::string output) {
  if (output.empty()) return;
  std::string text = "what " + tool + " printed is in the log";
  events.emit({.kind = kToolOutput,
               .subject = std::move(subject),
               .text = std::move(text),
               .severity = Severity::kDebug,
               .fields = {{"tool", std::move(tool)}, {"output", std::move(output)}}});
}

}  // namespace lamella::base
