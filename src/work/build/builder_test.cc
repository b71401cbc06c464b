// SPDX-License-Identifier: Apache-2.0
#include "build/builder.h"

#include <gmock/gmock.h>

#include <atomic>
#include <functional>

#include "build/build_fixture.h"
#include "crypto/sha256.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> actions(const Report& report) {
  std::vector<std::string> out;
  for (const Made& made : report.made) {
    out.push_back(made.artifact.name + " " + std::string(to_string(made.artifact.action)));
  }
  return out;
}

class BuilderTest : public BuildTest {
 protected:
  void SetUp() override {
    lock_wheel("numpy", "1.24.3");
    add_layer("core", {"numpy"});
    add_function("predict", {"core"});
  }
  static Error failure_of(const Report& report) {
    for (const Unmade& one : report.unmade) {
      if (one.error) return *one.error;
    }
    return Error(ErrorCode::kInternal, "nothing failed");
  }
  std::filesystem::path zip_of(const Report& report, std::size_t i) {
    return root() / report.made.at(i).artifact.path;
  }
};

TEST_F(BuilderTest, BuildsOnceAndThenNothing) {
  settle();
  const Report first = build_all();
  EXPECT_THAT(actions(first), ElementsAre("core built", "predict built"));
  EXPECT_EQ(crypto::sha256(os::read_file(zip_of(first, 0)).value()), first.made[0].artifact.sha256);
  EXPECT_FALSE(first.made[0].artifact.proved) << "checks were skipped";
  const auto written = os::file_info(zip_of(first, 0)).value()->mtime_ns;
  const Report second = build_all();
  EXPECT_THAT(actions(second), ElementsAre("core unchanged", "predict unchanged"));
  EXPECT_EQ(os::file_info(zip_of(first, 0)).value()->mtime_ns, written);
  const auto unchanged = unchanged_since(root(), unproved()).value();
  ASSERT_TRUE(unchanged.has_value());
  EXPECT_THAT(actions(*unchanged), ElementsAre("core unchanged", "predict unchanged"));
  EXPECT_FALSE(unchanged_since(root(), Request{}).value().has_value()) << "another request";
}

TEST_F(BuilderTest, WhatAnswersToNothingIsSaidAndWhatWasPutBackIsNot) {
  const auto glob = [](const char* text) { return model::Glob::parse(text).value(); };
  model::Prune& prune = workspace_.layers[0].prune;
  prune.drop = {glob("numpy/tests/**"), glob("numpy/mispelt/**")};
  prune.extra = {placed("numpy/bare"), placed("scipy/small")};
  model::RulePack numpy{.pack = "numpy", .distribution = "numpy"};
  numpy.rules.push_back({.id = "bare", .by_name = true, .drop = {glob("numpy/nowhere.py")}});
  model::RulePack scipy{.pack = "scipy", .distribution = "scipy"};
  scipy.rules.push_back({.id = "small", .by_name = true, .drop = {glob("scipy/**")}});
  tools_.packs = {numpy, scipy};
  EXPECT_THAT(build_all().made[0].idle,
              ElementsAre("drop numpy/mispelt/**", "extra numpy/bare", "extra scipy/small"));
  RulesLock rules;
  rules.add(BackedOut{"core", "numpy", "drop numpy/tests/**", {"numpy/tests/**"}, "1.24.3", "it broke"});
  write("locks/rules.toml", render_rules_lock(rules));
  EXPECT_THAT(build_all().made[0].idle,
              ElementsAre("drop numpy/mispelt/**", "extra numpy/bare", "extra scipy/small"));
}

TEST_F(BuilderTest, RecordGoesAndIsCounted) {
  workspace_.layers[0].prune.profile = model::PruneProfile::kNone;
  const Report report = build_all();
  const auto& segment = report.made[0].parts[0].segment;
  EXPECT_EQ(segment.dropped.at("record").files, 1U);
  EXPECT_EQ(segment.wheel_bytes, segment.unzipped_bytes + segment.dropped.at("record").bytes);
}

