// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <atomic>
#include <set>

#include "os/clock.h"
#include "os/environment.h"
#include "os/random.h"
#include "os/signals.h"
#include "os/thread_pool.h"

namespace lamella::os {
namespace {

using namespace std::chrono_literals;

TEST(Time, RendersAndParses) {
  const WallTime time = WallTime(1'795'240'953'120ms);
  EXPECT_EQ(render_time(time), "2026-11-21T06:02:33.120Z");
  EXPECT_EQ(parse_time(render_time(time)), time);
  EXPECT_EQ(parse_time("2026-11-21T08:02:33.1209+02:00"), time);
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), WallTime(0ms));
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), parse_time("2017-01-01T00:00:00Z"));
  for (const char* bad : {"", "2026-11-21", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                          "2026-11-21T06:02:33", "2026-11-21T24:00:00Z", "2026-11-21T06:02:33Zx",
                          "2026-11-21T06:02:33.Z", "2026-11-21T06:02:33+25:00", "2026-11-21T-6:02:33Z"}) {
    EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
  }
}

TEST(ManualClock, SleepMovesIt) {
  ManualClock clock;
  const auto before = clock.monotonic();
  EXPECT_TRUE(clock.sleep(5s));
  EXPECT_EQ(clock.monotonic() - before, 5s);
  EXPECT_EQ(clock.timestamp(), "2023-11-14T22:13:25.000Z");
  std::stop_source stopped;
  stopped.request_stop();
  EXPECT_FALSE(clock.sleep(5s, stopped.get_token()));
}

TEST(SystemClock, SleepEndsOnStop) {
  std::stop_source source;
  std::jthread stopper([&] { source.request_stop(); });
  EXPECT_FALSE(system_clock().sleep(60s, source.get_token()));
  EXPECT_TRUE(system_clock().sleep(1ms));
}

TEST(Random, SeededRepeatsAndUuidsHaveTheirBits) {
  SeededRandom a(7);
  SeededRandom b(7);
  EXPECT_EQ(a.uuid4(), b.uuid4());
  EXPECT_NE(a.uuid4(), SeededRandom(8).uuid4());
  const std::string uuid = system_random().uuid4();
  EXPECT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  for (int i = 0; i < 1000; ++i) EXPECT_LT(a.below(3), 3U);
}

TEST(Environment, CacheDirectoryFollowsTheRules) {
  ::setenv("LAMELLA_CACHE_DIR", "/given", 1);
  EXPECT_EQ(cache_directory().value(), "/given");
  ::unsetenv("LAMELLA_CACHE_DIR");
  ::setenv("XDG_CACHE_HOME", "/xdg", 1);
  EXPECT_EQ(cache_directory().value(), "/xdg/lamella");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::setenv("HOME", "/home/someone", 1);
  EXPECT_EQ(cache_directory().value(), "/home/someone/.cache/lamella");
  ::unsetenv("XDG_CACHE_HOME");
  EXPECT_GE(cpu_count(), 1U);
  EXPECT_TRUE(executable_path().value().is_absolute());
}

TEST(ThreadPool, RunsEachIndexOnce) {
  ThreadPool pool(4);
  std::vector<std::atomic<int>> counts(1000);
  EXPECT_TRUE(pool.parallel_for(counts.size(),
                                [&](std::size_t i) -> Result<> {
                                  ++counts[i];
                                  return {};
                                })
                  .has_value());
  for (const auto& count : counts) EXPECT_EQ(count, 1);
  EXPECT_TRUE(pool.parallel_for(0, [](std::size_t) -> Result<> { return {}; }).has_value());
  EXPECT_EQ(pool.submit([] { return 42; }).get(), 42);
}

TEST(ThreadPool, TheLowestFailureIsReported) {
  ThreadPool pool(4);
  for (int round = 0; round < 50; ++round) {
    const auto result = pool.parallel_for(100, [](std::size_t i) -> Result<> {
      if (i == 10) std::this_thread::sleep_for(1ms);
      if (i >= 10) return Error(ErrorCode::kUsage, std::to_string(i));
      return {};
    });
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().what(), "10");
  }
}

TEST(ThreadPool, NestsWithoutDeadlock) {
  ThreadPool pool(1);
  std::atomic<int> count = 0;
  const auto inner = [&](std::size_t) -> Result<> {
    ++count;
    return {};
  };
  const auto outer = [&](std::size_t) { return pool.parallel_for(5, inner); };
  EXPECT_TRUE(pool.parallel_for(5, outer).has_value());
  EXPECT_EQ(count, 25);
}

TEST(ThreadPool, StopBeginsNothingNew) {
  ThreadPool pool(2);
  std::stop_source source;
  std::atomic<int> count = 0;
  const auto result = pool.parallel_for(
      1000,
      [&](std::size_t) -> Result<> {
        if (++count == 5) source.request_stop();
        return {};
      },
      source.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kInterrupted);
  EXPECT_LT(count, 20);
}

TEST(Signals, FirstOneRequestsAStop) {
  const InterruptHandler handler;
  EXPECT_EQ(handler.code(), std::nullopt);
  EXPECT_FALSE(handler.token().stop_requested());
  ::raise(SIGTERM);
  while (!handler.token().stop_requested()) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(handler.code(), ErrorCode::kTerminated);
}

TEST(SignalsDeathTest, SecondOneExitsAtOnce) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const InterruptHandler handler;
        ::raise(SIGINT);
        ::raise(SIGINT);
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace lamella::os
