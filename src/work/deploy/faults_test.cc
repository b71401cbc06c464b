// SPDX-License-Identifier: Apache-2.0
//
// Every call of a deployment, failed in every way, one at a time; the promises are looked at after every
// call.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "deploy/deployment_fixture.h"
#include "document/json.h"

namespace lamella::deploy {
namespace {

using engine::Outcome;

enum class Scenario { kFirst, kLayerOnly, kCode, kCheckFails, kWeighted };

struct Case {
  Scenario scenario;
  Fault fault;
};

class FaultsTest : public DeploymentTest, public testing::WithParamInterface<Case> {
 protected:
  void prepare() {
    lambda_.layers.clear();
    lambda_.functions.clear();
    lambda_.passed.clear();
    lambda_.before_mutation = nullptr;
    lambda_.after_call = nullptr;
    lambda_.arm(Fault::kNone, -1);
    state_ = std::make_unique<MemoryStore>();
    set_layer(1, "ml 1");
    set_code(0, "rows 1");
    if (GetParam().scenario == Scenario::kFirst) return;
    ASSERT_TRUE(deploy().has_value());
    if (GetParam().scenario == Scenario::kLayerOnly) set_layer(1, "ml 2");
    if (GetParam().scenario == Scenario::kCode) set_code(0, "rows 2");
    if (GetParam().scenario == Scenario::kCheckFails) {
      set_code(0, "rows bad");
      lambda_.bad_code.insert(wanted_.functions[0].code.base64());
    }
    if (GetParam().scenario == Scenario::kWeighted) {
      auto& train = lambda_.functions.at("train");
      train.versions[5] = train.versions.at(1);
      train.aliases.at("live").routing_config =
          wire::RoutingConfig{std::map<std::string, double>{{"5", 0.1}}};
    }
  }
  void watch(const std::string& where) {
    before_.clear();
    open_.clear();
    next_record_ = state_->last_serial().value() + 1;
    for (const auto& [name, function] : lambda_.functions) {
      for (const auto& [alias, record] : function.aliases) before_[name] = record.function_version;
    }
    // P1: an intent for it is in the journal, and it is not answered yet.
    lambda_.before_mutation = [this, where](const std::string& step, const std::string& subject) {
      const auto records = state_->read(next_record_).value();
      for (const auto& record : records) {
        ++next_record_;
        if (record.kind != "intent" && record.kind != "result") continue;
        const auto payload = document::parse_json(record.payload, "journal").value();
        const std::string named =
            payload.text("step") == "restore-alias" ? "shift-alias" : payload.text("step");
        open_[named + " " + payload.text("subject")] += record.kind == "intent" ? 1 : -1;
      }
      const int open = open_[step + " " + subject];
      EXPECT_GT(open, 0) << where << ": " << step << " of " << subject << " was sent without an intent";
    };
    // P2: an alias is where it was, or on a version whose checks passed.
    lambda_.after_call = [this, where] {
      for (const auto& [name, function] : lambda_.functions) {
        for (const auto& [alias, record] : function.aliases) {
          const bool recorded = before_.contains(name) && before_.at(name) == record.function_version;
          EXPECT_TRUE(recorded || lambda_.passed.contains(name + ":" + record.function_version))
              << where << ": " << name << " serves unchecked version " << record.function_version;
        }
      }
    };
  }
  bool succeeds() const { return GetParam().scenario != Scenario::kCheckFails; }
  /// True while the fault still hits a call.
  bool run(int at) {
    const std::string where = fmt::format("call {}", at);
    prepare();
    const engine::Plan made = plan().value();
    watch(where);
    lambda_.arm(GetParam().fault, at);
    try {
      const auto hit = apply(made);
      // Only what someone else took meanwhile cannot be put back.
      const bool theirs = GetParam().fault == Fault::kForeignAlias;
      if (hit && hit->outcome == Outcome::kIncomplete && !theirs)
        ADD_FAILURE() << where << ": " << hit->reasons.front().text;
    } catch (const Killed&) {
    }
    const bool fired = lambda_.fired;
    if (fired && GetParam().fault == Fault::kForeignAlias && GetParam().scenario != Scenario::kFirst) {
      EXPECT_EQ(served("rows"), "900") << where << ": someone else's move was overwritten";
    }
    lambda_.arm(Fault::kNone, -1);
    clock_.advance(std::chrono::minutes(1));
    watch(where + ", afterwards");
    const auto next = deploy();
    if (!next) {
      ADD_FAILURE() << where << ": " << next.error().to_string();
      return false;
    }
    EXPECT_EQ(next->succeeded(), succeeds())
        << where << (next->reasons.empty() ? "" : ": " + next->reasons.front().text);
    expect_quiet(where);
    return fired;
  }
  void expect_quiet(const std::string& where) {
    for (const auto& [name, versions] : lambda_.layers) {
      std::set<std::string> contents;
      for (const auto& one : versions) {
        EXPECT_TRUE(contents.insert(one.version.content->code_sha256).second)
            << where << ": layer " << name << " published twice";
      }
    }
    if (!succeeds()) return;
    const int mutations = lambda_.mutations;
    EXPECT_EQ(deploy().value().outcome, Outcome::kUnchanged) << where;
    EXPECT_EQ(lambda_.mutations, mutations) << where;
    for (const char* name : {"rows", "train"}) {
      EXPECT_FALSE(lambda_.functions.at(name).aliases.at("live").routing_config.has_value()) << where;
    }
  }

  std::map<std::string, std::string> before_;  ///< function to the version its alias had
  std::map<std::string, int> open_;            ///< "step subject" to intents without a result
  std::int64_t next_record_ = 1;
};

TEST_P(FaultsTest, EveryCall) {
  int at = 0;
  while (run(at)) ASSERT_LT(++at, 200);
  EXPECT_GT(at, 10);
}

std::vector<Case> every_case() {
  std::vector<Case> all;
  for (const auto scenario : {Scenario::kFirst, Scenario::kLayerOnly, Scenario::kCode, Scenario::kCheckFails,
                              Scenario::kWeighted}) {
    for (const Fault fault : kEveryFault) all.push_back({scenario, fault});
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  constexpr const char* kScenarios[] = {"First", "LayerOnly", "Code", "CheckFails", "Weighted"};
  constexpr const char* kFaults[] = {"None",          "NeverSent",          "AnswerLost",
                                     "Throttled",     "ServerErrorApplied", "ForeignAlias",
                                     "ForeignLatest", "KilledBefore",       "KilledAfter"};
  return fmt::format("{}{}", kScenarios[static_cast<int>(info.param.scenario)],
                     kFaults[static_cast<int>(info.param.fault)]);
}

INSTANTIATE_TEST_SUITE_P(Exhaustive, FaultsTest, testing::ValuesIn(every_case()), name_of);

}  // namespace
}  // namespace lamella::deploy
