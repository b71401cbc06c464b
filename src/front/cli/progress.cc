// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostic.h"
#include "document/json.h"
#include "os/clock.h"

namespace lamella::cli {
namespace {

using base::Severity;
using document::Value;

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kDebug: return "debug";
    case Severity::kInfo: return "info";
    case Severity::kWarning: return "warning";
    case Severity::kError: return "error";
  }
  return "info";
}

/// Steps of a longer list, each worth a glance and no lasting line.
bool is_passing(const Event& event) {
  return event.kind == "fetch.done" || event.kind == "segment.made" || event.kind == "cache.verify" ||
         event.kind == "proof.reused" || event.severity == Severity::kDebug;
}

Colour colour_of(Severity severity) {
  if (severity == Severity::kError) return Colour::kRed;
  if (severity == Severity::kWarning) return Colour::kYellow;
  return severity == Severity::kDebug ? Colour::kDim : Colour::kNone;
}

/// What a tool printed may be long: then its begin and its end.
std::string bounded(const std::string& text) {
  constexpr std::size_t kHalf = 32'000;
  if (text.size() <= 2 * kHalf) return text;
  return fmt::format("{}\n[{} bytes are left out here]\n{}", text.substr(0, kHalf), text.size() - 2 * kHalf,
                     text.substr(text.size() - kHalf));
}

/// Cut to `width` columns.
std::string shortened(const std::string& text, std::size_t width) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U && ++seen > width) return text.substr(0, i);
  }
  return text;
}

}  // namespace

std::string line_of(const Event& event, const Style& style) {
  std::string text = event.severity >= Severity::kWarning ? fmt::format("{}: ", name_of(event.severity)) : "";
  if (!event.subject.empty()) text += base::escaped(event.subject) + ": ";
  text += base::escaped(event.text);
  if (event.total > 0) text += fmt::format(" ({} of {})", event.done, event.total);
  text = style.paint(text, colour_of(event.severity));
  for (const auto& [name, value] : event.fields) {
    if (name == "excerpt") text += "\n" + value;  // safe to print as it is: base::excerpt()
  }
  return text;
}

void ProgressLines::emit(const Event& event) {
  const bool passing = is_passing(event);
  if (chatter_ == Chatter::kQuiet && event.severity < Severity::kWarning) return;
  if (chatter_ == Chatter::kNormal && event.severity == Severity::kDebug) return;
  const std::lock_guard lock(mutex_);
  if (passing && style_.terminal && chatter_ != Chatter::kVerbose) {
    Style plain = style_;
    plain.colour = false;
    write("\r\x1b[K" + shortened(line_of(event, plain), style_.width - 1));
    line_shown_ = true;
    return;
  }
  if (passing && chatter_ != Chatter::kVerbose) return;
  write((line_shown_ ? "\r\x1b[K" : "") + line_of(event, style_) + "\n");
  line_shown_ = false;
}

void ProgressLines::clear() {
  const std::lock_guard lock(mutex_);
  if (line_shown_) write("\r\x1b[K");
  line_shown_ = false;
}

void ProgressLines::write(const std::string& text) const {
  [[maybe_unused]] const auto ignored = os::write_all(descriptor_, text);
}

Result<std::unique_ptr<EventFile>> EventFile::open(const std::filesystem::path& path) {
  LAMELLA_TRY_ASSIGN(auto file, os::open_append(path));
  return std::unique_ptr<EventFile>(new EventFile(std::move(file)));
}

Value record_of(const Event& event) {
  Value record = Value::object({{"schema", 1},
                                {"time", os::system_clock().timestamp()},
                                {"kind", event.kind},
                                {"severity", name_of(event.severity)},
                                {"subject", event.subject},
                                {"text", event.text}});
  if (event.done >= 0) record.set("done", event.done);
  if (event.total >= 0) record.set("total", event.total);
  if (!event.fields.empty()) {
    Value& fields = record.set("fields", Value::object());
    for (const auto& [key, value] : event.fields) fields.set(key, bounded(value));
  }
  return record;
}

void EventFile::emit(const Event& event) {
  const std::string line = document::render_json(record_of(event)) + "\n";
  const std::lock_guard lock(mutex_);
  if (broken_) return;
  if (auto written = os::write_all(file_.get(), line); !written) broken_ = std::move(written).error();
}

Result<> EventFile::finish() {
  const std::lock_guard lock(mutex_);
  if (broken_) return Error(*broken_);
  return {};
}

}  // namespace lamella::cli
