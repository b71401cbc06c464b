// SPDX-License-Identifier: Apache-2.0
#include "endpoint/fleet.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

using Status = sandbox::InvokeOutcome::Status;
using std::chrono::milliseconds;

/// Counts what runs, and ends as its payload says.
struct Stage {
  std::atomic<int> living = 0;
  std::atomic<int> most = 0;
  std::atomic<int> started = 0;
  std::atomic<int> overlaps = 0;
  os::ThreadPool workers{4};
};

class FakeInstance final : public sandbox::Instance {
 public:
  explicit FakeInstance(Stage& stage) : stage_(stage) {
    const int now = ++stage_.living;
    int most = stage_.most;
    while (now > most && !stage_.most.compare_exchange_weak(most, now)) {
    }
    ++stage_.started;
  }
  ~FakeInstance() override { --stage_.living; }
  void invoke(sandbox::Invocation invocation, std::function<void(sandbox::InvokeOutcome)> done) override {
    if (busy_.exchange(true)) ++stage_.overlaps;
    stage_.workers.submit([this, what = invocation.payload, done = std::move(done)] {
      sandbox::InvokeOutcome outcome;
      outcome.payload = what;
      if (what == "slow") std::this_thread::sleep_for(milliseconds(20));
      if (what == "die" || dead_) {
        dead_ = true;
        outcome.status = what == "die" ? Status::kExit : Status::kGone;
      }
      busy_ = false;
      done(std::move(outcome));
    });
  }
  bool alive() const override { return !dead_; }
  bool busy() const override { return busy_; }
  std::uint64_t served() const override { return 0; }
  void stop() override { dead_ = true; }

 private:
  Stage& stage_;
  std::atomic<bool> busy_ = false;
  std::atomic<bool> dead_ = false;
};

class FleetTest : public testing::Test {
 protected:
  void open(FleetOptions options) {
    fleet_ = std::make_unique<Fleet>(
        options,
        [this](const sandbox::InstanceSpec&) -> Result<std::shared_ptr<sandbox::Instance>> {
          return std::shared_ptr<sandbox::Instance>(std::make_shared<FakeInstance>(stage_));
        },
        pool_);
  }
  std::future<Result<Finished>> invoke(
      const std::string& function, const std::string& what, std::int64_t snapshot = 1,
      Fleet::Make make = [] { return Result<Recruit>(Recruit{}); }) {
    auto promise = std::make_shared<std::promise<Result<Finished>>>();
    sandbox::Invocation invocation;
    invocation.payload = what;
    fleet_->invoke({"r", function, 0, snapshot}, std::move(make), std::move(invocation),
                   [promise](Result<Finished> result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }

  Stage stage_;
  os::ThreadPool pool_{4};
  std::unique_ptr<Fleet> fleet_;
};

TEST_F(FleetTest, ReusesAnIdleSandbox) {
  open({});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(invoke("f", "x").get());
  EXPECT_EQ(stage_.started, 1);
}

TEST_F(FleetTest, NeverUsesAFailedOneAgain) {
  open({});
  EXPECT_EQ(invoke("f", "die").get()->outcome.status, Status::kExit);
  EXPECT_EQ(invoke("f", "x").get()->outcome.status, Status::kOk);
  EXPECT_EQ(stage_.started, 2);
}

TEST_F(FleetTest, KeepsMakingsApart) {
  open({});
  EXPECT_TRUE(invoke("f", "x", 1).get());
  EXPECT_TRUE(invoke("f", "x", 2).get());
  EXPECT_EQ(stage_.started, 2);
  EXPECT_EQ(fleet_->sandboxes(), 1U) << "the one of the older making was given up";
}

TEST_F(FleetTest, AnswersEachOnceWithinItsBounds) {
  open({.max_sandboxes = 3});
  std::vector<std::future<Result<Finished>>> running;
  for (int i = 0; i < 300; ++i) {
    running.push_back(invoke(i % 7 == 0   ? "g"
                             : i % 5 == 0 ? "h"
                                          : "f",
                             i % 11 == 0  ? "die"
                             : i % 3 == 0 ? "slow"
                                          : "x"));
  }
  for (auto& one : running) EXPECT_TRUE(one.get());
  EXPECT_LE(fleet_->sandboxes(), 3U);
  EXPECT_EQ(stage_.overlaps, 0);
  fleet_->stop();
  EXPECT_EQ(stage_.living, 0);
}

TEST_F(FleetTest, RefusesWhatIsOverItsConcurrency) {
  open({.max_sandboxes = 1, .max_concurrency = 2});
  auto first = invoke("f", "slow");
  auto second = invoke("f", "slow");
  const auto third = invoke("f", "slow").get();
  ASSERT_FALSE(third);
  EXPECT_TRUE(wire::is_service_error(third.error(), "TooManyRequestsException"));
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

TEST_F(FleetTest, GoesOnAfterAStartThatFailed) {
  open({.max_sandboxes = 1});
  const auto broken = []() -> Result<Recruit> { return Error(ErrorCode::kToolMissing, "no interpreter"); };
  auto first = invoke("f", "x", 1, broken);
  auto second = invoke("g", "x");
  EXPECT_FALSE(first.get());
  EXPECT_TRUE(second.get());
}

TEST_F(FleetTest, EndsWhatIdledTooLong) {
  os::ManualClock clock;
  open({.idle_time = milliseconds(100), .clock = &clock});
  EXPECT_TRUE(invoke("f", "x").get());
  fleet_->tidy();
  EXPECT_EQ(fleet_->sandboxes(), 1U);
  clock.advance(milliseconds(101));
  fleet_->tidy();
  EXPECT_EQ(fleet_->sandboxes(), 0U);
}

TEST_F(FleetTest, AnswersWhatWaitsWhenItStops) {
  open({.max_sandboxes = 1});
  std::vector<std::future<Result<Finished>>> running;
  for (int i = 0; i < 20; ++i) running.push_back(invoke("f", "slow"));
  fleet_->stop();
  for (auto& one : running) {
    ASSERT_EQ(one.wait_for(milliseconds(0)), std::future_status::ready);
    (void)one.get();
  }
  EXPECT_FALSE(invoke("f", "x").get());
}

}  // namespace
}  // namespace lamella::endpoint
