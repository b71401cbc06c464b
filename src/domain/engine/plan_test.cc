// SPDX-License-Identifier: Apache-2.0
#include "engine/plan.h"

#include <gtest/gtest.h>

#include <functional>

#include "crypto/sha256.h"
#include "document/json.h"

namespace lamella::engine {
namespace {

Wanted wanted() {
  Wanted all{
      .environment = "dev", .account = "111122223333", .region = "us-west-2", .layers = {}, .functions = {}};
  all.layers.push_back({.layer = "core",
                        .name = "team-core",
                        .sha256 = crypto::sha256("core"),
                        .runtimes = {"python3.11"},
                        .architectures = {"x86_64"},
                        .description = "text",
                        .licence = "MIT"});
  WantedFunction function{
      .function = "rows", .name = "team-rows", .code = crypto::sha256("rows"), .architecture = "x86_64"};
  function.settings = {"python3.11", "app.handler",
                       "role",       256,
                       10,           {{"STAGE", {"dev", false}}, {"TOKEN", {"hunter2", true}}}};
  function.layers = {"core"};
  function.alias = "live";
  function.checks = {{.name = "rows", .what = model::EventCheck{document::Value::object({{"rows", 1}}), {}}}};
  all.functions.push_back(function);
  return all;
}

Actual up_to_date(const Wanted& all) {
  Actual actual;
  actual.layers["core"] = {3, "arn:core:3"};
  actual.functions["rows"] = {
      true, AliasRecord{"7", "", {}, "r"},
      Configuration{all.functions[0].code, "x86_64", {"arn:core:3"}, all.functions[0].settings}};
  return actual;
}

using Difference = std::function<void(Wanted&, Actual&)>;

// P1
TEST(Plan, TheSameGivesTheSameDigest) {
  EXPECT_EQ(make_plan(wanted(), up_to_date(wanted())).digest,
            make_plan(wanted(), up_to_date(wanted())).digest);
}

TEST(Plan, EveryDifferenceThatChangesAnEffectChangesTheDigest) {
  const Digest plain = make_plan(wanted(), up_to_date(wanted())).digest;
  const std::vector<std::pair<const char*, Difference>> differences = {
      {"environment", [](Wanted& w, Actual&) { w.environment = "prod"; }},
      {"account", [](Wanted& w, Actual&) { w.account = "222233334444"; }},
      {"region", [](Wanted& w, Actual&) { w.region = "eu-west-1"; }},
      {"layer content", [](Wanted& w, Actual&) { w.layers[0].sha256 = crypto::sha256("other"); }},
      {"layer name", [](Wanted& w, Actual&) { w.layers[0].name = "x"; }},
      {"layer description", [](Wanted& w, Actual&) { w.layers[0].description = "x"; }},
      {"layer runtimes", [](Wanted& w, Actual&) { w.layers[0].runtimes = {"python3.12"}; }},
      {"layer architectures", [](Wanted& w, Actual&) { w.layers[0].architectures = {"arm64"}; }},
      {"layer licence", [](Wanted& w, Actual&) { w.layers[0].licence = "BSD"; }},
      {"layer published", [](Wanted&, Actual& a) { a.layers.clear(); }},
      {"code", [](Wanted& w, Actual&) { w.functions[0].code = crypto::sha256("other"); }},
      {"architecture", [](Wanted& w, Actual&) { w.functions[0].architecture = "arm64"; }},
      {"layers", [](Wanted& w, Actual&) { w.functions[0].layers = {}; }},
      {"alias", [](Wanted& w, Actual&) { w.functions[0].alias = "blue"; }},
      {"handler", [](Wanted& w, Actual&) { w.functions[0].settings.handler = "x.y"; }},
      {"role", [](Wanted& w, Actual&) { w.functions[0].settings.role = "x"; }},
      {"memory", [](Wanted& w, Actual&) { w.functions[0].settings.memory_mb = 512; }},
      {"timeout", [](Wanted& w, Actual&) { w.functions[0].settings.timeout_s = 11; }},
      {"variable", [](Wanted& w, Actual&) { w.functions[0].settings.environment["STAGE"].value = "x"; }},
      {"secret's name",
       [](Wanted& w, Actual&) {
         w.functions[0].settings.environment["KEY"] = {"hunter2", true};
       }},
      {"secret's effect",
       [](Wanted& w, Actual&) { w.functions[0].settings.environment["TOKEN"].value = "x"; }},
      {"check's name", [](Wanted& w, Actual&) { w.functions[0].checks[0].name = "x"; }},
      {"check's event",
       [](Wanted& w, Actual&) {
         std::get<model::EventCheck>(w.functions[0].checks[0].what).event = document::Value(2);
       }},
      {"check's expectation",
       [](Wanted& w, Actual&) {
         std::get<model::EventCheck>(w.functions[0].checks[0].what).expect.exists = true;
       }},
      {"no check", [](Wanted& w, Actual&) { w.functions[0].checks.clear(); }},
      {"alias version", [](Wanted&, Actual& a) { a.functions["rows"].alias->version = "8"; }},
      {"alias weights",
       [](Wanted&, Actual& a) {
         a.functions["rows"].alias->weights = {{"6", 0.1}};
       }},
      {"served code", [](Wanted&, Actual& a) { a.functions["rows"].served->code = crypto::sha256("x"); }},
      {"served layers", [](Wanted&, Actual& a) { a.functions["rows"].served->layer_arns = {"arn:core:2"}; }},
  };
  for (const auto& [what, differ] : differences) {
    Wanted w = wanted();
    Actual a = up_to_date(w);
    differ(w, a);
    EXPECT_NE(make_plan(w, a).digest, plain) << what;
  }
}

TEST(Plan, RevisionsAndPathsTakeNoPartInTheDigest) {
  Wanted w = wanted();
  Actual a = up_to_date(w);
  a.functions["rows"].alias->revision = "another";
  w.layers[0].zip = "/elsewhere/core.zip";
  EXPECT_EQ(make_plan(w, a).digest, make_plan(wanted(), up_to_date(wanted())).digest);
}

// P2
TEST(Plan, HoldsNoValueOfASecret) {
  Wanted w = wanted();
  Actual a = up_to_date(w);
  a.functions["rows"].served->settings.environment["TOKEN"].value = "swordfish";
  const Plan plan = make_plan(w, a);
  const std::string text = document::render_json(to_value(plan));
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_EQ(text.find("swordfish"), std::string::npos) << text;
  EXPECT_NE(text.find("TOKEN"), std::string::npos) << text;
  // Which of two unequal values the secret has does not show in the digest either.
  w.functions[0].settings.environment["TOKEN"].value = "third";
  EXPECT_EQ(make_plan(w, a).digest, plan.digest);
}

TEST(Plan, SaysWhatItDoesAndWhy) {
  const Wanted w = wanted();
  EXPECT_TRUE(make_plan(w, up_to_date(w)).empty());
  const Plan first = make_plan(w, {});
  EXPECT_EQ(first.find("layer", "core")->action, Action::kPublish);
  EXPECT_EQ(first.find("function", "rows")->action, Action::kCreate);
  EXPECT_EQ(first.find("alias", "rows:live")->action, Action::kCreate);

  Actual a = up_to_date(w);
  a.layers.clear();
  const Plan layer_only = make_plan(w, a);
  EXPECT_EQ(layer_only.find("function", "rows")->action, Action::kUpdate);
  EXPECT_EQ(layer_only.find("function", "rows")->reasons.at(0).kind, "layer-changed");
  EXPECT_EQ(layer_only.find("alias", "rows:live")->action, Action::kMove);

  a = up_to_date(w);
  a.functions["rows"].served->settings.memory_mb = 128;
  const Reason reason = make_plan(w, a).find("function", "rows")->reasons.at(0);
  EXPECT_EQ(reason.kind, "setting-changed");
  EXPECT_EQ(reason.from, "128");
  EXPECT_EQ(reason.to, "256");

  a = up_to_date(w);
  a.functions["rows"].served->architecture = "arm64";
  EXPECT_EQ(make_plan(w, a).find("function", "rows")->reasons.at(0).text, "architecture arm64 → x86_64");

  a = up_to_date(w);
  a.functions["rows"].alias->weights = {{"6", 0.5}};
  EXPECT_EQ(make_plan(w, a).find("function", "rows")->reasons.at(0).kind, "alias-weighted");
}

TEST(LayerDescription, IsCutAtACharacterAndGivesItsDigestBack) {
  WantedLayer layer{.sha256 = crypto::sha256("core")};
  for (std::size_t length = 0; length < 200; ++length) {
    layer.description.clear();
    for (std::size_t i = 0; i < length; ++i) layer.description += "é";
    const std::string text = layer_description(layer);
    EXPECT_LE(text.size(), 256U);
    EXPECT_EQ(digest_in_description(text), layer.sha256);
    EXPECT_EQ(
        document::parse_json(document::render_json(text), "x").value().as_string()->find("\xEF\xBF\xBD"),
        std::string::npos);
  }
  EXPECT_EQ(digest_in_description("nothing"), std::nullopt);
  EXPECT_EQ(digest_in_description("[lamella:1 zz]"), std::nullopt);
}

}  // namespace
}  // namespace lamella::engine