TEST_F(BuilderTest, AChangedFileRebuildsWhatContainsIt) {
  build_all();
  write("functions/predict/app.py", "def handler(event, context):\n    return 2\n");
  EXPECT_FALSE(unchanged_since(root(), unproved()).value().has_value());
  const Report report = build_all();
  EXPECT_THAT(actions(report), ElementsAre("core unchanged", "predict built"));
  EXPECT_EQ(report.made[1].artifact.reasons.at(0).kind, "file-changed");
}

TEST_F(BuilderTest, WhatWasBuiltBeforeIsTakenUpAgain) {
  const Report first = build_all();
  lock_wheel("numpy", "1.24.4");
  const Report second = build_all();
  EXPECT_THAT(actions(second), ElementsAre("core built", "predict unchanged"));
  lock_wheel("numpy", "1.24.3");
  const Report third = build_all();
  EXPECT_THAT(actions(third), ElementsAre("core reused", "predict unchanged"));
  EXPECT_EQ(third.made[0].artifact.sha256, first.made[0].artifact.sha256);
}

TEST_F(BuilderTest, AMissingOrCutZipIsMadeAgain) {
  const Report first = build_all();
  const std::string good = os::read_file(zip_of(first, 0)).value();
  ASSERT_TRUE(os::remove_path(zip_of(first, 0)).has_value());
  EXPECT_EQ(build_all().made[0].artifact.reasons.at(0).kind, "zip-missing");
  EXPECT_EQ(os::read_file(zip_of(first, 0)).value(), good);
  ASSERT_TRUE(os::write_file_atomic(zip_of(first, 0), good.substr(0, 100)).has_value());
  build_all();
  EXPECT_EQ(os::read_file(zip_of(first, 0)).value(), good);
}

TEST_F(BuilderTest, P12AZipOfTheSameLengthButOtherBytesIsMadeAgain) {
  const Report first = build_all();
  const std::string good = os::read_file(zip_of(first, 0)).value();
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  for (const bool with_index : {true, false}) {
    ASSERT_TRUE(os::write_file_atomic(zip_of(first, 0), flipped).has_value());
    if (!with_index) {
      ASSERT_TRUE(os::remove_path(index_path(root())).has_value());
    }
    const Report second = build_all();
    EXPECT_THAT(actions(second), ElementsAre("core built", "predict unchanged"));
    EXPECT_EQ(second.made[0].artifact.reasons.at(0).kind, "zip-changed");
    EXPECT_EQ(os::read_file(zip_of(first, 0)).value(), good);
  }
}

TEST_F(BuilderTest, ForceGivesTheSameBytesAgain) {
  const Report first = build_all();
  for (const Again again : {Again::kAssembly, Again::kSegments}) {
    const Report report = build_all({.skip_checks = true, .again = again});
    EXPECT_THAT(actions(report), ElementsAre("core built", "predict built"));
    EXPECT_EQ(report.made[0].artifact.reasons.at(0).kind, "forced");
    EXPECT_EQ(report.made[0].artifact.sha256, first.made[0].artifact.sha256);
    EXPECT_EQ(report.made[1].artifact.sha256, first.made[1].artifact.sha256);
  }
}

TEST_F(BuilderTest, NamesBuildOnlyThoseAndKeepTheRest) {
  build_all();
  add_function("report", {"core"});
  const Report report = build_all({.names = {"report"}, .skip_checks = true});
  EXPECT_THAT(actions(report), ElementsAre("core unchanged", "report built"));
  EXPECT_EQ(load_manifest(root()).made.size(), 3U);
}

TEST_F(BuilderTest, ForgetsWhatTheWorkspaceNoLongerHas) {
  add_function("report", {"core"});
  build_all();
  workspace_.functions.pop_back();
  workspace_.layers[0].targets[0].runtime.minor = 12;
  workspace_.functions[0].target.runtime.minor = 12;
  lock_.group.target.runtime.minor = 12;
  build_all();
  const Manifest manifest = load_manifest(root());
  ASSERT_EQ(manifest.made.size(), 2U);
  EXPECT_EQ(manifest.made[0].artifact.target.runtime.minor, 12);
}

