// SPDX-License-Identifier: Apache-2.0
#include "build/ready_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace lamella::build {
namespace {

std::vector<std::size_t> take_all(ReadyQueue& queue) {
  std::vector<std::size_t> taken;
  while (const auto position = queue.take({})) taken.push_back(*position);
  return taken;
}

TEST(ReadyQueue, R2LightestFirstWhileOthersWait) {
  ReadyQueue queue(4);
  queue.ready(3, 5);
  queue.ready(2, 5);
  queue.ready(0, 900);
  EXPECT_EQ(queue.take({}), 2U);
  EXPECT_EQ(queue.take({}), 3U);
  queue.ready(1, 30);
  EXPECT_THAT(take_all(queue), testing::ElementsAre(0, 1)) << "nothing waits any more";
}

TEST(ReadyQueue, R2ThenHeaviestFirstAndOfEqualOnesTheLowestPosition) {
  ReadyQueue queue(5);
  queue.ready(3, 7);
  queue.ready(1, 7);
  queue.ready(4, 0);
  queue.ready(2, 900);
  queue.ready_rest();
  EXPECT_THAT(take_all(queue), testing::ElementsAre(2, 1, 3, 0, 4));
}

TEST(ReadyQueue, R1WhatIsReadyTwiceIsHandedOutOnce) {
  ReadyQueue queue(2);
  queue.ready(0, 1);
  queue.ready(0, 5);
  EXPECT_EQ(queue.take({}), 0U);
  queue.ready(0, 5);
  queue.ready_rest();
  EXPECT_THAT(take_all(queue), testing::ElementsAre(1));
}

TEST(ReadyQueue, R3WaitsForWhatComesLater) {
  ReadyQueue queue(2);
  queue.ready(1, 1);
  std::atomic<int> taken{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (queue.take({})) ++taken;
    });
  }
  while (taken == 0) std::this_thread::yield();
  queue.ready(0, 1);
  threads.clear();
  EXPECT_EQ(taken, 2) << "and those who got nothing have ended";
}

TEST(ReadyQueue, R3AClosedQueueKeepsNobody) {
  ReadyQueue queue(2);
  std::jthread waiter([&] { EXPECT_EQ(queue.take({}), std::nullopt); });
  queue.close();
  waiter.join();
  queue.ready(0, 1);
  EXPECT_EQ(queue.take({}), std::nullopt);
}

TEST(ReadyQueue, R3AStopEndsTheWait) {
  ReadyQueue queue(1);
  std::stop_source stop;
  std::jthread waiter([&] { EXPECT_EQ(queue.take(stop.get_token()), std::nullopt); });
  stop.request_stop();
  waiter.join();
  queue.ready(0, 1);
  EXPECT_EQ(queue.take(stop.get_token()), std::nullopt);
  EXPECT_EQ(queue.take({}), 0U);
}

}  // namespace
}  // namespace lamella::build
