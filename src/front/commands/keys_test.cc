// SPDX-License-Identifier: Apache-2.0
//
// What is in a key and what is not, seen from the workspace: each thing that can change bytes is changed
// alone and must be a miss for the artifacts it is in, each thing that cannot must be a hit; and `affected`,
// which knows no key of the other side, must say the same.
#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "build/plan.h"
#include "build/rules_lock.h"
#include "commands/affected.h"
#include "commands/shop_fixture.h"
#include "resolve/lock.h"
#include "store/action_cache.h"
#include "store/local_store.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

struct Change {
  const char* name;
  std::function<void(ShopTest&)> make;
  Names missed;  ///< artifacts whose key must differ afterwards; empty: a hit everywhere
};

class KeysTest : public ShopTest {
 protected:
  /// Beside the shop's own layers, one of each other kind.
  KeysTest() {
    write("lamella.toml", toml() + R"(
[layers.vendored]
path = "vendor/tree"
bytecode = "none"

[layers.ready]
archive = "vendor/ready.zip"

[layers.built]
packages = ["lib/project"]
bytecode = "none"

[layers.made]
command = { run = "make layer", inputs = ["native/**/*.c", "Makefile"], output = "native/out" }
bytecode = "none"

[layers.external]
arn = "arn:aws:lambda:us-west-2:111122223333:layer:shared:7"

[layers.fetched]
archive = { url = "https://downloads.example/x.zip", sha256 = ")" +
                              std::string(64, 'a') + "\" }\n");
    write("vendor/tree/python/mine.py", "x = 1\n");
    write("vendor/tree/lib/data", "1");
    write("vendor/tree/lib/other", "2");
    fs::create_symlink("data", root() / "vendor/tree/lib/link");
    write("vendor/ready.zip", "some bytes");
    write("locks/external.toml", external("7", 'e'));
    write("Makefile", "layer:\n");
    write("native/deep/a.c", "int a;");
    write("native/read.me", "x");
    write("lib/project/pyproject.toml",
          "[build-system]\nrequires = [\"backend\"]\nbuild-backend = \"backend.build\"\n"
          "[project]\nname = \"project\"\nversion = \"1.0\"\n");
    write("lib/project/src/project/__init__.py", "x = 1\n");
    lock_all();
  }

  static std::string external(const std::string& version, char digit) {
    return "schema = 1\n[layers.external]\narn = \"arn:aws:lambda:us-west-2:111122223333:layer:shared:" +
           version + "\"\nsha256 = \"" + std::string(64, digit) + "\"\nbytes = 9\n";
  }

  /// "layer core" to its key, planned as a build would from what lies in `folder`.
  std::map<std::string, Digest> keys(const fs::path& folder, unsigned threads = 1) {
    const os::DirectoryTree tree(folder);
    const auto workspace =
        config::parse_workspace(os::read_file(folder / "lamella.toml").value(), "lamella.toml").value();
    std::vector<build::GroupLock> locks;
    std::vector<resolve::LockGroup> groups = resolve::lock_groups(workspace);
    const auto builds = resolve::all_build_inputs(tree, workspace).value();
    for (const resolve::LockInputs& inputs : builds) groups.push_back(inputs.group);
    for (const resolve::LockGroup& group : groups) {
      auto lock = resolve::load_lock(tree, group).value();
      if (lock) locks.push_back({group, *std::move(lock)});
    }
    os::ThreadPool pool(threads);
    const build::Tools tools{folder,
                             beside("cache"),
                             *store_,
                             *actions_,
                             pool,
                             base::no_events(),
                             config::built_in_rule_packs().value(),
                             {}};
    auto index = change::StatIndex::load(folder, folder / ".lamella/index");
    const auto rules = build::load_rules_lock(tree).value();
    auto plans = build::plan_artifacts(tools, workspace, locks, rules, {}, index);
    EXPECT_TRUE(plans.has_value()) << plans.error().to_string();
    std::map<std::string, Digest> found;
    for (const auto& plan : *plans) found[std::string(to_string(plan.kind)) + " " + plan.name] = plan.key();
    return found;
  }

  static Names differing(const std::map<std::string, Digest>& before,
                         const std::map<std::string, Digest>& after) {
    Names names;
    for (const auto& [name, key] : after) {
      const auto old = before.find(name);
      if (old == before.end() || old->second != key) names.insert(name);
    }
    return names;
  }

  Names rebuilt() const {
    const auto outcome = affected({.project = root()}, {.since = "HEAD", .merge_base = {}, .to = {}});
    EXPECT_TRUE(outcome.has_value()) << outcome.error().to_string();
    Names names;
    for (const auto& item : outcome->record.items("rebuild"))
      names.insert(item.text("kind") + " " + item.text("name"));
    return names;
  }

  /// Each change alone, from the same start.
  void expect_each(const std::vector<Change>& changes) {
    commit();
    const auto before = keys(root());
    for (const Change& change : changes) {
      const auto packages = packages_;
      change.make(*this);
      EXPECT_EQ(differing(before, keys(root())), change.missed) << change.name;
      EXPECT_EQ(rebuilt(), change.missed) << change.name << ", as `affected` sees it";
      git({"reset", "-q", "--hard"});
      git({"clean", "-q", "-f", "-d", "-x"});
      packages_ = packages;
    }
  }

  std::unique_ptr<store::ContentStore> store_ = store::open_local_store({.root = beside("cache")}).value();
  std::unique_ptr<store::ActionCache> actions_ = store::open_local_actions(beside("cache")).value();
};

/// Bumps a package, with its lock.
auto bump(const char* package) {
  return [package](ShopTest& shop) {
    shop.packages_[package].version += ".1";
    shop.lock_all();
  };
}
auto edited(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)](ShopTest& shop) { shop.edit(from, to); };
}
auto written(const char* path, const char* text) {
  return [path, text](ShopTest& shop) { shop.write(path, text); };
}

