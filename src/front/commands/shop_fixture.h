// SPDX-License-Identifier: Apache-2.0
//
// For tests: a workspace of three layers and two functions in a git repository, with locks made by hand.
//
//   core (numpy) <- ml (scikit-learn -> joblib, numpy) <- predict;   aws (boto3 -> botocore) <- report
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "change/git_fixture.h"
#include "config/rule_packs.h"
#include "config/workspace_file.h"
#include "crypto/sha256.h"
#include "os/directory_tree.h"
#include "resolve/lock.h"
#include "resolve/lock_group.h"
#include "resolve/projects.h"

namespace lamella::commands {

class ShopTest : public change::GitTest {
 public:
  ShopTest() { write_all(); }

  struct Package {
    std::string version;
    std::vector<std::string> needs;
  };

  void write_all() {
    write("lamella.toml", toml());
    write("functions/predict/app.py", "def handler(event, context):\n    return 1\n");
    write("functions/predict/model.txt", "forest\n");
    write("functions/report/app.py", "def handler(event, context):\n    return 2\n");
    write("lib/tools/__init__.py", "x = 1\n");
    write("lib/tools/deep/more.py", "y = 1\n");
    write("events/rows.json", "{}\n");
    write(".gitignore", "/generated/\n.lamella/\n");
    lock_all();
  }

  static std::string toml() {
    return R"(schema = 1

[project]
name = "shop"

[defaults]
runtime = "python3.11"
architecture = "x86_64"

[layers.core]
requirements = ["numpy"]
bytecode = "none"

[layers.ml]
requirements = ["scikit-learn"]
bytecode = "none"
depends_on = ["core"]

[layers.aws]
requirements = ["boto3"]
bytecode = "none"
packages = ["lib/tools"]

[functions.predict]
source = "functions/predict"
handler = "app.handler"
bytecode = "none"
layers = ["core", "ml"]
memory = 512
checks = [{ name = "rows", event = "events/rows.json", expect = { path = "$", equals = 1 } }]

[functions.report]
source = "functions/report"
handler = "app.handler"
bytecode = "none"
layers = ["aws"]

[environments.dev]
regions = ["us-west-2"]
account = "111122223333"
state = "dir:state"
)";
  }

  /// The text of lamella.toml with the first `from` replaced.
  void edit(const std::string& from, const std::string& to) const {
    std::string text = os::read_file(root() / "lamella.toml").value();
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    write("lamella.toml", text.replace(at, from.size(), to));
  }

  model::Workspace workspace() const {
    auto parsed = config::parse_workspace(os::read_file(root() / "lamella.toml").value(), "lamella.toml");
    EXPECT_TRUE(parsed.has_value()) << parsed.error().to_string();
    return parsed.value_or(model::Workspace{});
  }

  /// Writes the locks that the workspace's requirements and `packages_` give.
  void lock_all() const {
    const model::Workspace parsed = workspace();
    const os::DirectoryTree tree(root());
    std::error_code none;
    for (const auto& one : std::filesystem::directory_iterator(root() / "locks", none)) {
      if (one.path().filename().string().starts_with("pylock.")) std::filesystem::remove(one.path());
    }
    std::vector<resolve::LockInputs> all = resolve::all_build_inputs(tree, parsed).value();
    for (const resolve::LockGroup& group : resolve::lock_groups(parsed)) {
      all.push_back(resolve::read_lock_inputs(tree, parsed, group).value());
    }
    for (const resolve::LockInputs& inputs : all) {
      const resolve::LockGroup& group = inputs.group;
      resolve::LockFile lock{.group = group.name,
                             .target = group.target,
                             .inputs = inputs.digest(),
                             .roots = {},
                             .packages = {}};
      for (const resolve::RootInputs& root : inputs.roots) {
        resolve::LockedRoot locked{root.kind, root.name, {}};
        for (const auto& line : root.requirements.requirements)
          locked.requirements.push_back(config::to_string(line.requirement));
        lock.roots.push_back(std::move(locked));
      }
      for (const auto& [name, package] : packages_) {
        resolve::LockedPackage locked{.name = name, .version = package.version};
        const std::string file = name + "-" + package.version + "-py3-none-any.whl";
        locked.wheel = {file, "https://index.invalid/" + file, crypto::sha256(file), 10};
        locked.needs[""] = package.needs;
        lock.packages.push_back(std::move(locked));
      }
      write(group.lock_path(), resolve::render_lock(lock));
    }
  }

  std::map<std::string, Package> packages_{{"backend", {"3.0", {"hooks"}}},
                                           {"boto3", {"1.0", {"botocore"}}},
                                           {"botocore", {"1.0", {}}},
                                           {"hooks", {"1.0", {}}},
                                           {"joblib", {"1.2.0", {}}},
                                           {"numpy", {"1.24.3", {}}},
                                           {"scikit-learn", {"1.3.0", {"joblib", "numpy"}}}};
};

}  // namespace lamella::commands
