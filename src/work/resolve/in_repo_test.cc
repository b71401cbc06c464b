// SPDX-License-Identifier: Apache-2.0
#include "resolve/in_repo.h"

#include <gtest/gtest.h>

#include "config/workspace_file.h"
#include "os/directory.h"
#include "os/directory_tree.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "resolve/lock_inputs.h"

namespace lamella::resolve {
namespace {

class InRepo : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    ASSERT_TRUE(os::make_directories((folder_.path() / path).parent_path()).has_value());
    ASSERT_TRUE(os::write_file_atomic(folder_.path() / path, text).has_value());
  }
  /// The requirements of layer "core", or the error.
  std::string read(const std::string& layer, const std::string& more = "") {
    const auto workspace = config::parse_workspace(
        more + "schema = 1\n[project]\nname = \"shop\"\n[layers.core]\n" + layer, "lamella.toml");
    if (!workspace) return workspace.error().to_string();
    const auto inputs =
        read_lock_inputs(os::DirectoryTree(folder_.path()), *workspace, lock_groups(*workspace).at(0));
    if (!inputs) {
      EXPECT_EQ(inputs.error().code(), ErrorCode::kUsage);
      return inputs.error().to_string();
    }
    std::string out;
    for (const auto& line : inputs->roots.at(0).requirements.requirements)
      out += (out.empty() ? "" : " | ") + config::to_string(line.requirement);
    return out;
  }
  static void expect_says(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << text;
  }
  void member(const std::string& folder, const std::string& name, const std::string& more = "") {
    write(folder + "/pyproject.toml",
          "[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n[project]\n"
          "name = \"" +
              name + "\"\nversion = \"1\"\n" + more);
  }
  std::string pyproject(const std::string& source, const std::string& more = "") {
    write("pyproject.toml",
          "[project]\nname = \"root\"\n" + more +
              "dependencies = [\"idna==3.6\", \"six\"]\n[tool.uv.sources]\nIdna = " + source + "\n");
    return read("requirements = \"pyproject.toml\"\npackages = [\"libs/m1\", \"libs/idna\"]\n",
                "lock.indexes.acme = { url = \"https://acme.example/simple\", packages = [\"idna\"] }\n");
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
};

const std::string kUvLock = R"(version = 1
requires-python = ">=3.11"
[[package]]
name = "root"
source = { virtual = "." }
dependencies = [{ name = "idna" }, { name = "m1", extra = ["fast"], marker = "os_name == 'posix'" }]
[[package]]
name = "m1"
source = { editable = "libs/m1" }
dependencies = [{ name = "six" }, { name = "m2" }]
[package.optional-dependencies]
fast = [{ name = "attrs", marker = "python_version >= '3'" }]
[[package]]
name = "m2"
source = { directory = "libs/m2" }
dependencies = [{ name = "m1" }, { name = "packaging" }]
[[package]]
name = "idna"
version = "3.6"
source = { registry = "https://h/simple" }
)";

TEST_F(InRepo, listed_members_of_a_uv_lock_are_left_out_and_what_they_need_is_followed) {
  write("uv.lock", kUvLock);
  write("libs/m1/m1.py", "");
  write("libs/m2/m2.py", "");
  EXPECT_EQ(read("requirements = \"uv.lock\"\npackages = [\"libs/m1\", \"libs/m2/src/m2\"]\n"),
            "idna | six ; os_name == 'posix' | packaging ; os_name == 'posix' | "
            "attrs ; (os_name == 'posix') and (python_version >= '3')");
  expect_says(read("requirements = \"uv.lock\"\npackages = [\"libs/m2\"]\n"),
              {"'m1' comes from outside the index", "uv.lock:7:",
               "list \"libs/m1\" under `packages` of layer core, or of a function that has it"});
  EXPECT_EQ(
      read("requirements = \"uv.lock\"\npackages = [\"libs/m2\"]\n[functions.f]\nsource = \"f\"\nhandler "
           "= \"a.b\"\nlayers = [\"core\"]\npackages = [\"libs/m1\"]\n")
          .substr(0, 10),
      "idna | six");
}

TEST_F(InRepo, members_beyond_the_workspace_are_refused) {
  for (const char* source : {"editable = \"../m1\"", "git = \"https://h/m1\"", "path = \"m1.whl\""}) {
    std::string lock = kUvLock;
    lock.replace(lock.find("editable = \"libs/m1\""), 20, source);
    write("uv.lock", lock);
    expect_says(read("requirements = \"uv.lock\"\n"),
                {"'m1' comes from outside the index", "publish it to the declared index"});
  }
}

