// SPDX-License-Identifier: Apache-2.0
#include "build/narrow.h"

#include <gmock/gmock.h>

#include "build/build_fixture.h"

namespace lamella::build {
namespace {

using testing::ElementsAre;

/// core <- ml; "predict" uses both, "report" nothing; "apart" and core share packages/shared.
class NarrowTest : public BuildTest {
 protected:
  void SetUp() override {
    write("packages/core/a.py", "a = 1");
    write("packages/shared/s.py", "s = 1");
    write("packages/ml/m.py", "m = 1");
    add_layer("core", {}).packages = {placed("packages/core"), placed("packages/shared")};
    add_layer("ml", {}, {"core"}).packages = {placed("packages/ml")};
    add_layer("apart", {}).packages = {placed("packages/shared")};
    add_function("predict", {"core", "ml"});
    add_function("report", {});
    build_all();
  }
  std::vector<std::string> names(const std::vector<std::string>& changed,
                                 const Request& request = unproved()) {
    const auto found = narrowed(workspace_, load_manifest(root()), request, changed);
    if (!found) return {"everything"};
    return {found->begin(), found->end()};
  }
};

TEST_F(NarrowTest, TakesTheOwnersAndWhatIsMountedWithThem) {
  EXPECT_THAT(names({"packages/core/a.py"}), ElementsAre("core", "ml", "predict"));
  EXPECT_THAT(names({"packages/ml"}), ElementsAre("ml", "predict"));
  EXPECT_THAT(names({"packages/shared/s.py"}), ElementsAre("apart", "core", "ml", "predict"));
  EXPECT_THAT(names({"functions/report/app.py", "functions/report"}), ElementsAre("report"));
}

TEST_F(NarrowTest, OtherPathsNarrowNothing) {
  for (const char* path : {"lamella.toml", "locks/rules.toml", "packages/other/a.py",
                           "packages/corecore/a.py", ".lamella/build.json", "/usr/bin/python3.11"}) {
    EXPECT_THAT(names({"packages/ml/m.py", path}), ElementsAre("everything")) << path;
  }
  EXPECT_THAT(names({}), ElementsAre("everything"));
  EXPECT_THAT(names({"packages/ml/m.py"}, {.names = {"ml"}, .skip_checks = true}), ElementsAre("everything"));
  add_layer("new", {}).packages = {placed("packages/ml")};
  EXPECT_THAT(names({"packages/ml/m.py"}), ElementsAre("everything")) << "one was never built";
}

TEST_F(NarrowTest, WhereBytecodeIsPlacedByImportsEveryProofHasASay) {
  Manifest last = load_manifest(root());
  last.made.front().bought.emplace_back();
  EXPECT_FALSE(narrowed(workspace_, last, unproved(), {"packages/ml/m.py"}).has_value());
}

TEST_F(NarrowTest, ABuildOfOneFileEqualsABuildOfEverything) {
  settle();
  build_all();
  write("packages/ml/m.py", "m = 2");
  constexpr std::int64_t kLater = 1'700'000'001'000'000'000;
  for (const char* path : {"packages/ml/m.py", "packages/ml"})
    ASSERT_TRUE(os::set_mtime(root() / path, kLater).has_value());
  auto seen = look(root(), unproved());
  ASSERT_TRUE(seen.has_value());
  EXPECT_THAT(seen->changed, testing::Contains("packages/ml/m.py"));
  const auto report = build::build(tools_, workspace_, locks(), unproved(), {}, {}, *std::move(seen));
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  std::vector<std::string> told;
  for (const Made& made : report->made)
    told.push_back(made.artifact.name + " " + std::string(to_string(made.artifact.action)));
  EXPECT_THAT(told, ElementsAre("core unchanged", "ml built", "apart unchanged", "predict unchanged",
                                "report unchanged"));
  EXPECT_TRUE(unchanged_since(root(), unproved()).value().has_value()) << "the index covers everything again";
  const Report whole = build_all({.skip_checks = true, .clean = true});
  ASSERT_EQ(whole.made.size(), report->made.size());
  for (std::size_t i = 0; i < whole.made.size(); ++i)
    EXPECT_EQ(whole.made[i].artifact.sha256, report->made[i].artifact.sha256);
}

}  // namespace
}  // namespace lamella::build
