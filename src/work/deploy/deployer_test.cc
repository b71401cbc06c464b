// SPDX-License-Identifier: Apache-2.0
#include "deploy/deployer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "deploy/deployment_fixture.h"
#include "document/json.h"
#include "ledger/journal.h"

namespace lamella::deploy {
namespace {

using engine::Outcome;

using DeployerTest = DeploymentTest;

TEST_F(DeployerTest, DeploysEverythingOnceAndThenNothing) {
  const DeployReport first = deploy().value();
  EXPECT_EQ(first.outcome, Outcome::kPromoted);
  EXPECT_EQ(served("rows"), "1");
  const int mutations = lambda_.mutations;
  const auto records = state_->last_serial().value();
  const DeployReport second = deploy().value();
  EXPECT_EQ(second.outcome, Outcome::kUnchanged);
  EXPECT_EQ(second.deployment, "");
  EXPECT_EQ(lambda_.mutations, mutations);
  EXPECT_EQ(state_->last_serial().value(), records);
}

TEST_F(DeployerTest, ALayerAloneMovesItsFunctionsAndSendsNoCode) {
  ASSERT_TRUE(deploy().has_value());
  set_layer(1, "ml 2");
  const int mutations = lambda_.mutations;
  const DeployReport report = deploy().value();
  EXPECT_EQ(report.outcome, Outcome::kPromoted);
  EXPECT_EQ(report.layers[0].action, "unchanged");
  EXPECT_EQ(report.layers[1].version.version, 2);
  EXPECT_EQ(report.functions[0].previous_version, "1");
  EXPECT_EQ(served("train"), "2");
  EXPECT_EQ(lambda_.mutations - mutations,
            1 + 2 * 3);  // publish; configuration, version, alias for each function
}

TEST_F(DeployerTest, AVersionThatIsThereIsTakenAsItIs) {
  constexpr const char* kArn = "arn:aws:lambda:us-west-2:999922223333:layer:shared:7";
  wanted_.layers[1].arn = kArn;
  ASSERT_EQ(deploy().value().outcome, Outcome::kPromoted);
  const auto& version = lambda_.functions.at("rows").versions.at(1);
  EXPECT_EQ(version.layers->at(0).arn, "arn:aws:lambda:us-west-2:111122223333:layer:core:1");
  EXPECT_EQ(version.layers->at(1).arn, kArn);
  EXPECT_FALSE(lambda_.layers.contains("ml"));
  EXPECT_EQ(deploy().value().outcome, Outcome::kUnchanged);
  wanted_.layers[1].arn.back() = '8';
  ASSERT_EQ(deploy().value().outcome, Outcome::kPromoted);
  EXPECT_EQ(lambda_.functions.at("rows").versions.at(2).layers->at(1).arn, wanted_.layers[1].arn);
}

TEST_F(DeployerTest, AnArchitectureAloneMovesItsFunction) {
  ASSERT_TRUE(deploy().has_value());
  wanted_.functions[0].architecture = "arm64";
  ASSERT_EQ(deploy().value().outcome, Outcome::kPromoted);
  EXPECT_EQ(served("rows"), "2");
  EXPECT_EQ(lambda_.functions.at("rows").versions.at(2).architectures, wire::Strings{"arm64"});
  EXPECT_EQ(served("train"), "1");
}

TEST_F(DeployerTest, AVersionTheServiceDoesNotSeeAsChangedIsForced) {
  ASSERT_TRUE(deploy().has_value());
  lambda_.blind_to_layers = true;
  set_layer(0, "core 2");
  ASSERT_EQ(deploy().value().outcome, Outcome::kPromoted);
  const auto& version = lambda_.functions.at("rows").versions.at(std::stoi(served("rows")));
  EXPECT_EQ(version.layers->at(0).arn, "arn:aws:lambda:us-west-2:111122223333:layer:core:2");
}

TEST_F(DeployerTest, APlanWhoseBaseMovedIsRefused) {
  ASSERT_TRUE(deploy().has_value());
  set_code(0, "rows 2");
  const engine::Plan old = plan().value();
  lambda_.move_aliases();
  const int mutations = lambda_.mutations;
  const auto applied = apply(old);
  ASSERT_FALSE(applied.has_value());
  EXPECT_EQ(applied.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(lambda_.mutations, mutations);
}

TEST_F(DeployerTest, ASecondDeployerIsToldWhoHoldsTheEnvironment) {
  state_ = ledger::open_directory_store(folder_.path() / "state", clock_).value();
  const auto other = ledger::open_directory_store(folder_.path() / "state", clock_).value();
  const auto lease = other->acquire_lease().value();
  const auto refused = deploy();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  EXPECT_NE(refused.error().why().find(std::to_string(getpid())), std::string::npos) << refused.error().why();
  EXPECT_EQ(lambda_.mutations, 0);
}

TEST_F(DeployerTest, AFailedCheckLeavesEveryAliasAndExits8) {
  ASSERT_TRUE(deploy().has_value());
  set_code(1, "train 2");
  lambda_.bad_code.insert(wanted_.functions[1].code.base64());
  const DeployReport report = deploy().value();
  EXPECT_EQ(report.outcome, Outcome::kRolledBack);
  EXPECT_EQ(report.code, ErrorCode::kRolledBack);
  EXPECT_EQ(served("train"), "1");
  EXPECT_EQ(report.functions[1].version, "1");
  EXPECT_EQ(report.functions[1].action, "not-moved");
  ASSERT_EQ(report.functions[1].checks.size(), 1U);
  EXPECT_FALSE(report.functions[1].checks[0].passed);
  EXPECT_EQ(report.reasons.at(0).kind, "check-failed");
}

TEST_F(DeployerTest, TheReportHasTheFieldsOthersRelyOn) {
  const document::Value value = to_value(deploy().value());
  EXPECT_EQ(value.integer("schema"), 1);
  EXPECT_EQ(value.text("outcome"), "promoted");
  EXPECT_FALSE(value.text("deployment").empty());
  const document::Value& layer = value.items("layers").at(0);
  EXPECT_EQ(layer.text("name"), "core");
  EXPECT_EQ(layer.text("region"), "us-west-2");
  EXPECT_EQ(layer.integer("version"), 1);
  EXPECT_EQ(layer.text("arn"), "arn:aws:lambda:us-west-2:111122223333:layer:core:1");
  EXPECT_EQ(layer.text("action"), "published");
  const document::Value& function = value.items("functions").at(0);
  EXPECT_EQ(function.text("version"), "1");
  EXPECT_EQ(function.text("alias"), "live");
  EXPECT_TRUE(function.find("previous_version")->is_null());
  EXPECT_EQ(function.items("checks").at(0).text("name"), "answers");
  EXPECT_EQ(value.items("reasons").size(), 0U);
}

// P4
TEST_F(DeployerTest, AnInterruptionWhileAliasesMoveRestoresTheExactRecords) {
  ASSERT_TRUE(deploy().has_value());
  wire::Alias& alias = lambda_.functions.at("rows").aliases.at("live");
  lambda_.functions.at("rows").versions[7] = lambda_.functions.at("rows").versions.at(1);
  alias.description = "watched";
  alias.routing_config = wire::RoutingConfig{std::map<std::string, double>{{"7", 0.25}}};
  set_layer(0, "core 2");
  std::stop_source stop;
  lambda_.before_mutation = [&](const std::string& step, const std::string& subject) {
    if (step == "shift-alias" && subject == "train") stop.request_stop();
  };
  const DeployReport report = deploy(stop.get_token()).value();
  EXPECT_EQ(report.outcome, Outcome::kAborted);
  EXPECT_EQ(report.code, ErrorCode::kInterrupted);
  EXPECT_EQ(report.functions[0].action, "rolled-back");
  EXPECT_EQ(alias.function_version, "1");
  EXPECT_EQ(alias.description, "watched");
  EXPECT_EQ(alias.routing_config->additional_version_weights->at("7"), 0.25);
  EXPECT_EQ(served("train"), "1");
}

TEST_F(DeployerTest, AnInterruptionBeforeAnythingSendsNothingAndIsJournalled) {
  const engine::Plan made = plan().value();
  std::stop_source stop;
  stop.request_stop();
  const DeployReport report = apply(made, stop.get_token()).value();
  EXPECT_EQ(report.outcome, Outcome::kAborted);
  EXPECT_EQ(report.code, ErrorCode::kInterrupted);
  EXPECT_EQ(lambda_.mutations, 0);
  EXPECT_NE(journal_text().find(R"("step":"abort")"), std::string::npos);
  EXPECT_EQ(deploy().value().outcome, Outcome::kPromoted);
}

// PROMISES F9
TEST_F(DeployerTest, WithoutAJournalNothingIsSentAndTheNextRunGoesOn) {
  for (int at = 0;; ++at) {
    ASSERT_LT(at, 60);
    lambda_.layers.clear();
    lambda_.functions.clear();
    auto store = std::make_unique<MemoryStore>();
    MemoryStore& journal = *store;
    state_ = std::move(store);
    journal.fail_append = at;
    lambda_.before_mutation = [&](const std::string& step, const std::string&) {
      EXPECT_FALSE(journal.full) << at << ": " << step;
    };
    const auto cut = deploy();
    EXPECT_EQ(cut.has_value(), !journal.full) << at;
    const bool failed = !cut.has_value();
    if (failed) {
      // Resumable once something was done, the disk's own fault before.
      const ErrorCode code = cut.error().code();
      EXPECT_TRUE(at < 2 ? code == ErrorCode::kIo : code == ErrorCode::kIo || code == ErrorCode::kRemote)
          << at;
      EXPECT_EQ(at == 2, at == 2 && code == ErrorCode::kRemote) << at;
    }
    const int mutations_then = lambda_.mutations;
    journal.full = false;
    journal.fail_append = -1;
    lambda_.before_mutation = nullptr;
    if (!failed) {
      EXPECT_EQ(deploy().value().outcome, Outcome::kUnchanged);
      EXPECT_EQ(lambda_.mutations, mutations_then);
      return;
    }
    const auto next = deploy();
    ASSERT_TRUE(next.has_value()) << at;
    EXPECT_TRUE(next->succeeded()) << at;
    EXPECT_EQ(lambda_.layers.at("core").size(), 1U) << at;
  }
}

TEST_F(DeployerTest, MasksSecretsInWhatTheServiceAndFunctionsSay) {
  ASSERT_TRUE(deploy().has_value());
  set_code(0, "rows 2");
  lambda_.bad_code.insert(wanted_.functions[0].code.base64());
  lambda_.extra_answer = "my token is hunter2";
  const DeployReport failed = deploy().value();
  EXPECT_EQ(failed.outcome, Outcome::kRolledBack);
  EXPECT_EQ(document::render_json(to_value(failed)).find("hunter2"), std::string::npos);
  wanted_.functions[0].settings.memory_mb = 512;
  lambda_.refuse_update = R"(exceeded the 4KB limit. String measured: {"TOKEN":"hunter2"})";
  const DeployReport refused = deploy().value();
  EXPECT_EQ(refused.outcome, Outcome::kFailed);
  EXPECT_EQ(refused.code, ErrorCode::kRefused);
  EXPECT_EQ(document::render_json(to_value(refused)).find("hunter2"), std::string::npos);
  EXPECT_EQ(journal_text().find("hunter2"), std::string::npos);
  EXPECT_NE(journal_text().find("[hidden]"), std::string::npos);
}

TEST_F(DeployerTest, AnUpdateThatFailsIsTheServicesNoAndDoesNotBlockTheNextDeploy) {
  ASSERT_TRUE(deploy().has_value());
  wanted_.functions[0].settings.role = "wrong";
  lambda_.update_fails = "the role cannot be assumed";
  const DeployReport report = deploy().value();
  EXPECT_EQ(report.outcome, Outcome::kFailed);
  EXPECT_EQ(report.code, ErrorCode::kRefused);
  EXPECT_NE(report.reasons.at(0).text.find("the role cannot be assumed"), std::string::npos);
  EXPECT_EQ(served("rows"), "1");
  wanted_.functions[0].settings.role = "right";
  EXPECT_EQ(deploy().value().outcome, Outcome::kPromoted);
}

TEST_F(DeployerTest, AFunctionThatCannotBeStartedHereIsCalledOnceAndToldOnce) {
  lambda_.cannot_start = "the runtime client is not installed";
  const DeployReport report = deploy().value();
  EXPECT_FALSE(report.succeeded());
  EXPECT_EQ(report.code, ErrorCode::kRefused);
  EXPECT_LE(lambda_.invocations, 2) << "of each function";
  const auto told = std::count_if(report.reasons.begin(), report.reasons.end(), [&](const Reason& reason) {
    return reason.text.find(lambda_.cannot_start) != std::string::npos;
  });
  EXPECT_GE(told, 1);
  EXPECT_LE(told, 2) << "of each function";
}

TEST_F(DeployerTest, AnArtifactThatChangedSincePlanningIsNotSent) {
  ASSERT_TRUE(os::write_file_atomic(wanted_.layers[0].zip, "other bytes").has_value());
  const DeployReport report = deploy().value();
  EXPECT_EQ(report.outcome, Outcome::kFailed);
  EXPECT_EQ(report.code, ErrorCode::kMismatch);
  EXPECT_TRUE(lambda_.layers["core"].empty());
}

// P9
TEST_F(DeployerTest, AMarkerOverOtherContentStopsWith4) {
  ASSERT_TRUE(deploy().has_value());
  lambda_.layers.at("core")[0].version.content->code_sha256 = crypto::sha256("someone").base64();
  const auto planned = plan();
  ASSERT_FALSE(planned.has_value());
  EXPECT_EQ(planned.error().code(), ErrorCode::kMismatch);
}

TEST_F(DeployerTest, OfTwoVersionsWithTheContentTheLowestIsUsedAndTheOtherListed) {
  ASSERT_TRUE(deploy().has_value());
  auto twin = lambda_.layers.at("core")[0];
  twin.version.version = 2;
  lambda_.layers.at("core").push_back(twin);
  set_code(0, "rows 2");
  const DeployReport report = deploy().value();
  EXPECT_EQ(report.layers[0].version.version, 1);
  EXPECT_EQ(report.layers[0].version.orphans, std::vector<std::int64_t>{2});
  EXPECT_EQ(to_value(report).items("layers").at(0).items("orphans").size(), 1U);
}

TEST_F(DeployerTest, ALostAnswerIsLookedForThroughTheListsLag) {
  lambda_.list_lag = std::chrono::seconds(2);
  for (int at = 0; at < 12; ++at) {
    lambda_.layers.clear();
    lambda_.functions.clear();
    const engine::Plan made = plan().value();
    lambda_.arm(Fault::kAnswerLost, at);
    if (!apply(made)) continue;  // a read before anything was sent: those the client itself repeats
    EXPECT_EQ(lambda_.layers.at("core").size(), 1U) << at;
    EXPECT_EQ(lambda_.layers.at("ml").size(), 1U) << at;
    clock_.advance(std::chrono::seconds(10));
  }
}

}  // namespace
}  // namespace lamella::deploy
