// SPDX-License-Identifier: Apache-2.0
#include "config/project_files.h"

#include <gtest/gtest.h>

namespace lamella::config {
namespace {

model::Requirements wanted(std::vector<std::string> extras = {}, std::vector<std::string> groups = {}) {
  model::Requirements out;
  for (std::string& one : extras) out.extras.push_back({std::move(one), {}});
  for (std::string& one : groups) out.groups.push_back({std::move(one), {}});
  return out;
}

std::string texts(const std::vector<RequirementLine>& lines) {
  std::string out;
  for (const RequirementLine& line : lines) {
    out += (out.empty() ? "" : "\n") + to_string(line.requirement);
    for (const std::string& hash : line.hashes) out += " " + hash.substr(0, 10);
  }
  return out;
}

std::string required(const std::string& path, const std::string& text, const model::Requirements& what) {
  const auto read = parse_project_file(text, path, what);
  return read ? texts(read->requirements)
              : "exit " + std::to_string(static_cast<int>(read.error().code())) + " " +
                    read.error().to_string();
}

const std::string kPyproject = R"([project]
name = "Shop"
dependencies = ["numpy>=1.24", "six ; python_version < '3'"]
[project.optional-dependencies]
web = ["flask[async]", "shop[cache]"]
cache = ["redis"]
[dependency-groups]
ml = ["pandas", { include-group = "base" }]
base = ["joblib"]
round = [{ include-group = "Trip" }]
trip = [{ include-group = "round" }]
)";

TEST(ProjectFiles, are_known_by_their_name) {
  for (const char* path : {"pyproject.toml", "a/b/uv.lock", "pylock.toml", "x/pylock.web.toml"})
    EXPECT_TRUE(is_project_file(path)) << path;
  for (const char* path : {"requirements.txt", "my-pyproject.toml", "pylock-web.toml"})
    EXPECT_FALSE(is_project_file(path)) << path;
}

TEST(ProjectFiles, pyproject_gives_what_it_needs_with_the_extras_asked_for) {
  EXPECT_EQ(required("pyproject.toml", kPyproject, wanted()), "numpy>=1.24\nsix ; python_version < '3'");
  EXPECT_EQ(required("pyproject.toml", kPyproject, wanted({"web"})),
            "numpy>=1.24\nsix ; python_version < '3'\nflask[async]\nredis");
}

TEST(ProjectFiles, pyproject_gives_a_dependency_group_alone) {
  EXPECT_EQ(required("pyproject.toml", kPyproject, wanted({}, {"ML"})), "pandas\njoblib");
}

TEST(ProjectFiles, groups_that_include_each_other_show_the_path) {
  const std::string text = required("pyproject.toml", kPyproject, wanted({}, {"round"}));
  EXPECT_NE(text.find("exit 2 "), std::string::npos) << text;
  EXPECT_NE(text.find("dependency groups include each other in a circle: round → trip → round"),
            std::string::npos)
      << text;
}

TEST(ProjectFiles, an_absent_group_or_extra_has_the_nearest_name) {
  EXPECT_NE(required("pyproject.toml", kPyproject, wanted({}, {"mll"})).find("did you mean \"ml\"?"),
            std::string::npos);
  EXPECT_NE(required("pyproject.toml", kPyproject, wanted({"webb"})).find("has no extra 'webb'"),
            std::string::npos);
}

TEST(ProjectFiles, dynamic_dependencies_and_addresses_are_refused) {
  EXPECT_NE(required("pyproject.toml", "[project]\nname = \"x\"\ndynamic = [\"dependencies\"]\n", wanted())
                .find("exit 2 "),
            std::string::npos);
  const std::string outside = required(
      "pyproject.toml", "[project]\nname = \"x\"\ndependencies = [\"a @ https://u:p@h/a.whl\"]\n", wanted());
  EXPECT_NE(outside.find("'a' comes from outside the index"), std::string::npos) << outside;
  EXPECT_NE(required("pyproject.toml", "[tool.x]\n", wanted()).find("has no [project] table"),
            std::string::npos);
}

const std::string kUvLock = R"(version = 1
requires-python = ">=3.11"
[[package]]
name = "shop"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "numpy" }, { name = "jobs", extra = ["fast"], marker = "sys_platform == 'linux'" }]
[package.optional-dependencies]
web = [{ name = "flask" }]
[package.dev-dependencies]
test = [{ name = "pytest" }]
[[package]]
name = "numpy"
version = "1.0"
source = { registry = "https://h/simple" }
resolution-markers = ["python_version < '3.12'"]
wheels = [{ url = "https://h/numpy-1.0-py3-none-any.whl", hash = "sha256:aaaa" }]
[[package]]
name = "numpy"
version = "2.0"
source = { registry = "https://h/simple" }
resolution-markers = ["python_version >= '3.12'", "python_version >= '3.13'"]
wheels = [{ url = "https://h/numpy-2.0-py3-none-any.whl", hash = "sha256:bbbb" }]
[[package]]
name = "flask"
version = "3.0"
source = { git = "https://h/flask?rev=1" }
)";

TEST(ProjectFiles, uv_lock_gives_the_projects_needs_and_its_versions_as_constraints) {
  const auto read = parse_project_file(kUvLock, "uv.lock", wanted());
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(texts(read->requirements), "numpy\njobs[fast] ; sys_platform == 'linux'");
  EXPECT_EQ(texts(read->constraints),
            "numpy==1.0 ; (python_version < '3.12') sha256:aaa\n"
            "numpy==2.0 ; (python_version >= '3.12') or (python_version >= '3.13') sha256:bbb");
  EXPECT_EQ(required("uv.lock", kUvLock, wanted({}, {"test"})), "pytest");
  EXPECT_NE(required("uv.lock", kUvLock, wanted({"web"})).find("'flask' comes from outside the index"),
            std::string::npos);
  EXPECT_NE(required("uv.lock", "version = 1\n", wanted()).find("exit 2 "), std::string::npos);
}

TEST(ProjectFiles, pylock_gives_every_package_at_its_version) {
  const std::string text = R"(lock-version = "1.0"
[[packages]]
name = "numpy"
version = "1.0"
marker = "python_version < '3.12'"
wheels = [{ url = "https://h/n.whl", hashes = { sha256 = "aaaaaaaa" } }]
)";
  EXPECT_EQ(required("pylock.toml", text, wanted()), "numpy==1.0 ; python_version < '3.12' sha256:aaa");
  EXPECT_NE(
      required("pylock.web.toml", text + "[[packages]]\nname = \"x\"\nvcs = { type = \"git\" }\n", wanted())
          .find("'x' comes from outside the index"),
      std::string::npos);
  EXPECT_NE(
      required("pylock.toml", text + "[[packages]]\nname = \"x\"\nmarker = \"'a' in extras\"\n", wanted())
          .find("for some extras or groups only"),
      std::string::npos);
}

}  // namespace
}  // namespace lamella::config
