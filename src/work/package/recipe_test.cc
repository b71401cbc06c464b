// SPDX-License-Identifier: Apache-2.0
#include "package/recipe.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

#include "crypto/sha256.h"
#include "package/segment_maker.h"

namespace lamella::package {
namespace {

using model::BytecodeMode;

model::Glob glob(std::string_view text) { return model::Glob::parse(text).value(); }

Recipe example() {
  Recipe recipe;
  recipe.wheel = {
      "numpy", "1.24.3", "numpy-1.24.3-cp311-cp311-manylinux2014_x86_64.whl", "u", crypto::sha256("wheel"),
      17};
  recipe.rules = {
      {"generic/tests", {.id = "tests", .drop = {glob("**/tests/**")}, .keep = {glob("numpy/tests/x.py")}}}};
  recipe.drop = {glob("numpy/doc/**")};
  recipe.keep = {glob("numpy/doc/kept.py")};
  recipe.services = {"s3"};
  recipe.bytecode.settings.patterns = {{glob("numpy/core/**"), BytecodeMode::kNone}};
  recipe.bytecode.settings.traced = BytecodeMode::kOnly;
  recipe.bytecode.traced = {"numpy/__init__.py"};
  recipe.interpreter = "3.11.2";
  return recipe;
}

using Change = std::pair<std::string, std::function<void(Recipe&)>>;

TEST(RecipeKey, ChangesWithEachPartAlone) {
  const std::vector<Change> changes = {
      {"wheel", [](Recipe& r) { r.wheel.sha256 = crypto::sha256("other"); }},
      {"distribution", [](Recipe& r) { r.wheel.distribution = "scipy"; }},
      {"runtime", [](Recipe& r) { r.target.runtime.minor = 12; }},
      {"architecture", [](Recipe& r) { r.target.architecture = model::Architecture::kArm64; }},
      {"layout", [](Recipe& r) { r.layout = Layout::function(); }},
      {"mount", [](Recipe& r) { r.layout.mount = "/elsewhere/"; }},
      {"rule gone", [](Recipe& r) { r.rules.clear(); }},
      {"rule name", [](Recipe& r) { r.rules[0].name = "numpy/tests"; }},
      {"rule drop", [](Recipe& r) { r.rules[0].rule.drop.push_back(glob("x")); }},
      {"rule keep", [](Recipe& r) { r.rules[0].rule.keep.clear(); }},
      {"rule glob moved", [](Recipe& r) { std::swap(r.rules[0].rule.drop, r.rules[0].rule.keep); }},
      {"drop", [](Recipe& r) { r.drop.clear(); }},
      {"drop to keep",
       [](Recipe& r) {
         r.keep.push_back(r.drop[0]);
         r.drop.clear();
       }},
      {"keep", [](Recipe& r) { r.keep = {glob("numpy/doc/other.py")}; }},
      {"put back", [](Recipe& r) { r.put_back["generic/tests"] = {glob("numpy/tests/a.py")}; }},
      {"put back in another rule",
       [](Recipe& r) { r.put_back["drop numpy/doc/**"] = {glob("numpy/tests/a.py")}; }},
      {"services", [](Recipe& r) { r.services.emplace_back("sts"); }},
      {"all services", [](Recipe& r) { r.services.clear(); }},
      {"fallback", [](Recipe& r) { r.bytecode.settings.fallback = BytecodeMode::kNone; }},
      {"traced mode", [](Recipe& r) { r.bytecode.settings.traced.reset(); }},
      {"traced modules", [](Recipe& r) { r.bytecode.traced.emplace_back("numpy/core/__init__.py"); }},
      {"limit", [](Recipe& r) { r.bytecode.only_for.emplace(); }},
      {"limited modules", [](Recipe& r) { r.bytecode.only_for = {"numpy/__init__.py"}; }},
      {"pattern mode", [](Recipe& r) { r.bytecode.settings.patterns[0].mode = BytecodeMode::kOnly; }},
      {"pattern", [](Recipe& r) { r.bytecode.settings.patterns.clear(); }},
      {"interpreter", [](Recipe& r) { r.interpreter = "3.11.3"; }},
      {"strip", [](Recipe& r) { r.strip = false; }},
      {"unstripped", [](Recipe& r) { r.unstripped = {"numpy/a.so"}; }},
  };
  std::map<Digest, std::string> seen = {{example().key(), "the example"}};
  for (const auto& [name, change] : changes) {
    Recipe changed = example();
    change(changed);
    const auto [at, fresh] = seen.emplace(changed.key(), name);
    EXPECT_TRUE(fresh) << name << " gives the key of " << at->second;
  }
}

TEST(RecipeKey, DoesNotChangeWithWhatCannotChangeTheBytes) {
  const std::vector<Change> changes = {
      {"url", [](Recipe& r) { r.wheel.url = "https://mirror.example/numpy.whl"; }},
      {"file name", [](Recipe& r) { r.wheel.filename = "numpy.whl"; }},
      {"size", [](Recipe& r) { r.wheel.size = 0; }},
      {"why", [](Recipe& r) { r.rules[0].rule.why = "better said"; }},
      {"needs, which were met",
       [](Recipe& r) {
         r.rules[0].rule.needs = {{"numpy", "<2"}};
       }},
      {"profile, which applied",
       [](Recipe& r) { r.rules[0].rule.profile = model::PruneProfile::kAggressive; }},
  };
  for (const auto& [name, change] : changes) {
    Recipe changed = example();
    change(changed);
    EXPECT_EQ(changed.key(), example().key()) << name;
  }
}

TEST(LocalRecipeKey, ChangesWithEachPartAlone) {
  const auto made = [](const std::function<void(LocalRecipe&)>& change) {
    LocalRecipe recipe{.name = "in-repo", .mount = "/opt/", .interpreter = "3.11.2"};
    recipe.files = {{"python/a.py", "/somewhere/a.py", crypto::sha256("a"), false, true}};
    change(recipe);
    return recipe.key();
  };
  const Digest base = made([](LocalRecipe&) {});
  std::map<Digest, int> seen = {{base, 0}};
  int number = 0;
  for (const std::function<void(LocalRecipe&)>& change : std::vector<std::function<void(LocalRecipe&)>>{
           [](LocalRecipe& r) { r.files[0].name = "python/b.py"; },
           [](LocalRecipe& r) { r.files[0].sha256 = crypto::sha256("b"); },
           [](LocalRecipe& r) { r.files[0].executable = true; },
           [](LocalRecipe& r) { r.files[0].module = false; }, [](LocalRecipe& r) { r.files.clear(); },
           [](LocalRecipe& r) { r.mount = "/var/task/"; },
           [](LocalRecipe& r) { r.bytecode = BytecodeMode::kOnly; },
           [](LocalRecipe& r) { r.runtime.minor = 12; }, [](LocalRecipe& r) { r.interpreter = ""; }}) {
    EXPECT_TRUE(seen.emplace(made(change), ++number).second) << "change " << number;
  }
  EXPECT_EQ(base, made([](LocalRecipe& r) { r.files[0].path = "/elsewhere/a.py"; }));
  EXPECT_EQ(base, made([](LocalRecipe& r) { r.name = "another label"; }));
}

TEST(BytecodePlan, TracedModulesGetTheTracedMode) {
  BytecodePlan plan;
  plan.settings.fallback = BytecodeMode::kNone;
  plan.settings.traced = BytecodeMode::kOnly;
  plan.traced = {"a/__init__.py", "a/b.py"};
  EXPECT_EQ(plan.mode_of("a/b.py"), BytecodeMode::kOnly);
  EXPECT_EQ(plan.mode_of("a/c.py"), BytecodeMode::kNone);
  EXPECT_EQ(plan.mode_of("a/b.pyx"), BytecodeMode::kNone);
  plan.only_for = {"a/b.py"};
  EXPECT_EQ(plan.mode_of("a/b.py"), BytecodeMode::kOnly);
  EXPECT_EQ(plan.mode_of("a/__init__.py"), BytecodeMode::kNone) << "a budget leaves it out";
}

}  // namespace
}  // namespace lamella::package
