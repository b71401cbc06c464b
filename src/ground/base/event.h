// SPDX-License-Identifier: Apache-2.0
//
// What happens, while it happens.  No room prints: each emits events to a sink that the terminal,
// `--events FILE` (one JSON record a line), logs and live pages render.
//
// Threads: emit() is called from any thread.  Events carry no secrets.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lamella::base {

enum class Severity { kDebug, kInfo, kWarning, kError };

struct Event {
  std::string kind;     ///< stable word with a dot: "fetch.done", "layer.built", "deploy.alias-moved"
  std::string subject;  ///< the layer, function, wheel, ... it is about
  std::string text;     ///< one line for people, without the subject
  Severity severity = Severity::kInfo;
  std::int64_t done = -1;   ///< progress within `total`, or -1
  std::int64_t total = -1;  ///< in the unit the kind implies (bytes, items)
  std::vector<std::pair<std::string, std::string>> fields;
};

class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void emit(const Event& event) = 0;
};

/// A sink that forgets everything.
EventSink& no_events();

}  // namespace lamella::base

namespace lamella {
using base::Event;
using base::EventSink;
}  // namespace lamella
