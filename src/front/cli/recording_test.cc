// SPDX-License-Identifier: Apache-2.0
#include "cli/recording.h"

#include <gmock/gmock.h>

#include <set>
#include <thread>
#include <vector>

#include "base/tool_output.h"
#include "cli/progress.h"
#include "document/json.h"
#include "os/directory.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::cli {
namespace {

using document::Value;
using testing::HasSubstr;
using testing::Not;

Event job(const std::string& subject, const std::string& start, const std::string& duration) {
  return {.kind = "job.done",
          .subject = subject,
          .text = "took",
          .fields = {{"step", "prove"}, {"start_us", start}, {"duration_us", duration}}};
}

class RecordingTest : public testing::Test {
 protected:
  std::string read(const std::filesystem::path& path) { return os::read_file(path).value(); }
  os::TempDirectory folder_ = os::TempDirectory::create().value();
};

TEST_F(RecordingTest, WhatIsHiddenIsInNoLog) {
  RunLog log(folder_.path() / "log", "build");
  HidingSink sink(log);
  sink.hide("hunter2-and-more");
  sink.hide("hunter2");
  sink.hide("ab");
  sink.emit({.kind = "x",
             .subject = "hunter2",
             .text = "says hunter2-and-more, ab",
             .fields = {{"token", "xhunter2x"}}});
  log.finish(0, sink.cleaned("failed with hunter2"));
  const std::string text = read(log.path());
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("says [hidden], ab"));
  EXPECT_THAT(text, HasSubstr("failed with [hidden]"));
}

TEST_F(RecordingTest, WhatAToolPrintedIsKeptCleanAndBounded) {
  RunLog log(folder_.path() / "log", "build");
  HidingSink sink(log);
  sink.hide("hunter2");
  std::string output = "begin hunter2\n" + std::string(100'000, 'x') + "\nend hunter2";
  // On the cut itself: what is hidden is hidden before anything is cut.
  output.replace(31'997, 7, "hunter2");
  base::emit_tool_output(sink, "maps", "make", output);
  log.finish(1, "first", {"second"});
  const std::string text = read(log.path());
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, Not(HasSubstr("hun")));
  EXPECT_LT(text.size(), 65'500U);
  for (const char* part : {"begin [hidden]", "end [hidden]", " bytes are left out here]", R"("tool":"make")",
                           R"("others":["second"])"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(RecordingTest, EachRunHasItsOwnLogAndFewStay) {
  const auto folder = folder_.path() / "log";
  std::set<std::filesystem::path> seen;
  for (std::size_t i = 0; i < kLogsKept + 5; ++i) {
    RunLog log(folder, "build");
    log.emit({.kind = "a", .subject = "s", .text = "t"});
    EXPECT_TRUE(seen.insert(log.path()).second);
    log.finish(0, "");
  }
  EXPECT_EQ(os::list_directory(folder).value().size(), kLogsKept);
}

TEST_F(RecordingTest, EveryLineIsARecord) {
  RunLog log(folder_.path() / "log", "local serve");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) log.emit(job("a\n\"b\"", "5", "7"));
    });
  for (std::thread& thread : threads) thread.join();
  log.finish(15, "no");
  std::string text = read(log.path());
  std::size_t lines = 0;
  for (std::size_t at = 0; at < text.size(); ++lines) {
    const auto end = text.find('\n', at);
    const auto record = document::parse_json(text.substr(at, end - at), "line");
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->integer("schema"), 1);
    at = end + 1;
  }
  EXPECT_EQ(lines, 202U);
  EXPECT_THAT(text, HasSubstr(R"("exit":15)"));
}

TEST_F(RecordingTest, AnEventFileSaysWhenItIsNotWhole) {
  auto whole = EventFile::open(folder_.path() / "events").value();
  whole->emit({.kind = "a", .subject = "s", .text = "t"});
  EXPECT_TRUE(whole->finish().has_value());
  if (!os::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto cut = EventFile::open("/dev/full").value();
  cut->emit({.kind = "a", .subject = "s", .text = "t"});
  ASSERT_FALSE(cut->finish().has_value());
  EXPECT_EQ(cut->finish().error().fact("errno"), "ENOSPC");
}

TEST_F(RecordingTest, AFolderThatCannotBeMadeIsNoTrouble) {
  ASSERT_TRUE(os::write_file_atomic(folder_.path() / "file", "x").has_value());
  RunLog log(folder_.path() / "file" / "log", "build");
  log.emit({.kind = "a", .subject = "s", .text = "t"});
  log.finish(0, "");
}

TEST_F(RecordingTest, ATraceHasALanePerThread) {
  TraceFile trace(folder_.path() / "trace.json");
  trace.emit(job("core", "10", "20"));
  std::thread([&] { trace.emit(job("ml", "15", "5")); }).join();
  trace.emit({.kind = "other", .subject = "s", .text = "t"});
  ASSERT_TRUE(trace.save().has_value());
  const auto value = document::parse_json(read(folder_.path() / "trace.json"), "trace").value();
  const auto& events = value.items("traceEvents");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].text("name"), "core");
  EXPECT_EQ(events[0].integer("dur"), 20);
  EXPECT_EQ(events[1].integer("ts") - events[0].integer("ts"), 5);
  EXPECT_NE(events[0].integer("tid"), events[1].integer("tid"));
}

}  // namespace
}  // namespace lamella::cli