TEST_F(BuilderTest, ErrorsSayOfWhichArtifactAndLeaveTheLastBuildInPlace) {
  const Report good = build_all();
  workspace_.layers[0].packages = {placed("packages/numpy")};  // a second numpy/__init__.py
  write("packages/numpy/__init__.py", "mine");
  const Report clash = build_all();
  ASSERT_EQ(clash.unmade.size(), 2U);
  EXPECT_EQ(clash.unmade[0].error->code(), ErrorCode::kRejected);
  EXPECT_THAT(clash.unmade[0].error->to_string(), HasSubstr("building layer core"));
  EXPECT_EQ(clash.unmade[1].name, "predict");
  EXPECT_EQ(clash.unmade[1].because, "core");
  EXPECT_EQ(load_manifest(root()).made.at(0).artifact.sha256, good.made[0].artifact.sha256);
}

TEST_F(BuilderTest, AFailureCountsWhatTheBuildHadNoNeedToLookAtToo) {
  add_layer("apart", {}).packages = {placed("packages/apart")};
  write("packages/apart/__init__.py", "");
  add_layer("beside", {}).packages = {placed("packages/beside")};
  write("packages/beside/__init__.py", "");
  settle();
  build_all();
  workspace_.layers[1].budget.unzipped = 10;
  write("packages/apart/__init__.py", "larger than ten bytes\n");
  const Report report = build_all();
  ASSERT_EQ(report.unmade.size(), 1U);
  EXPECT_EQ(report.unmade[0].name, "apart");
  EXPECT_THAT(actions(report), ElementsAre("core unchanged", "beside unchanged", "predict unchanged"));
}

TEST_F(BuilderTest, ABrokenWheelIsNamed) {
  package::fixture::WheelMaker maker;
  maker.files["../evil.py"] = "";
  const std::string bytes = maker.bytes();
  ASSERT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
  lock_wheel("tiny", "1.0");
  ASSERT_EQ(lock_.lock.packages.at(1).name, "tiny");
  lock_.lock.packages[1].wheel.sha256 = crypto::sha256(bytes);
  lock_.lock.roots[0].requirements = {"numpy", "tiny"};
  const Error error = failure_of(build_all());
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_THAT(error.to_string(), HasSubstr("packaging tiny 1.0"));
  EXPECT_THAT(error.to_string(), HasSubstr("../evil.py"));
}

TEST_F(BuilderTest, AnEmptyArtifactIsRefused) {
  add_layer("nothing", {});
  const Error error = failure_of(build_all());
  EXPECT_EQ(error.code(), ErrorCode::kRejected);
  EXPECT_THAT(error.to_string(), HasSubstr("layer nothing would be empty"));
}

TEST_F(BuilderTest, OverBudgetFailsAndNamesTheLargest) {
  workspace_.layers[0].budget.unzipped = 10;
  const Error error = failure_of(build_all());
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_THAT(error.to_string(), HasSubstr("largest: numpy"));
  EXPECT_TRUE(load_manifest(root()).made.empty());
}

TEST_F(BuilderTest, DamagedSegmentsCostARebuildAndNothingElse) {
  const Report first = build_all();
  for (const Made& made : first.made) {
    const Digest blob = made.parts.at(0).segment.blob;
    const auto file = folder_.path() / "cache/blobs" / blob.hex().substr(0, 2) / blob.hex();
    std::string bytes = os::read_file(file).value();
    bytes[bytes.size() / 2] ^= 1;
    ASSERT_TRUE(os::write_file_atomic(file, bytes).has_value());
  }
  const Report again = build_all({.skip_checks = true, .again = Again::kAssembly});
  EXPECT_EQ(again.made[0].artifact.sha256, first.made[0].artifact.sha256);
  EXPECT_EQ(again.made[1].artifact.sha256, first.made[1].artifact.sha256);
}

TEST_F(BuilderTest, KeepingGoingMakesWhatDoesNotNeedWhatFailed) {
  lock_wheel("boto", "1.0");
  lock_wheel("more", "1.0");
  add_layer("aws", {"boto"});
  add_layer("ml", {"more"}, {"core"});
  workspace_.layers[0].budget.unzipped = 10;
  for (const auto on_failure : {OnFailure::kKeepGoing, OnFailure::kStop}) {
    const Report report = build_all({.skip_checks = true, .on_failure = on_failure});
    std::vector<std::string> lost;
    for (const Unmade& one : report.unmade) lost.push_back(one.name + " " + one.because);
    EXPECT_THAT(lost, ElementsAre("core ", "ml core", "predict core"));
    const bool goes_on = on_failure == OnFailure::kKeepGoing;
    EXPECT_EQ(actions(report), goes_on ? std::vector<std::string>{"aws built"} : std::vector<std::string>());
    EXPECT_TRUE(load_manifest(root()).made.empty()) << "the last good build stays";
  }
  workspace_.layers[0].budget.unzipped.reset();
  EXPECT_THAT(actions(build_all()), ElementsAre("core reused", "aws reused", "ml reused", "predict reused"));
}

