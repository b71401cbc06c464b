// SPDX-License-Identifier: Apache-2.0
#include "commands/affected.h"

#include <gmock/gmock.h>

#include "commands/shop_fixture.h"
#include "document/json.h"

namespace lamella::commands {
namespace {

using document::Value;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AffectedTest : public ShopTest {
 protected:
  Value affected(AffectedOptions options = {.since = "HEAD", .merge_base = {}, .to = {}}) const {
    auto outcome = commands::affected({.project = root()}, options);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().to_string();
    return outcome ? std::move(outcome->record) : Value::object();
  }
  static AffectedOptions since(std::string from, std::string to = {}) {
    return {std::move(from), {}, std::move(to)};
  }

  static std::vector<std::string> names(const Value& record, std::string_view set) {
    std::vector<std::string> found;
    for (const Value& item : record.items(set)) found.push_back(item.text("kind") + " " + item.text("name"));
    return found;
  }
  /// "text [path, path]" of every reason of one item.
  static std::vector<std::string> reasons(const Value& record, std::string_view set, std::string_view name) {
    std::vector<std::string> found;
    for (const Value& item : record.items(set)) {
      if (item.text("name") != name) continue;
      for (const Value& reason : item.items("reasons")) {
        std::string path;
        for (const Value& node : reason.items("path"))
          path += (path.empty() ? "" : " > ") + *node.as_string();
        found.push_back(reason.text("kind") + ": " + reason.text("text") + " [" + path + "]");
      }
    }
    return found;
  }
  static void expect_nothing(const Value& record) {
    for (const auto* set : {"rebuild", "recheck", "redeploy", "removed", "warnings"}) {
      EXPECT_THAT(record.items(set), IsEmpty()) << document::render_json(record, 2);
    }
  }
};

TEST_F(AffectedTest, ACleanTreeIsAffectedByNothing) {
  commit();
  expect_nothing(affected());
  settle();
  expect_nothing(affected());
}

TEST_F(AffectedTest, ABumpedPackageTouchesWhatShipsItAndWhatMeetsIt) {
  commit();
  packages_["numpy"].version = "1.24.4";
  lock_all();
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("layer core"));
  EXPECT_THAT(names(record, "recheck"), ElementsAre("layer ml", "function predict"));
  EXPECT_THAT(names(record, "redeploy"), ElementsAre("function predict"));
  EXPECT_THAT(reasons(record, "rebuild", "core"),
              ElementsAre("package-changed: numpy 1.24.3 → 1.24.4 [package numpy > layer core]"));
  EXPECT_THAT(reasons(record, "recheck", "ml"),
              ElementsAre("package-changed: numpy 1.24.3 → 1.24.4 [package numpy > layer core > layer ml]"));
  EXPECT_THAT(
      reasons(record, "redeploy", "predict"),
      ElementsAre("package-changed: numpy 1.24.3 → 1.24.4 [package numpy > layer core > function predict]"));
  EXPECT_EQ(record.items("rebuild")[0].items("reasons")[0].text("from"), "1.24.3");
  EXPECT_EQ(record.items("rebuild")[0].items("reasons")[0].text("to"), "1.24.4");
}

TEST_F(AffectedTest, APackageIsReachedThroughWhatNeedsIt) {
  commit();
  packages_["joblib"].version = "1.3.0";
  lock_all();
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("layer ml"));
  EXPECT_THAT(
      reasons(record, "rebuild", "ml"),
      ElementsAre(
          "package-changed: joblib 1.2.0 → 1.3.0 [package joblib > package scikit-learn > layer ml]"));
}

TEST_F(AffectedTest, WhatDecidesNoBytesAndNoBehaviourIsNoChange) {
  commit();
  edit("[layers.core]",
       "# what everybody needs\n\n[layers.core]   # here\nowner = \"team\"\ndescription = \"said better\"");
  edit("name = \"shop\"", "name   =   'shop'");
  write("README.md", "unused\n");
  write("functions/predict/__pycache__/app.cpython-311.pyc", "stale");
  expect_nothing(affected());
}

