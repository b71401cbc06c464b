// SPDX-License-Identifier: Apache-2.0
#include "cli/recording.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cli/progress.h"
#include "document/json.h"
#include "os/directory.h"
#include "os/file.h"
#include "os/named_file.h"
#include "os/random.h"

namespace lamella::cli {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr std::string_view kLogEnding = ".ndjson";

std::int64_t micros(os::MonotonicTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

std::int64_t number_of(const Event& event, std::string_view key) {
  for (const auto& [name, text] : event.fields) {
    std::int64_t number = 0;
    if (name == key) std::from_chars(text.data(), text.data() + text.size(), number);
    if (name == key) return number;
  }
  return 0;
}

std::string text_of(const Event& event, std::string_view key) {
  for (const auto& [name, text] : event.fields) {
    if (name == key) return text;
  }
  return {};
}

/// "20261121T103011120Z-build-1f2e3d4c.ndjson": names ascend with time.
std::string log_name(const std::string& verb) {
  std::string time = os::system_clock().timestamp();
  std::erase_if(time, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return fmt::format("{}-{}-{}{}", time, verb, os::system_random().hex(4), kLogEnding);
}

void remove_old_logs(const fs::path& folder) {
  const auto entries = os::list_directory(folder);
  if (!entries) return;
  std::vector<std::string> logs;
  for (const os::DirectoryEntry& entry : *entries) {
    if (entry.name.ends_with(kLogEnding) && entry.kind == base::FileKind::kFile) logs.push_back(entry.name);
  }
  for (std::size_t i = 0; i + kLogsKept < logs.size(); ++i) {
    [[maybe_unused]] const auto ignored = os::remove_path(folder / logs[i]);
  }
}

}  // namespace

void HidingSink::hide(const std::string& text) {
  const std::lock_guard lock(mutex_);
  hidden_.hide(text);
}

std::string HidingSink::cleaned(std::string text) const {
  const std::lock_guard lock(mutex_);
  return hidden_.cleaned(std::move(text));
}

void HidingSink::emit(const Event& event) {
  Event clean = event;
  clean.subject = cleaned(std::move(clean.subject));
  clean.text = cleaned(std::move(clean.text));
  for (auto& [key, value] : clean.fields) value = cleaned(std::move(value));
  next_.emit(clean);
}

RunLog::RunLog(fs::path folder, std::string verb)
    : folder_(std::move(folder)), verb_(std::move(verb)), start_(os::system_clock().monotonic()) {
  std::replace(verb_.begin(), verb_.end(), ' ', '-');
}

/// REQUIRES: mutex_ is held.
bool RunLog::open() {
  if (tried_) return static_cast<bool>(file_);
  tried_ = true;
  if (!os::make_directories(folder_)) return false;
  path_ = folder_ / log_name(verb_);
  auto opened = os::open_append(path_, 0600);
  if (!opened) return false;
  file_ = *std::move(opened);
  const Value first = Value::object({{"schema", 1},
                                     {"time", os::system_clock().timestamp()},
                                     {"kind", "run.begin"},
                                     {"verb", verb_},
                                     {"pid", static_cast<std::int64_t>(::getpid())}});
  write(document::render_json(first));
  return true;
}

void RunLog::write(const std::string& line) {
  [[maybe_unused]] const auto ignored = os::write_all(file_.get(), line + "\n");
}

void RunLog::emit(const Event& event) {
  const std::string line = document::render_json(record_of(event));
  const std::lock_guard lock(mutex_);
  if (open()) write(line);
}

void RunLog::finish(int exit_code, std::string_view error, const std::vector<std::string>& others) {
  const auto elapsed = os::system_clock().monotonic() - start_;
  Value last =
      Value::object({{"schema", 1},
                     {"time", os::system_clock().timestamp()},
                     {"kind", "run.end"},
                     {"exit", exit_code},
                     {"elapsed_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()},
                     {"error", error.empty() ? Value() : Value(std::string(error))}});
  if (!others.empty()) last.set("others", Value::array_of(others));
  const std::lock_guard lock(mutex_);
  if (!open()) return;
  write(document::render_json(last));
  remove_old_logs(folder_);
}

TraceFile::TraceFile(fs::path path)
    : path_(std::move(path)), start_us_(micros(os::system_clock().monotonic())) {}

void TraceFile::emit(const Event& event) {
  if (event.kind != "job.done") return;
  const std::lock_guard lock(mutex_);
  const std::size_t lane = lanes_.emplace(std::this_thread::get_id(), lanes_.size() + 1).first->second;
  spans_.push_back({text_of(event, "step"), event.subject, number_of(event, "start_us") - start_us_,
                    number_of(event, "duration_us"), lane});
}

Result<> TraceFile::save() const {
  const std::lock_guard lock(mutex_);
  Value events = Value::array();
  for (const Span& span : spans_) {
    events.push_back(Value::object({{"name", span.subject},
                                    {"cat", span.step},
                                    {"ph", "X"},
                                    {"ts", span.start_us},
                                    {"dur", span.duration_us},
                                    {"pid", 1},
                                    {"tid", span.lane},
                                    {"args", Value::object({{"step", span.step}})}}));
  }
  const Value trace = Value::object({{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}});
  return os::write_named_file(path_, document::render_json(trace) + "\n");
}

}  // namespace lamella::cli
