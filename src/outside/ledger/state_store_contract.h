// SPDX-License-Identifier: Apache-2.0
//
// What every StateStore back end must do.  A back end's test gives a factory that opens the same state again
// each time it is called, and instantiates StateStoreContract with it.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>

#include "ledger/state_store.h"

namespace lamella::ledger {

using OpenStore = std::function<std::unique_ptr<StateStore>()>;

class StateStoreContract : public testing::TestWithParam<std::function<OpenStore()>> {
 protected:
  OpenStore open_ = GetParam()();
};

TEST_P(StateStoreContract, KeepsRecordsInOrderAcrossOpenings) {
  EXPECT_EQ(open_()->append({{"started", "{\"a\":1}"}, {"intent", "{\"b\":2}"}}, 0).value(), 2);
  EXPECT_EQ(open_()->append({{"finished", "{}"}}, 2).value(), 3);
  const auto records = open_()->read(2).value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].serial, 2);
  EXPECT_EQ(records[0].kind, "intent");
  EXPECT_EQ(records[0].payload, "{\"b\":2}");
  EXPECT_EQ(records[1].serial, 3);
}

TEST_P(StateStoreContract, LetsOneOfTwoWritersWin) {
  const auto first = open_();
  const auto second = open_();
  ASSERT_TRUE(first->append({{"started", "{}"}}, 0).has_value());
  const auto late = second->append({{"started", "{}"}}, 0);
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(second->last_serial().value(), 1);
}

TEST_P(StateStoreContract, LetsOneOfManyThreadsWinEachSerial) {
  constexpr int kWriters = 8;
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&] { won += open_()->append({{"intent", "{}"}}, 0).has_value() ? 1 : 0; });
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(open_()->last_serial().value(), 1);
}

TEST_P(StateStoreContract, SwapsAValueOnlyFromWhatWasExpected) {
  const auto store = open_();
  EXPECT_EQ(store->get("k").value(), std::nullopt);
  ASSERT_TRUE(store->compare_and_set("k", std::nullopt, "1").has_value());
  EXPECT_FALSE(store->compare_and_set("k", std::nullopt, "2").has_value());
  ASSERT_TRUE(store->compare_and_set("k", "1", "2").has_value());
  EXPECT_EQ(open_()->get("k").value(), "2");
  ASSERT_TRUE(store->compare_and_set("k", "2", std::nullopt).has_value());
  EXPECT_EQ(open_()->get("k").value(), std::nullopt);
}

TEST_P(StateStoreContract, GivesTheLeaseToOneAtATime) {
  const auto store = open_();
  auto lease = store->acquire_lease();
  ASSERT_TRUE(lease.has_value());
  const auto second = open_()->acquire_lease();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
  lease->reset();
  EXPECT_TRUE(open_()->acquire_lease().has_value());
}

}  // namespace lamella::ledger