TEST_F(AffectedTest, WhatTestsSeeCallsForThemAgain) {
  edit("[layers.core]\n",
       "[layers.core]\ntests = \"python layers/core/tests/run.py\"\ntest_files = [\"rows\"]\n");
  write("layers/core/tests/run.py", "assert True\n");
  write("layers/core/tests/other.py", "");
  write("rows/a.json", "1\n");
  commit();
  write("layers/core/tests/other.py", "no test sees it\n");
  expect_nothing(affected());
  write("layers/core/tests/run.py", "assert 1\n");
  write("layers/core/conftest.py", "");
  write("rows/b.json", "2\n");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), IsEmpty());
  EXPECT_THAT(names(record, "recheck"), ElementsAre("layer core"));
  EXPECT_THAT(reasons(record, "recheck", "core"),
              ElementsAre(HasSubstr("layers/core/conftest.py, which its tests see, is new"),
                          HasSubstr("layers/core/tests/run.py, which its tests see, changed"),
                          HasSubstr("rows/b.json, which its tests see, is new")));
}

TEST_F(AffectedTest, AFileTouchesItsFunctionAlone) {
  commit();
  write("functions/predict/model.txt", "boosted\n");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("function predict"));
  EXPECT_THAT(names(record, "recheck"), IsEmpty());
  EXPECT_THAT(names(record, "redeploy"), ElementsAre("function predict"));
  EXPECT_THAT(reasons(record, "rebuild", "predict"),
              ElementsAre("file-changed: functions/predict/model.txt changed [file "
                          "functions/predict/model.txt > function predict]"));
}

TEST_F(AffectedTest, FilesOfALayerReachItsFunctions) {
  commit();
  write("lib/tools/deep/more.py", "y = 2\n");
  remove("lib/tools/__init__.py");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("layer aws"));
  EXPECT_THAT(names(record, "redeploy"), ElementsAre("function report"));
  EXPECT_THAT(reasons(record, "rebuild", "aws"),
              ElementsAre(HasSubstr("file-changed: lib/tools/deep/more.py"),
                          HasSubstr("file-removed: lib/tools/__init__.py is gone")));
}

TEST_F(AffectedTest, ARenameSaysFromWhereToWhereAndAMovedFolderIsNoChange) {
  commit();
  git({"mv", "lib/tools/deep/more.py", "lib/tools/deep/less.py"});
  EXPECT_THAT(
      reasons(affected(), "rebuild", "aws"),
      ElementsAre(HasSubstr("file-renamed: lib/tools/deep/more.py is called lib/tools/deep/less.py now")));
  git({"reset", "-q", "--hard"});
  git({"mv", "lib", "source"});
  edit("lib/tools", "source/tools");
  expect_nothing(affected());
}

TEST_F(AffectedTest, AnExecutableBitIsAChange) {
  commit();
  std::filesystem::permissions(root() / "functions/report/app.py", std::filesystem::perms::owner_all);
  EXPECT_THAT(reasons(affected(), "rebuild", "report"),
              ElementsAre(HasSubstr("mode-changed: functions/report/app.py is now executable")));
}

TEST_F(AffectedTest, SettingsOfAFunctionMoveItWithoutBuilding) {
  commit();
  edit("memory = 512", "memory = 1024\nenvironment = { TOKEN = \"secret\" }");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), IsEmpty());
  EXPECT_THAT(names(record, "recheck"), ElementsAre("function predict"));
  EXPECT_THAT(
      reasons(record, "redeploy", "predict"),
      ElementsAre(
          "setting-changed: environment.TOKEN is new [setting functions.predict.environment.TOKEN > function "
          "predict]",
          "setting-changed: memory: 512 → 1024 [setting functions.predict.memory > function predict]"));
  EXPECT_EQ(document::render_json(record).find("secret"), std::string::npos);
}

TEST_F(AffectedTest, SettingsOfALayerThatDecideBytesRebuildIt) {
  commit();
  edit("requirements = [\"numpy\"]",
       "requirements = [\"numpy\"]\nprune = { drop = [\"numpy/tests/**\"] }\nstrip = false");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("layer core"));
  EXPECT_THAT(reasons(record, "rebuild", "core"),
              ElementsAre("setting-changed: prune.drop: nothing → numpy/tests/** [setting "
                          "layers.core.prune.drop > layer core]",
                          "setting-changed: strip: yes → no [setting layers.core.strip > layer core]"));
}

