// SPDX-License-Identifier: Apache-2.0
#include "model/report_line.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace lamella::model {
namespace {

TEST(ReportLine, ReadsWhatTheServiceWrites) {
  const auto line = parse_report_line(
      "REPORT RequestId: 4b1a\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 40 MB\tInit Duration: 100.11 ms\t\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->request_id, "4b1a");
  EXPECT_DOUBLE_EQ(line->duration_ms, 1.23);
  EXPECT_EQ(line->billed_duration_ms, 102);
  EXPECT_EQ(line->memory_size_mb, 128u);
  EXPECT_EQ(line->max_memory_used_mb, 40u);
  EXPECT_DOUBLE_EQ(line->init_duration_ms.value_or(0), 100.11);
  EXPECT_EQ(line->status, "");
}

TEST(ReportLine, SkipsFieldsItDoesNotKnow) {
  const auto line =
      parse_report_line("REPORT RequestId: a\tDuration: 2 ms\tRestore Duration: 3 ms\tXRAY TraceId: 1-2");
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->init_duration_ms);
}

TEST(ReportLine, RefusesOtherLines) {
  EXPECT_FALSE(parse_report_line("END RequestId: a"));
  EXPECT_FALSE(parse_report_line("REPORT RequestId: a"));
  EXPECT_FALSE(parse_report_line("REPORT RequestId: a\tDuration: fast"));
  EXPECT_FALSE(parse_report_line("REPORT RequestId: a\tDuration: 1 s"));
}

TEST(ReportLine, TheLastOneInALogCounts) {
  const ReportLine first{.request_id = "1", .duration_ms = 1};
  const ReportLine second{.request_id = "2", .duration_ms = 2};
  const std::string log =
      render_report_line(first) + "x\n" + render_report_line(second) + "the REPORT RequestId: no\n";
  EXPECT_EQ(find_report_line(log), second);
  EXPECT_FALSE(find_report_line("nothing"));
}

RC_GTEST_PROP(ReportLine, ParseIsTheInverseOfRender, ()) {
  const auto hundredths = [] { return static_cast<double>(*rc::gen::inRange(0, 90'000'000)) / 100.0; };
  ReportLine line{.request_id = "id-" + std::to_string(*rc::gen::inRange(0, 1000)),
                  .duration_ms = hundredths(),
                  .billed_duration_ms = *rc::gen::inRange(0, 900'000),
                  .memory_size_mb = *rc::gen::inRange<std::uint64_t>(128, 10'241),
                  .max_memory_used_mb = *rc::gen::inRange<std::uint64_t>(1, 10'241)};
  if (*rc::gen::arbitrary<bool>()) line.init_duration_ms = hundredths();
  if (*rc::gen::arbitrary<bool>()) {
    line.status = "error";
    line.error_type = "Runtime.ExitError";
  }
  RC_ASSERT(parse_report_line(render_report_line(line)) == line);
}

}  // namespace
}  // namespace lamella::model
