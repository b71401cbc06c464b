// SPDX-License-Identifier: Apache-2.0
#include "deploy/pruner.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "deploy/deployment_fixture.h"
#include "document/json.h"

namespace lamella::deploy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PrunerTest : public DeploymentTest {
 protected:
  PrunerTest() {
    for (const char* name : {"core", "ml"})
      scope_.layers.push_back({.layer = name, .name = name, .retain = 1});
  }
  Pruner pruner() { return Pruner(lambda_, clock_, base::no_events()); }
  Result<PruneReport> look() {
    return pruner().look(scope_, ledger::Journal(*state_).deployments().value(), {});
  }
  Result<PruneReport> apply(std::stop_token stop = {}) {
    return pruner().apply(scope_, *state_, random_, stop);
  }

  /// One deployment after the other, each with another content of the layer `ml`.
  void deploy_ml(int from, int to) {
    for (int i = from; i <= to; ++i) {
      set_layer(1, fmt::format("ml {}", i));
      ASSERT_EQ(deploy().value().outcome, engine::Outcome::kPromoted);
    }
  }
  /// Somebody deletes these versions of every function.
  void forget_versions(int up_to) {
    for (auto& [name, function] : lambda_.functions)
      std::erase_if(function.versions, [&](const auto& one) { return one.first <= up_to; });
  }
  void use(const std::string& function, const std::string& version, const std::string& layer, int number) {
    wire::FunctionConfiguration& latest = lambda_.functions[function].latest;
    latest.function_name = function;
    latest.version = version;
    latest.layers = {{fmt::format("arn:aws:lambda:us-west-2:111122223333:layer:{}:{}", layer, number), 1}};
  }
  std::vector<std::int64_t> there(const std::string& layer) {
    std::vector<std::int64_t> versions;
    for (const auto& one : lambda_.layers[layer]) {
      if (!one.deleted) versions.push_back(one.version.version);
    }
    return versions;
  }
  static std::vector<std::int64_t> versions(const PruneReport& report, std::string_view action,
                                            const std::string& layer = "ml") {
    std::vector<std::int64_t> found;
    for (const PrunedLayer& one : report.layers) {
      for (const PrunedVersion& version : one.versions) {
        if (one.layer.layer == layer && version.action == action) found.push_back(version.version);
      }
    }
    return found;
  }
  static std::string kinds(const PruneReport& report, std::int64_t number, const std::string& layer = "ml") {
    std::string text;
    for (const PrunedLayer& one : report.layers) {
      for (const PrunedVersion& version : one.versions) {
        if (one.layer.layer != layer || version.version != number) continue;
        for (const Reason& reason : version.reasons) text += (text.empty() ? "" : " ") + reason.kind;
      }
    }
    return text;
  }

  PruneScope scope_{.environment = "dev", .region = "us-west-2", .layers = {}};
};

TEST_F(PrunerTest, WhatFunctionVersionsUseStaysAndIsExplained) {
  deploy_ml(1, 3);
  const PruneReport report = look().value();
  EXPECT_THAT(versions(report, "removable"), IsEmpty());
  EXPECT_EQ(kinds(report, 1), "used-by-version used-by-version");
  EXPECT_EQ(kinds(report, 3), "newest used-by-latest used-by-alias used-by-latest used-by-alias current");
  EXPECT_EQ(report.layers[1].versions.front().bytes, std::nullopt) << "not asked for of what stays";
}

TEST_F(PrunerTest, WhatARollbackWouldGoBackToStaysEvenWithoutItsFunctionVersions) {
  deploy_ml(1, 4);
  forget_versions(3);
  const PruneReport report = look().value();
  EXPECT_THAT(versions(report, "removable"), ElementsAre(2, 1));
  EXPECT_EQ(kinds(report, 3), "rollback-target rollback-target");
  EXPECT_EQ(kinds(report, 1), "unused");
  EXPECT_EQ(report.bytes("removable"), 2);
}

TEST_F(PrunerTest, ADeploymentThatWasTakenBackLeavesTheTargetsOfTheOneBefore) {
  deploy_ml(1, 3);
  set_layer(1, "ml 4");
  set_code(0, "rows 2");
  lambda_.bad_code.insert(wanted_.functions[0].code.base64());
  ASSERT_EQ(deploy().value().outcome, engine::Outcome::kRolledBack);
  forget_versions(2);
  const PruneReport report = look().value();
  EXPECT_THAT(versions(report, "removable"), ElementsAre(1));
  EXPECT_EQ(kinds(report, 2), "rollback-target rollback-target");
  EXPECT_THAT(kinds(report, 3), HasSubstr("current"));
}

TEST_F(PrunerTest, LooksWithoutWriting) {
  deploy_ml(1, 4);
  forget_versions(3);
  const int mutations = lambda_.mutations;
  const auto records = state_->last_serial().value();
  ASSERT_EQ(look().value().count("removable"), 2U);
  EXPECT_EQ(lambda_.mutations, mutations);
  EXPECT_EQ(state_->last_serial().value(), records);
}

