// SPDX-License-Identifier: Apache-2.0
#include "sandbox/run_once.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <cstring>
#include <thread>

#include "sandbox/function_bench_test.h"
#include "sandbox/isolation.h"
#include "sandbox/launch.h"
#include "sandbox/memory.h"

namespace lamella::sandbox {
namespace {

using ::testing::HasSubstr;

TEST(RunOnce, StreamsAreApartAndInputIsGiven) {
  Function function("");
  const RunResult run =
      function.run("import sys\nprint(len(sys.stdin.read()))\nprint('e', file=sys.stderr)\nsys.exit(3)",
                   {.standard_input = std::string(3'000'000, 'x')});
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(run.standard_output, "3000000\n");
  EXPECT_EQ(run.standard_error, "e\n");
  EXPECT_GT(run.peak_memory_bytes, 5'000'000u);
  EXPECT_FALSE(run.ok());
}

TEST(RunOnce, TimeLimit) {
  Function function("");
  const RunResult run = function.run("import time\nprint('a', flush=True)\ntime.sleep(60)",
                                     {.timeout = std::chrono::milliseconds(300)});
  EXPECT_TRUE(run.timed_out);
  EXPECT_EQ(run.standard_output, "a\n");
  EXPECT_LT(run.elapsed, std::chrono::seconds(60)) << "the process was waited for";
}

TEST(RunOnce, MemoryLimit) {
  Function function("");
  const RunResult run = function.run("x = bytearray(4_000_000_000)\nprint('survived')");
  EXPECT_TRUE(run.killed_by_memory);
  EXPECT_EQ(run.standard_output, "");
}

TEST(RunOnce, MemoryOfAllProcessesTogetherCounts) {
  Function function("");
  const RunResult run = function.run(
      "import os, time\nfor _ in range(4):\n  if os.fork() == 0:\n    x = bytearray(60_000_000); "
      "time.sleep(60)\n"
      "time.sleep(60)",
      {.timeout = std::chrono::seconds(20)});
  EXPECT_TRUE(run.killed_by_memory);
  EXPECT_FALSE(run.timed_out);
}

TEST(RunOnce, OutputIsBounded) {
  Function function("");
  const RunResult run = function.run("print('x' * 10_000_000)", {.output_limit = 1000});
  EXPECT_EQ(run.standard_output.size(), 1000u);
  EXPECT_TRUE(run.output_truncated);
  EXPECT_EQ(run.exit_code, 0);
}

TEST(RunOnce, StopIsInterrupted) {
  Function function("");
  SandboxSpec spec = function.spec.sandbox;
  spec.command = {"/usr/bin/sleep", "60"};
  std::stop_source source;
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  const auto run = run_once(Bench::shared().supervisor(), spec, {.stop = source.get_token()});
  later.join();
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code(), ErrorCode::kInterrupted);
}

TEST(RunOnce, AMissingCommandIs127AndASignalIs128More) {
  Function function("");
  SandboxSpec spec = function.spec.sandbox;
  spec.command = {"/nothing"};
  EXPECT_EQ(run_once(Bench::shared().supervisor(), spec)->exit_code, 127);
  EXPECT_EQ(function.run("import os\nos.kill(os.getpid(), 11)").exit_code, 139);
}

TEST(RunOnce, AnEndThatIsToldBeforeTheStartWasReadIsNotLost) {
  int both[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
  const os::UniqueFd ours(both[0]);
  const os::UniqueFd theirs(both[1]);
  const std::int32_t status = 127 << 8;
  char end[1 + 16] = {'X'};
  std::memcpy(end + 1, &status, sizeof status);
  ASSERT_EQ(send(theirs.get(), "R", 1, 0), 1);
  ASSERT_EQ(send(theirs.get(), end, sizeof end, 0), static_cast<ssize_t>(sizeof end));
  EXPECT_EQ(read_ready(ours.get()).tag, 'R');
  const auto message = read_end(ours.get());
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->wait_status, status);
}

TEST(RunOnce, ASourceThatIsNotThereIsSaid) {
  Function function("");
  SandboxSpec spec = function.spec.sandbox;
  spec.layers = "/nothing/like/it";
  const auto run = run_once(Bench::shared().supervisor(), spec);
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code(), ErrorCode::kIsolation);
  EXPECT_THAT(run.error().to_string(), HasSubstr("/nothing/like/it"));
}

TEST(Isolation, IsPossibleHereAndRefusalsNameTheirRemedy) {
  EXPECT_TRUE(probe_isolation().possible());
  EXPECT_THAT(explain_refusal("bwrap: Can't mount proc on /newroot/proc").remedy, HasSubstr("systempaths"));
  EXPECT_THAT(explain_refusal("bwrap: setting up uid map: Permission denied").what,
              HasSubstr("user namespace"));
}

}  // namespace
}  // namespace lamella::sandbox
