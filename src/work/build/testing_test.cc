// SPDX-License-Identifier: Apache-2.0
#include "build/testing.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A layer that ships `greet`, and tests that use it and a package of their own.
class TestingTest : public BuildTest {
 protected:
  TestingTest() {
    lock_wheel("greet", "1.0", {}, "WORD = 'shipped'\n");
    model::Layer& layer = add_layer("core", {"greet"});
    layer.tests.command = {"python", "layers/core/tests/run.py"};
    layer.tests.position = {"lamella.toml", 9, 9};
    layer.tests.requirements.listed = {placed("helper")};
    layer.tests.files = {placed("layers/core/tests")};
    write("layers/core/tests/run.py",
          "import greet, helper, os, socket\n"
          "assert greet.WORD == 'shipped' and helper.WORD == 'tool'\n"
          "assert not os.path.exists('secret.txt') and not os.path.exists('.lamella')\n"
          "try:\n    socket.create_connection(('192.0.2.1', 80), 1)\n    raise SystemExit('connected')\n"
          "except OSError:\n    pass\n"
          "open('/tmp/mine', 'w').write('x')\n"
          "exec(open('layers/core/tests/more.txt').read())\n");
    write("layers/core/tests/more.txt", "");
    write("secret.txt", "no business of theirs");
    tests_lock();
    build_all();
  }

  /// As resolved beside the layer: with a `greet` of its own, which must not be seen.
  void tests_lock() {
    GroupLock shipped = lock_;
    lock_wheel("helper", "2.0", {"greet"}, "WORD = 'tool'\n");
    lock_wheel("greet", "1.0", {}, "WORD = 'of the tests'\n");
    tests_ = lock_;
    tests_.group.name = tests_.lock.group = "shop-tests";
    tests_.lock.roots = {{resolve::RootKind::kLayer, "core", {"helper"}}};
    lock_ = std::move(shipped);
  }

  Result<std::vector<Tested>> run(proof::Force force = proof::Force::kNo) {
    return test_built(tools_, workspace_, locks(), {tests_}, {"core"}, force, {});
  }
  Tested run_one(proof::Force force = proof::Force::kNo) {
    auto tests = run(force);
    EXPECT_TRUE(tests.has_value()) << tests.error().to_string();
    return tests && tests->size() == 1 ? tests->front() : Tested{};
  }

  GroupLock tests_;
};

TEST_F(TestingTest, SeesTheLayerItsToolsAndItsFilesAndNothingElse) {
  const Tested tested = run_one();
  EXPECT_EQ(tested.outcome, TestOutcome::kPassed) << tested.run.output;
  EXPECT_EQ(tested.sha256, load_manifest(root()).made.front().artifact.sha256);
}

TEST_F(TestingTest, WhatPassedIsNotRunAgainUntilSomethingOfItChanges) {
  ASSERT_EQ(run_one().outcome, TestOutcome::kPassed);
  const Tested again = run_one();
  EXPECT_EQ(again.outcome, TestOutcome::kReused);
  EXPECT_EQ(again.reason.kind, "passed-before");
  EXPECT_EQ(run_one(proof::Force::kYes).outcome, TestOutcome::kPassed);

  write("layers/core/tests/more.txt", "x = 1\n");
  EXPECT_EQ(run_one().outcome, TestOutcome::kPassed) << "a test file";
  EXPECT_EQ(run_one().outcome, TestOutcome::kReused);
  write("secret.txt", "changed");
  EXPECT_EQ(run_one().outcome, TestOutcome::kReused) << "a file that no test sees";
  workspace_.layers[0].tests.command.emplace_back("-v");
  EXPECT_EQ(run_one().outcome, TestOutcome::kPassed) << "the command";
  lock_wheel("greet", "1.1", {}, "WORD = 'shipped'\n");
  build_all();
  EXPECT_EQ(run_one().outcome, TestOutcome::kPassed) << "the artifact";
}

TEST_F(TestingTest, AFailureShowsWhatWasPrintedAndIsNeverRemembered) {
  write("layers/core/tests/more.txt",
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.exit(3)\n");
  for (int i = 0; i < 2; ++i) {
    const Tested tested = run_one();
    EXPECT_EQ(tested.outcome, TestOutcome::kFailed);
    EXPECT_EQ(tested.run.exit_code, 3);
    EXPECT_THAT(tested.run.output, HasSubstr("two"));
  }
}

TEST_F(TestingTest, FilesThatTestsReadBesidesMustBeNamed) {
  write("fixtures/rows.txt", "3\n");
  write("layers/core/tests/more.txt", "assert open('fixtures/rows.txt').read() == '3\\n'\n");
  EXPECT_EQ(run_one().outcome, TestOutcome::kFailed);
  workspace_.layers[0].tests.files.push_back(placed("fixtures"));
  EXPECT_EQ(run_one().outcome, TestOutcome::kPassed);
}

TEST_F(TestingTest, ACommandWithoutAFileOfTheWorkspaceIsRefusedWithItsPlace) {
  workspace_.layers[0].tests.command = {"python", "-m", "unittest"};
  workspace_.layers[0].tests.files.clear();
  const auto tests = run();
  ASSERT_FALSE(tests.has_value());
  EXPECT_EQ(tests.error().code(), ErrorCode::kUsage);
  EXPECT_THAT(tests.error().to_string(), HasSubstr("lamella.toml:9:9"));
}

TEST_F(TestingTest, AFunctionsCodeIsWhereItRuns) {
  model::Function& function = add_function("orders", {"core"});
  function.tests.command = {"python", "-m", "unittest", "tests/test_orders.py"};
  write("tests/__init__.py", "");
  write("tests/test_orders.py",
        "import os, unittest, app, greet\n"
        "class T(unittest.TestCase):\n"
        "  def test(self):\n"
        "    self.assertEqual(app.__file__, '/var/task/app.py')\n"
        "    self.assertEqual(app.handler({}, None), 1)\n");
  build_all();
  const auto tests = test_built(tools_, workspace_, locks(), {tests_}, {"orders"}, proof::Force::kNo, {});
  ASSERT_TRUE(tests.has_value()) << tests.error().to_string();
  ASSERT_EQ(tests->size(), 1U);
  EXPECT_EQ(tests->front().outcome, TestOutcome::kPassed) << tests->front().run.output;
}

TEST_F(TestingTest, WhatDeclaresNoneHasNone) {
  workspace_.layers[0].tests = {};
  EXPECT_THAT(run().value(), IsEmpty());
}

TEST_F(TestingTest, AnotherArchitectureIsSkippedWithAReason) {
  const model::Target arm{{}, model::Architecture::kArm64};
  workspace_.layers[0].targets = {arm};
  lock_.group.target = lock_.lock.target = tests_.group.target = tests_.lock.target = arm;
  build_all();
  const Tested tested = run_one();
  EXPECT_EQ(tested.outcome, TestOutcome::kSkipped);
  EXPECT_EQ(tested.reason.kind, "foreign-architecture");
}

TEST_F(TestingTest, WithoutAnInterpreterTheyAreSkippedWithAReason) {
  build_all();
  ::setenv("LAMELLA_INTERPRETER_PYTHON3_11", "/nonexistent/python3.11", 1);
  const Tested tested = run_one();
  ::unsetenv("LAMELLA_INTERPRETER_PYTHON3_11");
  EXPECT_EQ(tested.outcome, TestOutcome::kSkipped);
  EXPECT_EQ(tested.reason.kind, "no-interpreter");
}

}  // namespace
}  // namespace lamella::build
