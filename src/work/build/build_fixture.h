// SPDX-License-Identifier: Apache-2.0
//
// For tests: a workspace on disk with a store of its own, whose wheels are made by hand.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/event.h"
#include "build/builder.h"
#include "build/plan.h"
#include "os/directory.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/wheel_fixture.h"
#include "store/local_store.h"

namespace lamella::build {

class BuildTest : public testing::Test {
 protected:
  BuildTest() {
    workspace_.file = "lamella.toml";
    workspace_.project.name = "shop";
    lock_.group = {.name = "shop", .target = {}, .layers = {}, .functions = {}};
    lock_.lock.group = "shop";
  }

  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(os::make_directories((root() / path).parent_path()).has_value());
    ASSERT_TRUE(os::write_file_atomic(root() / path, text).has_value());
  }

  /// As if everything had been written long ago: what was written a moment before a build is not trusted by
  /// its time.
  void settle() {
    constexpr std::int64_t kThen = 1'700'000'000'000'000'000;
    std::vector<std::filesystem::path> all = {root()};
    for (const auto& one : std::filesystem::recursive_directory_iterator(root())) all.push_back(one.path());
    for (const auto& path : all) ASSERT_TRUE(os::set_mtime(path, kThen).has_value());
  }

  static model::PlacedText placed(std::string text) { return {std::move(text), {"lamella.toml", 1, 1}}; }

  /// A layer without bytecode that asks for these distributions.
  model::Layer& add_layer(const std::string& name, const std::vector<std::string>& requirements,
                          const std::vector<std::string>& depends_on = {}) {
    model::Layer layer;
    layer.name = name;
    layer.position = {"lamella.toml", 7, 1};
    layer.targets = {model::Target{}};
    layer.bytecode.fallback = model::BytecodeMode::kNone;
    for (const std::string& one : depends_on) layer.depends_on.push_back(placed(one));
    workspace_.layers.push_back(std::move(layer));
    lock_.group.layers.push_back(name);
    lock_.lock.roots.push_back({resolve::RootKind::kLayer, name, requirements});
    return workspace_.layers.back();
  }

  model::Function& add_function(const std::string& name, const std::vector<std::string>& layers,
                                const std::vector<std::string>& requirements = {}) {
    model::Function function;
    function.name = name;
    function.source = placed("functions/" + name);
    function.handler = placed("app.handler");
    function.bytecode.fallback = model::BytecodeMode::kNone;
    for (const std::string& layer : layers) function.layers.push_back(placed(layer));
    workspace_.functions.push_back(std::move(function));
    lock_.group.functions.push_back(name);
    lock_.lock.roots.push_back({resolve::RootKind::kFunction, name, requirements});
    write("functions/" + name + "/app.py", "def handler(event, context):\n    return 1\n");
    return workspace_.functions.back();
  }

  /// Locks a wheel of one module, which is in the store already.
  void lock_wheel(const std::string& name, const std::string& version,
                  const std::vector<std::string>& needs = {}, const std::string& source = "x = 1\n") {
    package::fixture::WheelMaker maker;
    maker.distribution = name;
    maker.version = version;
    maker.dist_info = name + "-" + version + ".dist-info";
    maker.files = {{name + "/__init__.py", source}, {name + "/tests/test_it.py", "assert True\n"}};
    const std::string bytes = maker.bytes();
    ASSERT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
    const package::Wheel wheel = maker.pinned(bytes);
    std::erase_if(lock_.lock.packages, [&](const auto& package) { return package.name == name; });
    resolve::LockedPackage locked{.name = name, .version = version};
    locked.wheel = {wheel.filename, "https://nowhere.invalid/" + wheel.filename, wheel.sha256, wheel.size};
    locked.needs[""] = needs;
    auto& packages = lock_.lock.packages;
    const auto after =
        std::find_if(packages.begin(), packages.end(), [&](const auto& one) { return one.name > name; });
    packages.insert(after, std::move(locked));
  }

  std::vector<GroupLock> locks() const { return {lock_}; }

  Result<std::vector<ArtifactPlan>> try_plan(const Request& request = {}, const RulesLock& rules = {}) {
    auto index = change::StatIndex::load(root(), root() / ".lamella/index");
    return plan_artifacts(tools_, workspace_, locks(), rules, request, index);
  }
  std::vector<ArtifactPlan> plan(const Request& request = {}, const RulesLock& rules = {}) {
    auto plans = try_plan(request, rules);
    EXPECT_TRUE(plans.has_value()) << plans.error().to_string();
    return plans.value_or(std::vector<ArtifactPlan>{});
  }

  static Request unproved() { return {.skip_checks = true}; }
  Result<Report> try_build(const Request& request = unproved()) {
    return build::build(tools_, workspace_, locks(), request, {}, {});
  }
  Report build_all(const Request& request = unproved()) {
    auto report = try_build(request);
    EXPECT_TRUE(report.has_value()) << report.error().to_string();
    return report ? std::move(*report) : Report{};
  }

  std::filesystem::path root() const { return folder_.path() / "workspace"; }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  std::unique_ptr<store::ContentStore> store_ =
      store::open_local_store({.root = folder_.path() / "cache"}).value();
  std::unique_ptr<store::ActionCache> actions_ = store::open_local_actions(folder_.path() / "cache").value();
  os::ThreadPool pool_{2};
  Tools tools_{root(), folder_.path() / "cache", *store_, *actions_, pool_, base::no_events(), {}, {}};
  model::Workspace workspace_;
  GroupLock lock_;
};

}  // namespace lamella::build
