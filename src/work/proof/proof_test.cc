// SPDX-License-Identifier: Apache-2.0
#include "proof/proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "crypto/sha256.h"
#include "document/json.h"

namespace lamella::proof {
namespace {

using testing::HasSubstr;
using testing::Not;

Proof passing() {
  Proof proof;
  proof.imports = {{"numpy", true, "", 12.5}, {"app.handler", true, "", 0.25}};
  proof.checks = {{"rows", true, "", 7}};
  proof.start = {{"/opt/python/numpy/__init__.py", true}, {"/var/task/app.py", false, 1250}};
  proof.unloadable = {{"/opt/python/a.so", "undefined symbol: x"}};
  proof.modules = {{"/opt/python/numpy/__init__.py", true}};
  return proof;
}

Subject subject() {
  Subject subject;
  subject.kind = model::ArtifactKind::kFunction;
  subject.name = "predict";
  subject.handler = "app.handler";
  subject.handler_position = {"lamella.toml", 12, 3};
  subject.layers = {{"core", crypto::sha256("core"), "core.zip"}, {"ml", crypto::sha256("ml"), "ml.zip"}};
  subject.function = Mounted{"predict", crypto::sha256("code"), "code.zip"};
  subject.imports = {"numpy"};
  subject.environment = {{"STAGE", "local"}};
  subject.check_files = {crypto::sha256("rows.json")};
  model::Check check{.name = "rows"};
  model::EventCheck event{.event = document::Value(3)};
  event.expect.path = model::parse_json_path("$.count").value();
  event.expect.equals = document::Value(3);
  check.what = event;
  subject.checks = {check};
  return subject;
}

TEST(ProofRecord, SurvivesItsRecordAndSaysItIsRemembered) {
  const Proof proof = passing();
  const auto text = document::render_json(to_value(proof));
  const Proof again = proof_from_value(document::parse_json(text, "t").value()).value();
  EXPECT_TRUE(again.reused);
  EXPECT_TRUE(again.passed());
  EXPECT_EQ(again.start, proof.start);
  EXPECT_EQ(again.modules, proof.modules);
  EXPECT_EQ(again.unloadable, proof.unloadable);
  ASSERT_EQ(again.imports.size(), 2U);
  EXPECT_EQ(again.imports[1].name, "app.handler");
  EXPECT_DOUBLE_EQ(again.imports[0].duration_ms, 12.5);
  ASSERT_EQ(again.checks.size(), 1U);
  EXPECT_EQ(again.checks[0].duration_ms, 7);
  EXPECT_EQ(document::render_json(to_value(again)), text);
}

TEST(ProofRecord, OfAnotherSchemaIsRefused) {
  document::Value value = to_value(passing());
  value.set("schema", 99);
  EXPECT_EQ(proof_from_value(value).error().code(), ErrorCode::kCorrupt);
}

TEST(Proof, FailsForEachReasonAlone) {
  EXPECT_TRUE(passing().passed());
  EXPECT_TRUE(Proof().passed());
  for (const std::function<void(Proof&)>& break_it : std::vector<std::function<void(Proof&)>>{
           [](Proof& p) { p.imports[1].ok = false; }, [](Proof& p) { p.checks[0].passed = false; },
           [](Proof& p) { p.trouble = "timed out after 3 s"; }, [](Proof& p) { p.handler_missing = true; }}) {
    Proof proof = passing();
    break_it(proof);
    EXPECT_FALSE(proof.passed());
  }
}

TEST(ProofKey, ChangesWithEachPartAlone) {
  using Change = std::function<void(Subject&)>;
  const std::vector<Change> changes = {
      [](Subject& s) { s.kind = model::ArtifactKind::kLayer; },
      [](Subject& s) { s.name = "other"; },
      [](Subject& s) { s.layers[0].sha256 = crypto::sha256("x"); },
      [](Subject& s) { std::swap(s.layers[0], s.layers[1]); },
      [](Subject& s) { s.layers.pop_back(); },
      [](Subject& s) { s.function->sha256 = crypto::sha256("x"); },
      [](Subject& s) { s.handler = "app.other"; },
      [](Subject& s) { s.imports.emplace_back("scipy"); },
      [](Subject& s) { s.libraries.emplace_back("/opt/python/a.so"); },
      [](Subject& s) { s.checks.clear(); },
      [](Subject& s) { s.checks[0].name = "x"; },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).event = document::Value(4); },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.equals = document::Value(4); },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.path.reset(); },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.exists = true; },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.exists = false; },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.matches = "x"; },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.error = "x"; },
      [](Subject& s) { std::get<model::EventCheck>(s.checks[0].what).expect.below = 1.5; },
      [](Subject& s) { s.check_files[0] = crypto::sha256("other rows"); },
      [](Subject& s) { s.check_files.clear(); },
      [](Subject& s) { s.environment["STAGE"] = "dev"; },
      [](Subject& s) { s.environment["MORE"] = ""; },
      // An environment variable that looks like another part is not taken for it.
      [](Subject& s) {
        s.environment = {{"STAGE", "local"}};
        s.environment["file"] = std::string(base::as_text(s.check_files[0].bytes()));
        s.check_files.clear();
      },
      [](Subject& s) { s.memory_mb = 512; },
      [](Subject& s) { s.timeout = std::chrono::milliseconds(1); },
      [](Subject& s) { s.event_timeout = std::chrono::milliseconds(1); },
  };
  std::map<Digest, std::size_t> seen = {{proof_key(subject(), "root"), 999}};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Subject changed = subject();
    changes[i](changed);
    const auto [at, fresh] = seen.emplace(proof_key(changed, "root"), i);
    EXPECT_TRUE(fresh) << "change " << i << " gives the key of change " << at->second;
  }
  EXPECT_TRUE(seen.emplace(proof_key(subject(), "another root"), 0).second);
}