TEST_F(AffectedTest, AnEnvironmentsSettingsMoveWhatIsDeployedThere) {
  commit();
  edit("account = \"111122223333\"", "account = \"111122223334\"");
  edit("state = \"dir:state\"\n",
       "state = \"dir:state\"\n\n[environments.dev.functions.report]\ntimeout = 9\n");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), IsEmpty());
  EXPECT_THAT(names(record, "recheck"), IsEmpty());
  EXPECT_THAT(
      reasons(record, "redeploy", "predict"),
      ElementsAre(HasSubstr("environment-changed: account: 111122223333 → 111122223334 in environment dev")));
  EXPECT_THAT(reasons(record, "redeploy", "report"),
              Contains(HasSubstr("timeout: 3 → 9 in environment dev")));
}

TEST_F(AffectedTest, AnEventOfACheckRechecksAlone) {
  commit();
  write("events/rows.json", "{\"a\": 1}\n");
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), IsEmpty());
  EXPECT_THAT(names(record, "redeploy"), IsEmpty());
  EXPECT_THAT(reasons(record, "recheck", "predict"),
              ElementsAre("file-changed: events/rows.json, which a check reads, changed [file "
                          "events/rows.json > function predict]"));
}

TEST_F(AffectedTest, WhatGitIgnoresButALayerIncludesIsTold) {
  commit();
  edit("packages = [\"lib/tools\"]", "packages = [\"lib/tools\", \"generated/client\"]");
  commit();
  write("generated/client/api.py", "z = 1\n");
  EXPECT_THAT(reasons(affected(), "rebuild", "aws"),
              ElementsAre(HasSubstr("file-untracked: generated/client/api.py is not in git, so commit ")));
}

TEST_F(AffectedTest, ALinkCountsByWhatItLeadsTo) {
  write("shared/data.txt", "1");
  std::filesystem::create_symlink("../../shared/data.txt", root() / "functions/report/data.txt");
  commit();
  settle();
  write("shared/data.txt", "2");
  EXPECT_THAT(reasons(affected(), "rebuild", "report"),
              ElementsAre(HasSubstr("functions/report/data.txt (a link to shared/data.txt) changed")));
  commit();
  const Value record = affected(since("HEAD~1", "HEAD"));
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("function report"))
      << "though the folder's own id is as it was";
}

TEST_F(AffectedTest, BeforeTheWorkspaceWasThereEverythingIsNew) {
  git({"rm", "-q", "-r", "--cached", "--ignore-unmatch", "."});
  git({"commit", "-q", "--allow-empty", "-m", "nothing yet"});
  commit();
  const Value record = affected(since("HEAD~1"));
  EXPECT_THAT(names(record, "rebuild"),
              ElementsAre("layer core", "layer ml", "layer aws", "function predict", "function report"));
  EXPECT_THAT(names(record, "redeploy"), ElementsAre("function predict", "function report"));
  EXPECT_THAT(reasons(record, "rebuild", "core"), ElementsAre(HasSubstr("layer-added: layer core is new")));
}

TEST_F(AffectedTest, APastThatCannotBeReadMakesEverythingNewAndSaysWhy) {
  write("lamella.toml", "schema = 1\nnonsense\n");
  commit();
  write("lamella.toml", toml());
  const Value record = affected();
  EXPECT_EQ(record.items("rebuild").size(), 5U);
  ASSERT_EQ(record.items("warnings").size(), 1U);
  EXPECT_EQ(record.items("warnings")[0].text("kind"), "unreadable");
  EXPECT_EQ(commands::affected({.project = root()}, since("HEAD~0", "HEAD")).error().code(),
            ErrorCode::kUsage);
}

TEST_F(AffectedTest, TwoCommitsAreComparedWithoutTheWorkingTree) {
  commit();
  write("functions/report/app.py", "changed\n");
  commit();
  write("functions/predict/app.py", "dirty\n");
  EXPECT_THAT(names(affected(since("HEAD~1", "HEAD")), "rebuild"), ElementsAre("function report"));
  EXPECT_THAT(names(affected(since("HEAD~1")), "rebuild"),
              ElementsAre("function predict", "function report"));
  expect_nothing(affected(since("HEAD", "HEAD")));
}

TEST_F(AffectedTest, AMergeBaseLeavesOutWhatTheOtherSideDid) {
  commit();
  git({"checkout", "-q", "-b", "feature"});
  write("functions/report/app.py", "mine\n");
  commit();
  git({"checkout", "-q", "main"});
  write("functions/predict/app.py", "theirs\n");
  commit();
  git({"checkout", "-q", "feature"});
  EXPECT_THAT(names(affected({.since = {}, .merge_base = "main", .to = {}}), "rebuild"),
              ElementsAre("function report"));
  EXPECT_THAT(names(affected(since("main")), "rebuild"), ElementsAre("function predict", "function report"));
}

