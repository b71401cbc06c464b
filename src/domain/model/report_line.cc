// SPDX-License-Identifier: Apache-2.0
#include "model/report_line.h"

#include <fmt/format.h>

#include <charconv>

namespace lamella::model {
namespace {

constexpr std::string_view kPrefix = "REPORT RequestId: ";

/// The number in "1.23 ms" or "128 MB"; nullopt unless it is followed by `unit` and nothing else.
template <class Number>
std::optional<Number> number_with(std::string_view text, std::string_view unit) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  if (rest.size() != unit.size() + 1 || rest.front() != ' ' || rest.substr(1) != unit) return std::nullopt;
  return value;
}

/// Takes one field; false if its value is malformed.
bool take(ReportLine& line, std::string_view name, std::string_view value) {
  const auto assign = [](auto& to, auto parsed) {
    if (parsed) to = *parsed;
    return parsed.has_value();
  };
  if (name == "Duration") return assign(line.duration_ms, number_with<double>(value, "ms"));
  if (name == "Billed Duration")
    return assign(line.billed_duration_ms, number_with<std::int64_t>(value, "ms"));
  if (name == "Memory Size") return assign(line.memory_size_mb, number_with<std::uint64_t>(value, "MB"));
  if (name == "Max Memory Used")
    return assign(line.max_memory_used_mb, number_with<std::uint64_t>(value, "MB"));
  if (name == "Init Duration") {
    line.init_duration_ms = number_with<double>(value, "ms");
    return line.init_duration_ms.has_value();
  }
  if (name == "Status") line.status = value;
  if (name == "Error Type") line.error_type = value;
  return true;
}

}  // namespace

std::string render_report_line(const ReportLine& line) {
  std::string text = fmt::format(
      "{}{}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
      kPrefix, line.request_id, line.duration_ms, line.billed_duration_ms, line.memory_size_mb,
      line.max_memory_used_mb);
  if (line.init_duration_ms) text += fmt::format("Init Duration: {:.2f} ms\t", *line.init_duration_ms);
  if (!line.status.empty()) text += fmt::format("Status: {}\t", line.status);
  if (!line.error_type.empty()) text += fmt::format("Error Type: {}\t", line.error_type);
  return text + "\n";
}

std::optional<ReportLine> parse_report_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (!line.starts_with(kPrefix)) return std::nullopt;
  line.remove_prefix(kPrefix.size());
  ReportLine report;
  bool first = true;
  bool has_duration = false;
  while (!line.empty()) {
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string_view field = line.substr(0, tab);
    line.remove_prefix(std::min(tab + 1, line.size()));
    if (first) {
      report.request_id = field;
      first = false;
      continue;
    }
    const std::size_t colon = field.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = field.substr(0, colon);
    if (!take(report, name, field.substr(colon + 2))) return std::nullopt;
    has_duration = has_duration || name == "Duration";
  }
  if (report.request_id.empty() || !has_duration) return std::nullopt;
  return report;
}

std::optional<ReportLine> find_report_line(std::string_view log) {
  std::size_t end = log.size();
  while (end > 0) {
    std::size_t at = log.rfind(kPrefix, end - 1);
    if (at == std::string_view::npos) return std::nullopt;
    if (at == 0 || log[at - 1] == '\n') {
      const std::size_t stop = std::min(log.find('\n', at), log.size());
      if (auto found = parse_report_line(log.substr(at, stop - at))) return found;
    }
    end = at;
  }
  return std::nullopt;
}

std::string render_start_line(std::string_view request_id, std::string_view version) {
  return fmt::format("START RequestId: {} Version: {}\n", request_id, version);
}

std::string render_end_line(std::string_view request_id) {
  return fmt::format("END RequestId: {}\n", request_id);
}

std::string render_init_start_line(std::string_view runtime_version) {
  return fmt::format("INIT_START Runtime Version: {}\n", runtime_version);
}

std::string render_init_report_line(double duration_ms, std::string_view status) {
  return fmt::format("INIT_REPORT Init Duration: {:.2f} ms\tPhase: init\tStatus: {}\n", duration_ms, status);
}

}  // namespace lamella::model
