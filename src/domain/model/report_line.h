// SPDX-License-Identifier: Apache-2.0
//
// The lines Lambda itself writes into a function's log, and the REPORT line as a record.  What the embedded
// endpoint writes and what verdicts read from a log tail are the same pair of functions.
//
//   REPORT RequestId: <id>\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t
//   Max Memory Used: 40 MB\tInit Duration: 100.11 ms\t\n
//
// (one line; Init Duration only after a start; "Status: timeout" or "Status: error\tError Type: X" after a
// failure).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lamella::model {

struct ReportLine {
  std::string request_id;
  double duration_ms = 0;  ///< two decimals in the line
  std::int64_t billed_duration_ms = 0;
  std::uint64_t memory_size_mb = 0;
  std::uint64_t max_memory_used_mb = 0;
  std::optional<double> init_duration_ms;
  std::string status;      ///< "", "timeout", "error"
  std::string error_type;  ///< with status "error"

  bool operator==(const ReportLine&) const = default;
};

/// With its newline.  parse_report_line(render_report_line(x)) == x when its durations have two decimals.
std::string render_report_line(const ReportLine& line);

/// A line with or without its newline; nullopt if it is no REPORT line.  Fields that it does not know
/// (Restore Duration, XRAY TraceId) are skipped.
std::optional<ReportLine> parse_report_line(std::string_view line);

/// The last REPORT line of a log or of its tail.
std::optional<ReportLine> find_report_line(std::string_view log);

std::string render_start_line(std::string_view request_id, std::string_view version);
std::string render_end_line(std::string_view request_id);
/// `runtime_version` as in "python:3.11.2".
std::string render_init_start_line(std::string_view runtime_version);
/// What Lambda writes when a start does not end in time: status "timeout", or "error".
std::string render_init_report_line(double duration_ms, std::string_view status);

}  // namespace lamella::model