TEST_F(KeysTest, EachPartAloneIsAMiss) {
  constexpr const char* kCore = "requirements = [\"numpy\"]";
  constexpr const char* kAws = "requirements = [\"boto3\"]";
  expect_each({
      {"a wheel", bump("numpy"), {"layer core"}},
      {"a wheel below another", bump("joblib"), {"layer ml"}},
      {"a package's content", written("lib/tools/__init__.py", "x = 2\n"), {"layer aws"}},
      {"a new file", written("lib/tools/new.py", ""), {"layer aws"}},
      {"a file that goes", [](ShopTest& shop) { shop.remove("lib/tools/deep"); }, {"layer aws"}},
      {"an executable bit",
       [](ShopTest& shop) { fs::permissions(shop.root() / "functions/report/app.py", fs::perms::owner_all); },
       {"function report"}},
      {"a file's name",
       [](ShopTest& shop) {
         shop.git({"mv", "functions/report/app.py", "functions/report/b.py"});
       },
       {"function report"}},
      {"where a package lies in the zip",
       edited("packages = [\"lib/tools\"]",
              "files = [{ from = \"lib/tools\", to = \"python/instruments\" }]"),
       {"layer aws"}},
      {"drop",
       edited(kCore, "requirements = [\"numpy\"]\nprune = { drop = [\"numpy/tests/**\"] }"),
       {"layer core"}},
      {"keep",
       edited(kCore, "requirements = [\"numpy\"]\nprune = { keep = [\"numpy/tests/**\"] }"),
       {"layer core"}},
      {"profile",
       edited(kCore, "requirements = [\"numpy\"]\nprune = { profile = \"none\" }"),
       {"layer core"}},
      {"services", edited(kAws, "requirements = [\"boto3\"]\nservices = [\"s3\"]"), {"layer aws"}},
      {"strip", edited(kCore, "requirements = [\"numpy\"]\nstrip = false"), {"layer core"}},
      {"bytecode",
       edited("bytecode = \"none\"", "bytecode = { default = \"none\", \"numpy/x/**\" = \"none\" }"),
       {"layer core"}},
      {"the layout",
       edited("packages = [\"lib/tools\"]", "packages = [\"lib/tools\"]\nlayout = \"site-packages\""),
       {"layer aws"}},
      {"a new layer",
       edited("[layers.aws]",
              "[layers.extra]\nbytecode = \"none\"\npackages = [\"lib/tools\"]\n\n[layers.aws]"),
       {"layer extra"}},
  });
}