TEST_F(BuilderTest, WithoutAnInterpreterNothingIsCompiledOrProvedAndTheNextBuildLooksAgain) {
  ::setenv("LAMELLA_INTERPRETER_PYTHON3_11", "/nonexistent/python3.11", 1);
  workspace_.layers[0].bytecode = {};
  settle();
  const Report report = build_all({});
  ASSERT_EQ(report.made.size(), 2U);
  const model::Artifact& layer = report.made[0].artifact;
  EXPECT_FALSE(layer.proved);
  ASSERT_EQ(layer.unproved.size(), 2U);
  EXPECT_THAT(layer.unproved[0], HasSubstr("imports and checks were not run: no interpreter of python3.11"));
  EXPECT_THAT(layer.unproved[1], HasSubstr("modules were not compiled to bytecode: no interpreter"));
  EXPECT_THAT(layer.unproved[1], HasSubstr("apt-get install python3.11"));
  EXPECT_THAT(report.made[1].artifact.unproved, ElementsAre(HasSubstr("apt-get install python3.11")));
  EXPECT_EQ(report.made[0].parts.at(0).segment.bytecode_bytes, 0U);
  EXPECT_FALSE(unchanged_since(root(), {}).value().has_value()) << "the interpreter may be named at any time";
  ::unsetenv("LAMELLA_INTERPRETER_PYTHON3_11");
  EXPECT_THAT(actions(build_all()), ElementsAre("core built", "predict unchanged"));
  EXPECT_GT(load_manifest(root()).made.at(0).parts.at(0).segment.bytecode_bytes, 0U);
}

TEST_F(BuilderTest, ABrokenWheelOfSeveralLayersIsToldOnce) {
  lock_wheel("boto", "1.0");
  add_layer("twin", {"numpy"});
  add_layer("aws", {"boto"});
  ASSERT_EQ(lock_.lock.packages.at(1).name, "numpy");
  const std::string text = "no wheel";
  ASSERT_TRUE(store::put(*store_, base::as_bytes(text)).has_value());
  lock_.lock.packages[1].wheel.sha256 = crypto::sha256(text);
  const Report report = build_all({.skip_checks = true, .on_failure = OnFailure::kKeepGoing});
  ASSERT_EQ(report.unmade.size(), 3U);
  EXPECT_TRUE(report.unmade[0].error.has_value());
  EXPECT_EQ(report.unmade[1].name, "twin");
  EXPECT_EQ(report.unmade[1].because, "numpy 1.24.3");
  EXPECT_EQ(report.unmade[2].because, "core") << "the function";
  EXPECT_THAT(actions(report), ElementsAre("aws built"));
}

TEST_F(BuilderTest, TheSameContentIsMadeOnce) {
  add_layer("twin", {"numpy"});
  const Report report = build_all();
  EXPECT_THAT(actions(report), ElementsAre("core built", "twin reused", "predict built"));
  EXPECT_EQ(report.made[1].artifact.sha256, report.made[0].artifact.sha256);
  EXPECT_NE(report.made[1].artifact.path, report.made[0].artifact.path);
  EXPECT_EQ(report.made[1].artifact.reasons.back().kind, "same-content");
  EXPECT_EQ(report.made[1].artifact.reasons.back().subject, "core");
  EXPECT_EQ(os::file_info(zip_of(report, 0)).value()->inode, os::file_info(zip_of(report, 1)).value()->inode);
  EXPECT_EQ(crypto::sha256(os::read_file(zip_of(report, 1)).value()), report.made[1].artifact.sha256);
}