TEST_F(PrunerTest, DeletesWithAJournalledIntentEachAndThenNothing) {
  deploy_ml(1, 4);
  forget_versions(3);
  const auto before = state_->last_serial().value();
  lambda_.before_mutation = [&](const std::string& operation, const std::string&) {
    EXPECT_EQ(operation, "delete-layer-version");
    EXPECT_THAT(journal_text(), HasSubstr(R"("step":"delete-layer-version","subject":"ml","version":2)"));
  };
  const PruneReport report = apply().value();
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(2, 1));
  EXPECT_EQ(report.bytes("deleted"), 2);
  EXPECT_THAT(there("ml"), ElementsAre(3, 4));
  std::string kinds_written;
  const auto records = state_->read(before + 1).value();
  for (const auto& record : records) kinds_written += record.kind + " ";
  EXPECT_EQ(kinds_written, "pruning intent intent result result finished ");
  EXPECT_EQ(ledger::Journal(*state_).deployments().value().size(), 4U) << "a pruning is no deployment";
  const auto after = state_->last_serial().value();
  EXPECT_EQ(apply().value().pruning, "");
  EXPECT_EQ(state_->last_serial().value(), after);
  lambda_.before_mutation = nullptr;
  EXPECT_EQ(deploy().value().outcome, engine::Outcome::kUnchanged);
}

TEST_F(PrunerTest, FunctionsOfNobodyKnownCountToo) {
  deploy_ml(1, 4);
  forget_versions(3);
  use("billing", "$LATEST", "ml", 1);
  const PruneReport report = apply().value();
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(2));
  EXPECT_EQ(report.layers[1].versions.back().reasons.front().text, "$LATEST of function billing uses it");
}

TEST_F(PrunerTest, WhatLamellaDidNotPublishIsNeverTouched) {
  deploy_ml(1, 5);
  forget_versions(4);
  lambda_.layers["ml"][0].version.description = "made by hand";
  lambda_.layers["ml"][1].version.content->code_sha256 = crypto::sha256("other").base64();
  const PruneReport report = apply().value();
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(3));
  EXPECT_EQ(kinds(report, 1), "foreign");
  EXPECT_EQ(kinds(report, 2), "content-differs");
}

TEST_F(PrunerTest, OfALayerThatIsGoneEverythingUnusedGoes) {
  deploy_ml(1, 3);
  wanted_.layers.pop_back();
  for (auto& function : wanted_.functions) function.layers = {"core"};
  ASSERT_EQ(deploy().value().outcome, engine::Outcome::kPromoted);
  scope_.layers.pop_back();
  scope_.only = {"ml"};
  const PruneReport used = look().value();
  ASSERT_EQ(used.layers.size(), 1U);
  EXPECT_FALSE(used.layers[0].layer.managed);
  EXPECT_THAT(versions(used, "kept"), ElementsAre(3, 2, 1));
  forget_versions(3);
  const PruneReport report = apply().value();
  EXPECT_EQ(kinds(report, 3), "rollback-target rollback-target");
  EXPECT_THAT(there("ml"), ElementsAre(3));
}

TEST_F(PrunerTest, AnUnknownNameIsAskedBack) {
  scope_.only = {"mll"};
  const auto refused = look();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(refused.error().remedy(), "did you mean 'ml'?");
}

TEST_F(PrunerTest, ACutOffDeploymentKeepsWhatItRefersTo) {
  deploy_ml(1, 3);
  forget_versions(2);
  set_layer(1, "ml 4");
  lambda_.before_mutation = [](const std::string& operation, const std::string&) {
    if (operation == "prepare-function") throw Killed();
  };
  EXPECT_THROW((void)deploy(), Killed);
  lambda_.before_mutation = nullptr;
  set_layer(1, "ml 5");
  wire::PublishLayerVersionRequest newer;  // so that what the deployment published is not the newest
  newer.content.zip_file = wire::Blob{"ml 5"};
  newer.description = engine::layer_description(wanted_.layers[1]);
  ASSERT_TRUE(lambda_.publish_layer_version("ml", newer, {}));
  const PruneReport report = look().value();
  EXPECT_THAT(kinds(report, 4), HasSubstr("in-flight"));
  EXPECT_THAT(kinds(report, 1, "core"), HasSubstr("in-flight"));
  EXPECT_THAT(versions(report, "removable"), ElementsAre(1));
}

TEST_F(PrunerTest, ADeploymentUnderWayKeepsItAway) {
  deploy_ml(1, 4);
  forget_versions(3);
  state_ = ledger::open_directory_store(folder_.path() / "state", clock_).value();
  const auto other = ledger::open_directory_store(folder_.path() / "state", clock_).value();
  const auto lease = other->acquire_lease().value();
  const int calls = lambda_.calls();
  const auto refused = apply();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
  EXPECT_EQ(lambda_.calls(), calls);
}

TEST_F(PrunerTest, OneThatFailsDoesNotStopTheOthers) {
  deploy_ml(1, 5);
  forget_versions(4);
  lambda_.refuse_deletion = 2;
  const PruneReport report = apply().value();
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(3, 1));
  EXPECT_THAT(versions(report, "failed"), ElementsAre(2));
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_THAT(journal_text(), HasSubstr(R"("outcome":"failed")"));
  lambda_.refuse_deletion = 0;
  EXPECT_THAT(versions(apply().value(), "deleted"), ElementsAre(2));
}