TEST_F(KeysTest, EachPartOfOtherContentAloneIsAMiss) {
  expect_each({
      {"a laid-out folder's file", written("vendor/tree/lib/data", "2"), {"layer vendored"}},
      {"a new file in it", written("vendor/tree/python/new.py", ""), {"layer vendored"}},
      {"where a link in it points",
       [](ShopTest& shop) {
         shop.remove("vendor/tree/lib/link");
         fs::create_symlink("other", shop.root() / "vendor/tree/lib/link");
       },
       {"layer vendored"}},
      {"an archive's content", written("vendor/ready.zip", "other bytes"), {"layer ready"}},
      {"what becomes of it",
       edited("archive = \"vendor/ready.zip\"", "archive = { path = \"vendor/ready.zip\", merged = true }"),
       {"layer ready"}},
      {"a project's module", written("lib/project/src/project/__init__.py", "x = 2\n"), {"layer built"}},
      {"a new file in a project", written("lib/project/README", "read me\n"), {"layer built"}},
      {"a project's backend",
       [](ShopTest& shop) {
         shop.write("lib/project/pyproject.toml",
                    "[build-system]\nrequires = [\"backend\"]\nbuild-backend = \"backend.other\"\n"
                    "[project]\nname = \"project\"\nversion = \"1.0\"\n");
       },
       {"layer built"}},
      {"a project's backend in another version", bump("backend"), {"layer built"}},
      {"what that needs", bump("hooks"), {"layer built"}},
      {"what is kept of a project",
       edited("packages = [\"lib/project\"]", "packages = [\"lib/project\"]\nstrip = false"),
       {"layer built"}},
      {"what a command sees", written("native/deep/a.c", "int b;"), {"layer made"}},
      {"a new file that it sees", written("native/b.c", ""), {"layer made"}},
      {"a file that it sees no more",
       [](ShopTest& shop) {
         shop.remove("native/deep/a.c");
         shop.write("native/z.c", "");
       },
       {"layer made"}},
      {"an executable bit of what it sees",
       [](ShopTest& shop) { fs::permissions(shop.root() / "Makefile", fs::perms::owner_all); },
       {"layer made"}},
      {"a command", edited("make layer", "make -s layer"), {"layer made"}},
      {"where it leaves things", edited("\"native/out\"", "\"native/other\""), {"layer made"}},
      {"what it is given of the network",
       edited("output = \"native/out\"", "output = \"native/out\", network = true"),
       {"layer made"}},
      {"which tools count",
       edited("output = \"native/out\"", "output = \"native/out\", tools = [\"cp\"]"),
       {"layer made"}},
      {"a published version",
       [](ShopTest& shop) {
         shop.edit("layer:shared:7", "layer:shared:8");
         shop.write("locks/external.toml", external("8", 'f'));
       },
       {"layer external"}},
      {"its bytes",
       [](ShopTest& shop) { shop.write("locks/external.toml", external("7", 'f')); },
       {"layer external"}},
      {"a fetched archive's digest", edited(std::string(64, 'a'), std::string(64, 'b')), {"layer fetched"}},
  });
}