TEST_F(BuilderTest, CleanStartsAnew) {
  const Report first = build_all();
  const Report again = build_all({.skip_checks = true, .clean = true});
  EXPECT_THAT(actions(again), ElementsAre("core built", "predict built"));
  EXPECT_EQ(again.made[0].artifact.reasons.at(0).kind, "first-build");
  EXPECT_EQ(again.made[0].artifact.sha256, first.made[0].artifact.sha256);
  const Report one = build_all({.names = {"predict"}, .skip_checks = true, .clean = true});
  EXPECT_THAT(actions(one), ElementsAre("core unchanged", "predict built"));
}

/// Does something in the middle of a build: when the first artifact has been made.
class Meanwhile final : public EventSink {
 public:
  explicit Meanwhile(std::function<void()> act) : act_(std::move(act)) {}
  void emit(const Event& event) override {
    if (event.kind == "artifact.built" && !done_.exchange(true)) act_();
  }

 private:
  std::function<void()> act_;
  std::atomic<bool> done_ = false;
};

class MeanwhileTest : public BuilderTest {
 protected:
  Result<Report> build_while(std::function<void()> act, const std::vector<change::Sighting>& consulted = {}) {
    Meanwhile meanwhile(std::move(act));
    const Tools tools{root(), tools_.cache, *store_, *actions_, pool_, meanwhile, {}, {}};
    return build::build(tools, workspace_, locks(), unproved(), consulted, {});
  }
  void expect_refused(const Result<Report>& report, const std::string& path) {
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(report.error().where(), path);
    EXPECT_TRUE(load_manifest(root()).made.empty()) << "what was made is not kept";
    EXPECT_FALSE(unchanged_since(root(), unproved()).value().has_value());
  }
};

TEST_F(MeanwhileTest, AnInputThatChangesDuringTheBuildIsConflictAndTheNextBuildHasIt) {
  expect_refused(build_while([&] { write("functions/predict/app.py", "changed\n"); }),
                 "functions/predict/app.py");
  const Report next = build_all();
  EXPECT_EQ(next.made.at(1).files.at("app.py"), crypto::sha256("changed\n"));
}

TEST_F(MeanwhileTest, SoIsOneThatComesOrGoes) {
  expect_refused(build_while([&] { write("functions/predict/new.py", ""); }), "functions/predict");
  expect_refused(
      build_while([&] { ASSERT_TRUE(os::remove_path(root() / "functions/predict/app.py").has_value()); }),
      "functions/predict/app.py");
}

TEST_F(MeanwhileTest, SoIsWhatTheCallerReadBefore) {
  write("lamella.toml", "one");
  const auto seen = change::look(root(), "lamella.toml").value();
  write("lamella.toml", "two");
  expect_refused(build_while([] {}, {seen}), "lamella.toml");
}

TEST_F(MeanwhileTest, WhatIsNoInputMayComeAndGo) {
  const auto report = build_while([&] {
    write("functions/predict/__pycache__/app.pyc", "made by an editor");
    write("functions/predict/app.py", "def handler(event, context):\n    return 1\n");
    write("README.md", "said better");
  });
  EXPECT_TRUE(report.has_value()) << report.error().to_string();
}

TEST_F(MeanwhileTest, TheLastGoodBuildStaysWhenTheNextIsDisturbed) {
  const Report first = build_all();
  write("functions/predict/app.py", "second\n");
  ASSERT_FALSE(build_while([&] { write("functions/predict/app.py", "third\n"); }).has_value());
  EXPECT_EQ(load_manifest(root()).made.at(1).key, first.made.at(1).key);
}

TEST_F(BuilderTest, StalenessSaysWhatABuildWouldDo) {
  build_all();
  write("functions/predict/app.py", "changed");
  const auto found = staleness(tools_, workspace_, locks()).value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_FALSE(found[0].stale);
  EXPECT_TRUE(found[1].stale);
  EXPECT_EQ(found[1].reasons.at(0).kind, "file-changed");
}

TEST_F(BuilderTest, WhatWasNeverBuiltCannotBeChecked) {
  const auto proofs = prove_built(tools_, workspace_, locks(), {}, {});
  EXPECT_EQ(proofs.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(proofs.error().to_string(), HasSubstr("layer core was never built here"));
}

}  // namespace
}  // namespace lamella::build