TEST_F(AffectedTest, NewAndRemovedThingsAreTold) {
  commit();
  edit("[layers.aws]", "[layers.extra]\npackages = [\"lib/tools\"]\n\n[layers.aws]");
  edit("[functions.report]\nsource = \"functions/report\"",
       "[functions.summary]\nsource = \"functions/report\"");
  lock_all();
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), ElementsAre("layer extra", "function summary"));
  EXPECT_THAT(names(record, "removed"), ElementsAre("function report"));
}

TEST_F(AffectedTest, ATargetThatALayerLosesIsTold) {
  edit("[layers.aws]\n", "[layers.aws]\narchitectures = [\"x86_64\", \"arm64\"]\n");
  lock_all();
  commit();
  edit("architectures = [\"x86_64\", \"arm64\"]\n", "");
  lock_all();
  const Value record = affected();
  EXPECT_THAT(names(record, "rebuild"), IsEmpty());
  EXPECT_THAT(names(record, "removed"), ElementsAre("layer aws"));
  EXPECT_THAT(reasons(record, "removed", "aws"), ElementsAre(HasSubstr("aws is no longer built for py")));
}

TEST_F(AffectedTest, AnotherBudgetOfTheProjectIsTold) {
  commit();
  edit("[project]\n", "[project]\nbudget = { unzipped = \"1 MB\" }\n");
  const Value record = affected();
  ASSERT_EQ(record.items("warnings").size(), 1U);
  EXPECT_THAT(record.items("warnings")[0].text("text"),
              HasSubstr("project.budget.unzipped: nothing → 1000000"));
}

TEST_F(AffectedTest, AStaleLockIsSaidAndItsRequirementsAreComparedAsWritten) {
  commit();
  edit("requirements = [\"numpy\"]", "requirements = [\"numpy>=1.25\"]");
  const Value record = affected();
  EXPECT_THAT(reasons(record, "rebuild", "core"),
              ElementsAre(HasSubstr("requirements-changed: the requirements of core changed")));
  ASSERT_EQ(record.items("warnings").size(), 1U);
  EXPECT_EQ(record.items("warnings")[0].text("kind"), "lock-stale");
  remove("locks");
  EXPECT_THAT(names(affected(), "rebuild"), ElementsAre("layer core", "layer ml", "layer aws"));
}

TEST_F(AffectedTest, AMovedPackageSaysWhoShipsItNow) {
  commit();
  edit("requirements = [\"numpy\"]", "requirements = [\"numpy\", \"joblib\"]");
  lock_all();
  const Value record = affected();
  EXPECT_THAT(reasons(record, "rebuild", "core"),
              ElementsAre(HasSubstr("package-added: joblib 1.2.0 is new")));
  EXPECT_THAT(reasons(record, "rebuild", "ml"),
              ElementsAre(HasSubstr("package-removed: joblib 1.2.0 comes from a layer below now")));
}

TEST_F(AffectedTest, ManyChangesOfALayerArePassedOnInPart) {
  for (int i = 0; i < 30; ++i) write("lib/tools/m" + std::to_string(i) + ".py", "a\n");
  commit();
  for (int i = 0; i < 30; ++i) write("lib/tools/m" + std::to_string(i) + ".py", "b\n");
  const Value record = affected();
  EXPECT_EQ(reasons(record, "rebuild", "aws").size(), 30U);
  EXPECT_EQ(reasons(record, "redeploy", "report").size(), 21U);
  EXPECT_THAT(reasons(record, "redeploy", "report").back(),
              HasSubstr("and 10 more changes of layer aws [layer aws > function report]"));
}

TEST_F(AffectedTest, OneThingToCompareWithMustBeNamed) {
  commit();
  EXPECT_THAT(commands::affected({.project = root()}, {}).error().to_string(),
              HasSubstr("say what to compare with"));
  EXPECT_FALSE(
      commands::affected({.project = root()}, {.since = "HEAD", .merge_base = "HEAD", .to = {}}).has_value());
}

}  // namespace
}  // namespace lamella::commands