TEST_F(KeysTest, WhatCannotChangeBytesIsAHit) {
  expect_each({
      {"nothing", [](ShopTest&) {}, {}},
      {"times",
       [](ShopTest& shop) {
         for (const auto* path : {"lib/tools/__init__.py", "functions/predict/app.py", "lamella.toml"}) {
           ASSERT_TRUE(os::set_mtime(shop.root() / path, 1'000'000'000'000'000'000).has_value());
         }
       },
       {}},
      {"what an umask decides",
       [](ShopTest& shop) {
         fs::permissions(shop.root() / "lib/tools/__init__.py",
                         fs::perms::owner_read | fs::perms::owner_write);
         fs::permissions(shop.root() / "functions/predict", fs::perms::owner_all);
       },
       {}},
      {"a comment in the workspace file",
       edited("[layers.core]", "# a comment\n[layers.core]  # and another"),
       {}},
      {"white space in it", edited("name = \"shop\"", "name   =   'shop'\n\n"), {}},
      {"the order of its tables",
       [](ShopTest& shop) {
         const std::string environments =
             "[environments.dev]\nregions = [\"us-west-2\"]\naccount = \"111122223333\"\nstate = "
             "\"dir:state\"\n";
         shop.edit(environments, "");
         shop.edit("[defaults]", environments + "\n[defaults]");
       },
       {}},
      {"owner and description",
       edited("[layers.core]", "[layers.core]\nowner = \"team\"\ndescription = \"better\""),
       {}},
      {"budget", edited("[layers.core]", "[layers.core]\nbudget = { unzipped = \"90 MB\" }"), {}},
      {"handler, memory and alias", edited("memory = 512", "memory = 640\nalias = \"current\""), {}},
      {"checks", edited("equals = 1", "equals = 2"), {}},
      {"bytecode that lies around", written("lib/tools/__pycache__/x.cpython-311.pyc", "stale"), {}},
      {"where a fetched archive comes from",
       edited("https://downloads.example/", "https://mirror.example/other/"),
       {}},
      {"what an umask decides in a laid-out folder",
       [](ShopTest& shop) {
         fs::permissions(shop.root() / "vendor/tree/lib/data",
                         fs::perms::owner_read | fs::perms::owner_write);
       },
       {}},
      {"what an earlier build left in a project",
       [](ShopTest& shop) {
         shop.write("lib/project/dist/project-1.0.whl", "old");
         shop.write("lib/project/build/lib/project/__init__.py", "old");
         shop.write("lib/project/src/project.egg-info/PKG-INFO", "old");
       },
       {}},
      {"what a command does not see", written("native/read.me", "y"), {}},
      {"what it left in the workspace", written("native/out/a.c", "int b;"), {}},
      {"its inputs in other words",
       edited("[\"native/**/*.c\", \"Makefile\"]", "[\"Makefile\", \"native/**/*.c\"]"),
       {}},
      {"how long it may take",
       edited("output = \"native/out\"", "output = \"native/out\", timeout = \"1h\""),
       {}},
      {"licence", edited("[layers.core]", "[layers.core]\nlicence = \"MIT\""), {}},
      {"retention", edited("[layers.core]", "[layers.core]\nretain = 2"), {}},
      {"files that nothing names", written("notes/read.me", "x"), {}},
      {"a comment in a lock",
       [](ShopTest& shop) {
         for (const auto& lock : fs::directory_iterator(shop.root() / "locks")) {
           const std::string text = os::read_file(lock.path()).value();
           ASSERT_TRUE(os::write_file_atomic(lock.path(), "# kept by hand\n" + text).has_value());
         }
       },
       {}},
  });
}

TEST_F(KeysTest, AreOfContentNotOfPlaceOrOfHowManyWork) {
  const auto here = keys(root());
  const fs::path other = beside("a folder with another name");
  fs::copy(root(), other, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  EXPECT_EQ(keys(other), here);
  EXPECT_EQ(keys(root(), 4), here);
}

}  // namespace
}  // namespace lamella::commands