TEST_F(InRepo, sources_of_uv_are_followed_or_refused_but_never_read_over) {
  member("libs/m1", "idna");
  write("libs/idna/__init__.py", "");
  EXPECT_EQ(pyproject("{ workspace = true }"), "six");
  EXPECT_EQ(pyproject("{ path = \"libs/m1\", editable = true }"), "six");
  EXPECT_EQ(pyproject("{ index = \"acme\" }"), "idna==3.6 | six");
  expect_says(
      pyproject("{ path = \"libs/other\" }"),
      {"'idna' comes from outside the index", "pyproject.toml:", "list \"libs/other\" under `packages`"});
  expect_says(
      pyproject("{ index = \"other\" }"),
      {"'idna' comes from outside the index", "declare [lock.indexes.other] with `packages = [\"idna\"]`"});
  for (const char* outside : {"{ git = \"https://h/idna\" }", "{ url = \"https://h/idna.whl\" }",
                              "{ path = \"../idna\" }", "{ path = \"idna-3.6.tar.gz\" }",
                              "[{ index = \"acme\" }, { git = \"https://h/idna\" }]", "7", "[]"}) {
    expect_says(pyproject(outside), {"'idna' comes from outside the index", "pyproject.toml:"});
  }
}

TEST_F(InRepo, a_projects_own_sources_count_too) {
  member("libs/m1", "m1", "dependencies = [\"six\", \"m2\"]\n[tool.uv.sources]\nm2 = { workspace = true }\n");
  member("libs/m2", "m2", "dependencies = [\"attrs\"]\n");
  EXPECT_EQ(read("packages = [\"libs/m1\", \"libs/m2\"]\n"), "six | attrs");
  expect_says(read("packages = [\"libs/m1\"]\n"), {"'m2' comes from outside the index"});
  member("libs/m1", "m1",
         "dependencies = [\"six\"]\n[tool.uv.sources]\nhatchling = { git = \"https://h/x\" }\n");
  expect_says(read("packages = [\"libs/m1\"]\n"), {"'hatchling' comes from outside the index"});
}

TEST_F(InRepo, what_is_for_another_python_is_refused_with_what_it_says) {
  const auto expect_refused = [&](const std::string& file, const std::string& layer) {
    expect_says(read(layer), {file + " is not for python3.11", "requires Python >=3.13",
                              "layer core is for python3.11", file + ":"});
    EXPECT_EQ(read(layer + "runtimes = [\"python3.13\"]\n").find("not for"), std::string::npos);
  };
  write("pyproject.toml", "[project]\nname = \"x\"\nrequires-python = \">=3.13\"\ndependencies = []\n");
  expect_refused("pyproject.toml", "requirements = \"pyproject.toml\"\n");
  std::string lock = kUvLock;
  lock.replace(lock.find(">=3.11"), 6, ">=3.13");
  write("uv.lock", lock);
  expect_refused("uv.lock", "requirements = \"uv.lock\"\npackages = [\"libs/m1\", \"libs/m2\"]\n");
  write("pylock.toml", "lock-version = \"1.0\"\nrequires-python = \">=3.13\"\n");
  expect_refused("pylock.toml", "requirements = \"pylock.toml\"\n");
  member("libs/m3", "m3", "requires-python = \">=3.13\"\n");
  expect_refused("libs/m3/pyproject.toml", "packages = [\"libs/m3\"]\n");
  write("libs/m4/pyproject.toml", "[build-system]\nrequires = [\"setuptools\"]\n");
  write("libs/m4/setup.cfg", "[metadata]\nname = m4\n[options]\npython_requires = >=3.13\n");
  expect_says(read("packages = [\"libs/m4\"]\n"), {"libs/m4/setup.cfg is not for python3.11"});
}

TEST(AllowsPython, any_patch_release_will_do) {
  const model::Target target;
  for (const char* range :
       {">=3.11", ">=3.11.4, <4", "==3.11.*", "~=3.11.2", "==3.11.7", "", ">3.10", ">= 3.6.*, !=3.0.*"})
    EXPECT_TRUE(allows_python(range, target)) << range;
  for (const char* range : {">=3.12", "<3.11", "!=3.11.*", "==3.10.*", "three"})
    EXPECT_FALSE(allows_python(range, target)) << range;
}

}  // namespace
}  // namespace lamella::resolve
