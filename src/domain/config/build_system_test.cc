// SPDX-License-Identifier: Apache-2.0
#include "config/build_system.h"

#include <gmock/gmock.h>

#include <map>

namespace lamella::config {
namespace {

using testing::HasSubstr;

/// Files by path; folders are not asked for.
class MapTree final : public base::FileTree {
 public:
  explicit MapTree(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return std::optional<base::TreeEntry>();
    return std::optional(base::TreeEntry{found->first, base::FileKind::kFile, false, found->second.size()});
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view) const override {
    return std::vector<base::TreeEntry>();
  }
  Result<std::optional<std::string>> read(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    return found == files_.end() ? std::optional<std::string>() : std::optional(found->second);
  }

 private:
  std::map<std::string, std::string> files_;
};

Result<std::optional<BuildSystem>> read(const std::string& pyproject,
                                        std::map<std::string, std::string> more = {}) {
  more["libs/shop/pyproject.toml"] = pyproject;
  return read_build_system(MapTree(std::move(more)), "libs/shop");
}

TEST(BuildSystem, OfASourceIsSetuptoolsUnlessItSaysOtherwise) {
  const auto source = [](std::map<std::string, std::string> files) {
    return read_source_build_system(MapTree(std::move(files)), "top-1.0", "top");
  };
  const std::string path = "top-1.0/pyproject.toml";
  for (const auto& files : {std::map<std::string, std::string>{},
                            {{path, "[tool.black]\n"}},
                            {{path, "[build-system]\nrequires = [\"setuptools>=40.8.0\"]\n"}}}) {
    const auto system = source(files);
    ASSERT_TRUE(system.has_value()) << system.error().to_string();
    EXPECT_EQ(system->backend, "setuptools.build_meta:__legacy__");
    ASSERT_EQ(system->requirements.size(), 1U);
    EXPECT_EQ(to_string(system->requirements[0].requirement), "setuptools>=40.8.0");
  }
  // One that is a package at its top, and one whose name nothing says.
  const auto own = source(
      {{path, "[build-system]\nrequires = []\nbuild-backend = \"own\"\n"}, {"top-1.0/__init__.py", ""}});
  ASSERT_TRUE(own.has_value()) << own.error().to_string();
  EXPECT_EQ(own->backend, "own");
  EXPECT_EQ(own->name, "top");
  EXPECT_FALSE(
      source({{path, "[build-system]\nrequires = [\"x @ https://x.example/x.whl\"]\n"}}).has_value());
}

TEST(BuildSystem, IsReadWithWhatTheProjectNeeds) {
  const auto system = read(
      "[build-system]\nrequires = [\"hatchling==1.25.0\"]\nbuild-backend = \"hatchling.build\"\n"
      "[project]\nname = \"My_Shop\"\nversion = \"1.2\"\ndependencies = [\"six>=1.16\"]\n");
  ASSERT_TRUE(system.has_value()) << system.error().to_string();
  const BuildSystem& one = **system;
  EXPECT_EQ(one.name, "my-shop");
  EXPECT_EQ(one.version, "1.2");
  EXPECT_EQ(one.backend, "hatchling.build");
  ASSERT_EQ(one.requirements.size(), 1U);
  EXPECT_EQ(one.requirements.front().requirement.name, "hatchling");
  ASSERT_EQ(one.dependencies.size(), 1U);
  EXPECT_EQ(one.dependencies.front().requirement.name, "six");
}

TEST(BuildSystem, OlderProjectsHaveTheirNameInSetupCfg) {
  const auto system = read("[build-system]\nrequires = [\"setuptools\"]\n",
                           {{"libs/shop/setup.cfg",
                             "[options]\nname = no\n[metadata]\nname = shop\nversion = attr: "
                             "shop.VERSION\n"}});
  ASSERT_TRUE(system.has_value()) << system.error().to_string();
  EXPECT_EQ((*system)->name, "shop");
  EXPECT_EQ((*system)->version, "");
  EXPECT_EQ((*system)->backend, "setuptools.build_meta:__legacy__");
}

TEST(BuildSystem, WhatOnlyTheBuildKnowsIsForItsWheelToSay) {
  const auto system = read(
      "[build-system]\nrequires = []\nbuild-backend = \"own\"\nbackend-path = [\"tools\"]\n"
      "[project]\nname = \"shop\"\ndynamic = [\"version\", \"dependencies\"]\n");
  ASSERT_TRUE(system.has_value()) << system.error().to_string();
  EXPECT_EQ((*system)->version, "");
  EXPECT_TRUE((*system)->dependencies.empty());
  EXPECT_EQ((*system)->backend_path, std::vector<std::string>{"tools"});
}

TEST(BuildSystem, OtherFoldersHaveNone) {
  EXPECT_EQ(read("[tool.black]\n").value(), std::nullopt);
  EXPECT_EQ(read("[build-system]\nrequires = []\n", {{"libs/shop/__init__.py", ""}}).value(), std::nullopt);
  EXPECT_EQ(read_build_system(MapTree({}), "libs/shop").value(), std::nullopt);
}

TEST(BuildSystem, AProjectOfSetuptoolsAloneIsRefused) {
  const auto refused = [](std::map<std::string, std::string> files) {
    const auto system = read_build_system(MapTree(std::move(files)), "libs/shop");
    return system ? "" : system.error().where();
  };
  const std::string script = "from setuptools import setup\nsetup(name='shop')\n";
  EXPECT_EQ(refused({{"libs/shop/setup.py", script}}), "libs/shop/setup.py");
  EXPECT_EQ(refused({{"libs/shop/setup.cfg", "[metadata]\nname = shop\n"}}), "libs/shop/setup.cfg");
  EXPECT_EQ(refused({{"libs/shop/setup.py", script}, {"libs/shop/pyproject.toml", "[tool.black]\n"}}),
            "libs/shop/setup.py");
  EXPECT_EQ(refused({{"libs/shop/setup.py", script}, {"libs/shop/__init__.py", ""}}), "");
  EXPECT_EQ(refused({{"libs/shop/setup.py", "def setup(): pass\n"}}), "");
  EXPECT_EQ(refused({{"libs/shop/setup.cfg", "[flake8]\nname = shop\n"}}), "");
}

TEST(BuildSystem, IsRefusedWhereItStands) {
  const auto nameless = read("[build-system]\nrequires = [\"setuptools\"]\n");
  ASSERT_FALSE(nameless.has_value());
  EXPECT_THAT(nameless.error().to_string(), HasSubstr("write [project] name"));
  const auto outside = read(
      "[build-system]\nrequires = [\"a @ https://elsewhere.example/a.whl\"]\n[project]\nname = \"shop\"\n");
  ASSERT_FALSE(outside.has_value());
  EXPECT_THAT(outside.error().to_string(), HasSubstr("libs/shop/pyproject.toml:2"));
  EXPECT_EQ(outside.error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace lamella::config
