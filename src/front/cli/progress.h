// SPDX-License-Identifier: Apache-2.0
//
// Events on their way to people and files.
//
// ProgressLines writes to stderr: on a terminal one line that is overwritten while work goes on, and lasting
// lines for what is worth keeping; elsewhere plain lines.  EventFile writes NDJSON.  Both may be fed from any
// thread; neither reports an error (progress must not fail what it reports on).
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "cli/terminal.h"
#include "document/value.h"
#include "os/fd.h"

namespace lamella::cli {

enum class Chatter { kQuiet, kNormal, kVerbose };

class ProgressLines final : public EventSink {
 public:
  ProgressLines(int descriptor, Style style, Chatter chatter)
      : descriptor_(descriptor), style_(style), chatter_(chatter) {}
  ~ProgressLines() override { clear(); }

  void emit(const Event& event) override;
  /// Takes the transient line away, before something else is printed.
  void clear();

 private:
  void write(const std::string& text) const;

  const int descriptor_;
  const Style style_;
  const Chatter chatter_;
  std::mutex mutex_;
  bool line_shown_ = false;  // guarded by mutex_
};

/// One line for people: "core-data-science  built layer".
std::string line_of(const Event& event, const Style& style);

/// The event as one JSON record, with the time.
document::Value record_of(const Event& event);

class EventFile final : public EventSink {
 public:
  /// Appends to `path`.  Errors: io.
  static Result<std::unique_ptr<EventFile>> open(const std::filesystem::path& path);
  void emit(const Event& event) override;
  /// The first error of a write: then the file is not whole.
  Result<> finish();

 private:
  explicit EventFile(os::UniqueFd file) : file_(std::move(file)) {}
  std::mutex mutex_;
  os::UniqueFd file_;  // guarded by mutex_, as below
  std::optional<Error> broken_;
};

/// Feeds several.
class EventTee final : public EventSink {
 public:
  explicit EventTee(std::vector<EventSink*> sinks) : sinks_(std::move(sinks)) {}
  void emit(const Event& event) override {
    for (EventSink* sink : sinks_) sink->emit(event);
  }

 private:
  std::vector<EventSink*> sinks_;
};

}  // namespace lamella::cli
