// SPDX-License-Identifier: Apache-2.0
//
// What is kept of a run, beside what the terminal shows: `--events FILE`, `--trace FILE`, and for verbs that
// make or move something a log under .lamella/log/.
//
// Invariants (cli/recording_test.cc)
//   R1 values that were hidden are in none of the files: "[hidden]" stands for them.
//   R2 each run has a log of its own, and at most kLogsKept stay.
//   R3 a log that cannot be written is left out; the run goes on.
//
// Threads: events() from any thread.  Errors: io for the files that were asked for by name.
// On disk: docs/formats/run-log.md.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/event.h"
#include "base/redactor.h"
#include "base/result.h"
#include "os/clock.h"
#include "os/fd.h"

namespace lamella::cli {

inline constexpr std::size_t kLogsKept = 30;

/// Passes events on without the texts that must not be seen, and cleans what else leaves the program.
class HidingSink final : public EventSink {
 public:
  explicit HidingSink(EventSink& next) : next_(next) {}
  void hide(const std::string& text);
  void emit(const Event& event) override;
  std::string cleaned(std::string text) const;

 private:
  EventSink& next_;
  mutable std::mutex mutex_;
  Redactor hidden_;  // guarded by mutex_
};

/// One JSON record a line, in a file made at the first event.
class RunLog final : public EventSink {
 public:
  /// `folder` is .lamella/log of the workspace; `verb` names the file.
  RunLog(std::filesystem::path folder, std::string verb);
  void emit(const Event& event) override;
  /// The last line, and removes old logs.  `others` ended badly beside `error`.
  void finish(int exit_code, std::string_view error, const std::vector<std::string>& others = {});
  const std::filesystem::path& path() const { return path_; }

 private:
  bool open();
  void write(const std::string& line);

  std::filesystem::path folder_;
  std::string verb_;
  std::filesystem::path path_;
  os::MonotonicTime start_;
  std::mutex mutex_;
  bool tried_ = false;  // guarded by mutex_, as below
  os::UniqueFd file_;   // none: not tried yet, or it cannot be written
};

/// Jobs as a Chrome trace (chrome://tracing, Perfetto): one lane per thread.
class TraceFile final : public EventSink {
 public:
  explicit TraceFile(std::filesystem::path path);
  void emit(const Event& event) override;
  /// Errors: io.
  Result<> save() const;

 private:
  struct Span {
    std::string step;
    std::string subject;
    std::int64_t start_us = 0;
    std::int64_t duration_us = 0;
    std::size_t lane = 0;
  };
  std::filesystem::path path_;
  std::int64_t start_us_ = 0;
  mutable std::mutex mutex_;
  std::map<std::thread::id, std::size_t> lanes_;  // guarded by mutex_, as all below
  std::vector<Span> spans_;
};

}  // namespace lamella::cli