TEST_F(PrunerTest, AVersionThatComesIntoUseWhileDeletingStays) {
  deploy_ml(1, 5);
  forget_versions(4);
  lambda_.before_mutation = [&](const std::string&, const std::string&) {
    clock_.advance(Pruner::kFresh + std::chrono::seconds(1));
    use("billing", "$LATEST", "ml", 3);
  };
  const PruneReport report = apply().value();
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(2, 1));
  EXPECT_EQ(kinds(report, 3), "used-by-latest");
  EXPECT_THAT(journal_text(), HasSubstr(R"("skipped":true)"));
}

TEST_F(PrunerTest, AnInterruptStopsBeforeTheNextDeletion) {
  deploy_ml(1, 5);
  forget_versions(4);
  std::stop_source stop;
  lambda_.before_mutation = [&](const std::string&, const std::string&) { stop.request_stop(); };
  const PruneReport report = apply(stop.get_token()).value();
  EXPECT_TRUE(report.interrupted);
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(1));
  EXPECT_THAT(versions(report, "removable"), ElementsAre(3, 2));
}

TEST_F(PrunerTest, AnInterruptInTheLastDeletionIsAnInterrupt) {
  deploy_ml(1, 4);
  forget_versions(3);
  std::stop_source stop;
  lambda_.refuse_deletion = 2;
  lambda_.before_mutation = [&](const std::string&, const std::string&) {
    if (there("ml").front() == 2) stop.request_stop();
  };
  const PruneReport report = apply(stop.get_token()).value();
  EXPECT_TRUE(report.interrupted);
  EXPECT_THAT(versions(report, "deleted"), ElementsAre(1));
  EXPECT_THAT(versions(report, "failed"), ElementsAre(2));
}

TEST_F(PrunerTest, WhatCannotBeJournalledIsNotGoneOnWith) {
  deploy_ml(1, 5);
  forget_versions(4);
  auto& store = dynamic_cast<MemoryStore&>(*state_);
  const int mutations = lambda_.mutations;
  store.fail_append = 1;  // the intents
  EXPECT_EQ(apply().error().code(), ErrorCode::kIo);
  EXPECT_EQ(lambda_.mutations, mutations);
  store.full = false;
  store.fail_append = 2;  // the first result
  const PruneReport report = apply().value();
  EXPECT_EQ(lambda_.mutations, mutations + 1);
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_EQ(report.failures[0].code(), ErrorCode::kRemote);
}

/// Every call of a pruning failing in every way: nothing in use goes, a list that broke off deletes nothing, and the
/// next pruning deletes what is left.
TEST_F(PrunerTest, AnyCallMayFailInAnyWay) {
  deploy_ml(1, 6);
  forget_versions(5);
  use("billing", "$LATEST", "ml", 2);
  auto& store = dynamic_cast<MemoryStore&>(*state_);
  const auto layers = lambda_.layers;
  const auto journal = store.records;
  lambda_.arm(Fault::kNone, -1);
  ASSERT_TRUE(apply().has_value());
  const int calls = lambda_.calls();
  ASSERT_THAT(there("ml"), ElementsAre(2, 5, 6));
  for (const Fault fault : kEveryFault) {
    if (fault == Fault::kForeignAlias || fault == Fault::kForeignLatest) continue;
    for (int call = 0; call < calls; ++call) {
      lambda_.layers = layers;
      store.records = journal;
      lambda_.arm(fault, call);
      const int mutations = lambda_.mutations;
      try {
        const auto report = apply();
        EXPECT_TRUE(report || lambda_.mutations == mutations) << "call " << call << " broke a list off";
      } catch (const Killed&) {
      }
      EXPECT_TRUE(lambda_.fired);
      EXPECT_THAT(there("core"), ElementsAre(1));
      for (const std::int64_t version : {2, 5, 6})
        EXPECT_FALSE(lambda_.layers["ml"][static_cast<std::size_t>(version - 1)].deleted) << version;
      lambda_.arm(Fault::kNone, -1);
      ASSERT_TRUE(apply().has_value());
      EXPECT_THAT(there("ml"), ElementsAre(2, 5, 6)) << "fault " << static_cast<int>(fault) << " at " << call;
    }
  }
}

TEST_F(PrunerTest, TheReportHasTheFieldsOthersRelyOn) {
  deploy_ml(1, 4);
  forget_versions(3);
  const document::Value value = to_value(apply().value());
  EXPECT_EQ(value.integer("schema"), 1);
  EXPECT_EQ(value.integer("deleted"), 2);
  EXPECT_EQ(value.integer("freed_bytes"), 2);
  const document::Value& layer = value.items("layers").at(1);
  EXPECT_EQ(layer.text("name"), "ml");
  EXPECT_EQ(layer.integer("retain"), 1);
  EXPECT_EQ(layer.items("versions").back().text("action"), "deleted");
}

}  // namespace
}  // namespace lamella::deploy
