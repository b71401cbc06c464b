// SPDX-License-Identifier: Apache-2.0
#include "store/lanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace lamella::store {
namespace {

using std::chrono::milliseconds;

class LanesTest : public ::testing::Test {
 protected:
  /// So many bytes in each of 30 intervals of 10 ms: longer than a measurement takes.
  void flow(std::uint64_t bytes) {
    for (int i = 0; i < 30; ++i) {
      clock_.advance(milliseconds(10));
      lanes_.count(bytes);
    }
  }

  os::ManualClock clock_;
  Lanes lanes_{8, clock_, {.gathering = milliseconds(0)}};
};

TEST_F(LanesTest, L1_one_is_alone_until_it_was_measured) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  EXPECT_EQ(lanes_.limit(), 1U);
  clock_.advance(Lanes::kStart - milliseconds(1));
  lanes_.count(1'000);
  EXPECT_EQ(lanes_.limit(), 1U) << "a connection's start is not measured";
  flow(1'000);
  EXPECT_EQ(lanes_.limit(), 2U);
}

TEST_F(LanesTest, L1_a_line_that_is_full_stays_with_one) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'000);
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'100);
  EXPECT_EQ(lanes_.limit(), 1U);
}

TEST_F(LanesTest, L1_a_line_with_room_takes_all) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'000);
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'900);
  EXPECT_EQ(lanes_.limit(), 8U);
}

TEST_F(LanesTest, L1_what_flows_while_another_number_is_inside_is_not_measured) {
  lanes_.count(1'000'000);
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'000);
  ASSERT_EQ(lanes_.limit(), 2U);
  flow(1'000'000);
  EXPECT_EQ(lanes_.limit(), 2U) << "the second has not begun";
  EXPECT_TRUE(lanes_.enter(1, {}));
  lanes_.count(1'000'000);
  lanes_.leave();
  EXPECT_TRUE(lanes_.enter(1, {}));
  flow(1'000);
  EXPECT_EQ(lanes_.limit(), 1U) << "each measurement begins anew";
}

TEST_F(LanesTest, L2_who_waits_enters_when_the_one_inside_leaves) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  auto second = std::async(std::launch::async, [&] { return lanes_.enter(1, {}); });
  EXPECT_EQ(second.wait_for(milliseconds(20)), std::future_status::timeout);
  lanes_.leave();
  EXPECT_TRUE(second.get());
}

TEST_F(LanesTest, L2_nobody_waits_longer_than_a_server_does) {
  Lanes lanes(8, clock_, {.gathering = milliseconds(0), .patience = milliseconds(5)});
  EXPECT_TRUE(lanes.enter(1, {}));
  EXPECT_TRUE(lanes.enter(1, {})) << "though the only place is taken";
}

/// Enters, notes its size if it is the first to do so, and leaves.
std::future<void> one(Lanes& lanes, std::uint64_t size, std::atomic<std::uint64_t>& first) {
  return std::async(std::launch::async, [&lanes, size, &first] {
    EXPECT_TRUE(lanes.enter(size, {}));
    std::uint64_t none = 0;
    first.compare_exchange_strong(none, size);
    lanes.leave();
  });
}

TEST_F(LanesTest, L3_the_largest_is_next) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  std::atomic<std::uint64_t> first{0};
  const auto small = one(lanes_, 20, first);
  const auto large = one(lanes_, 30, first);
  while (lanes_.waiting() < 2) std::this_thread::yield();
  lanes_.leave();
  small.wait();
  large.wait();
  EXPECT_EQ(first, 30U);
}

TEST_F(LanesTest, L3_the_smallest_joins_for_a_measurement) {
  EXPECT_TRUE(lanes_.enter(40, {}));
  std::atomic<std::uint64_t> first{0};
  const auto large = one(lanes_, 30, first);
  const auto small = one(lanes_, 20, first);
  while (lanes_.waiting() < 2) std::this_thread::yield();
  flow(1'000);
  small.wait();
  large.wait();
  EXPECT_EQ(first, 20U);
}

TEST_F(LanesTest, L3_the_first_waits_a_moment_for_a_larger_one) {
  Lanes lanes(8, clock_, {.gathering = std::chrono::seconds(60), .patience = std::chrono::seconds(60)});
  std::atomic<std::uint64_t> first{0};
  const auto small = one(lanes, 20, first);
  const auto large = one(lanes, 30, first);
  while (lanes.waiting() < 2) std::this_thread::yield();
  EXPECT_EQ(first, 0U);
  lanes.gathered();
  small.wait();
  large.wait();
  EXPECT_EQ(first, 30U);
}

TEST_F(LanesTest, L2_nobody_waits_once_it_is_closed_or_stopped) {
  EXPECT_TRUE(lanes_.enter(1, {}));
  std::stop_source stop;
  auto stopped = std::async(std::launch::async, [&] { return lanes_.enter(1, stop.get_token()); });
  auto closed = std::async(std::launch::async, [&] { return lanes_.enter(1, {}); });
  stop.request_stop();
  EXPECT_FALSE(stopped.get());
  lanes_.close();
  EXPECT_FALSE(closed.get());
  EXPECT_FALSE(lanes_.enter(1, {}));
}

}  // namespace
}  // namespace lamella::store