TEST(ProofKey, DoesNotChangeWithWhereThingsLie) {
  Subject moved = subject();
  moved.layers[0].zip = "/elsewhere/core.zip";
  moved.handler_position = {"lamella.toml", 99, 1};
  moved.checks[0].position = {"lamella.toml", 98, 1};
  EXPECT_EQ(proof_key(moved, "root"), proof_key(subject(), "root"));
}

TEST(Refusal, SaysWhichImportFailsAndWhy) {
  Proof proof = passing();
  proof.imports[0] = {"numpy", false,
                      "ModuleNotFoundError: No module named 'numpy.testing' (/opt/python/x.py:3)", 1};
  const Error error = refusal(subject(), proof);
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_EQ(error.what(), "function predict: importing numpy fails");
  EXPECT_THAT(error.why(), HasSubstr("numpy.testing"));
  EXPECT_THAT(error.remedy(), HasSubstr("`keep`"));
}

TEST(Refusal, ServiceThatWasLeftOutIsNamedWithItsLine) {
  Subject function = subject();
  function.source = "functions/predict";
  Proof proof = passing();
  proof.checks[0] = {
      "rows", false,
      "it failed with UnknownServiceError: Unknown service: 'sqs'. Valid service names are: s3 "
      "(/var/task/jobs/queue.py:12)",
      1};
  const Error error = refusal(function, proof);
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_EQ(error.where(), "functions/predict/jobs/queue.py:12");
  EXPECT_THAT(error.what(), HasSubstr("creates a client for 'sqs'"));
  proof.checks[0].detail = "wanted 3, got \"Unknown service: 'sqs'\"";
  EXPECT_EQ(refusal(function, proof).code(), ErrorCode::kRefused);
}

TEST(Refusal, SaysWhichFileWouldHoldTheHandler) {
  Subject typo = subject();
  typo.source = "functions/predict";
  typo.handler = "ap.handler";
  Proof proof = passing();
  proof.imports[1] = {"ap.handler", false, "ModuleNotFoundError: No module named 'ap'", 1};
  proof.modules_instead = {"app", "events"};
  EXPECT_FALSE(proof.passed());
  const Error error = refusal(typo, proof);
  EXPECT_EQ(error.code(), ErrorCode::kRefused);
  EXPECT_EQ(error.where(), "lamella.toml:12:3");
  EXPECT_THAT(error.why(), HasSubstr("functions.predict.handler"));
  EXPECT_THAT(error.why(), HasSubstr("functions/predict/ap.py"));
  EXPECT_THAT(error.remedy(), HasSubstr("'app.handler'"));
  proof.modules_instead = {"events"};
  EXPECT_THAT(refusal(typo, proof).remedy(), Not(HasSubstr("events")));
}

TEST(Refusal, SuggestsTheNearestHandler) {
  Proof proof = passing();
  proof.handler_missing = true;
  proof.handler_names = {"handle", "load", "lambda_handler"};
  const Error error = refusal(subject(), proof);
  EXPECT_EQ(error.what(), "function predict: 'app' has no function 'handler'");
  EXPECT_EQ(error.remedy(), "did you mean 'app.handle'?");
  EXPECT_EQ(error.why(), "it has handle, load, lambda_handler");
  EXPECT_EQ(error.where(), "lamella.toml:12:3");
  proof.handler_names.clear();
  EXPECT_EQ(refusal(subject(), proof).why(), "it defines no functions");
}

TEST(Refusal, SaysWhichCheckDidNotPass) {
  Proof proof = passing();
  proof.checks[0] = {"rows", false, "$.count is 2, not 3", 4};
  const Error error = refusal(subject(), proof);
  EXPECT_EQ(error.what(), "function predict: check 'rows' did not pass");
  EXPECT_EQ(error.why(), "$.count is 2, not 3");
}

TEST(Refusal, TellsTroubleFirstWithWhatWasPrinted) {
  Proof proof = passing();
  proof.imports[0].ok = false;
  proof.trouble = "killed: it needs more than its 128 MB of memory";
  proof.output = "loading the model";
  const std::string text = refusal(subject(), proof).to_string();
  EXPECT_THAT(text, HasSubstr("function predict: killed: it needs more than its 128 MB of memory"));
  EXPECT_THAT(text, HasSubstr("it printed: loading the model"));
  EXPECT_THAT(text, Not(HasSubstr("importing numpy")));
}

}  // namespace
}  // namespace lamella::proof
