// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock.h"

#include <gtest/gtest.h>

#include "config/workspace_file.h"
#include "crypto/sha256.h"
#include "resolve/closure.h"

namespace lamella::resolve {
namespace {

LockedPackage package(const std::string& name, const std::string& version,
                      std::map<std::string, std::vector<std::string>> needs = {}) {
  const std::string file = name + "-" + version + "-py3-none-any.whl";
  return {name,
          version,
          ">=3.8",
          {file, "https://files.example/" + file, crypto::sha256(file), 42},
          std::move(needs)};
}

LockFile sample() {
  LockFile lock;
  lock.group = "shop";
  lock.target = {{model::Language::kPython, 3, 11}, model::Architecture::kX86_64};
  lock.inputs = crypto::sha256("inputs");
  lock.roots = {{RootKind::kLayer, "core", {"pandas==2.0.3", "windows-only==1 ; sys_platform == 'win32'"}},
                {RootKind::kLayer, "ml", {"scikit-learn==1.3.0"}},
                {RootKind::kFunction, "predict", {"requests[socks]>=2"}}};
  lock.packages = {package("joblib", "1.3.0"),
                   package("numpy", "1.24.3"),
                   package("pandas", "2.0.3", {{"", {"numpy"}}}),
                   package("pysocks", "1.7"),
                   package("requests", "2.31", {{"", {"urllib3"}}, {"socks", {"pysocks"}}}),
                   package("scikit-learn", "1.3.0", {{"", {"joblib", "numpy"}}}),
                   package("urllib3", "2.0")};
  return lock;
}

model::Workspace workspace() {
  return config::parse_workspace(R"(schema = 1
[project]
name = "shop"
[layers.core]
requirements = ["pandas==2.0.3"]
[layers.ml]
requirements = ["scikit-learn==1.3.0"]
depends_on = ["core"]
[functions.predict]
source = "f"
handler = "app.handler"
requirements = ["requests[socks]>=2"]
layers = ["core", "ml"]
)",
                                 "lamella.toml")
      .value();
}

std::vector<std::string> names(const Result<Packages>& packages) {
  std::vector<std::string> out;
  EXPECT_TRUE(packages.has_value()) << packages.error().to_string();
  for (const LockedPackage* one : packages.value()) out.push_back(one->name);
  return out;
}
using Names = std::vector<std::string>;

LockFile with_source() {
  LockFile lock = sample();
  LockedPackage& built = lock.packages.at(0);
  built.wheel.filename = "joblib-1.3.0.tar.gz";
  built.build = {"setuptools.build_meta", {"tools"}, {"setuptools>=40.8.0", "wheel"}};
  return lock;
}

TEST(Lock, L1_reads_back_what_is_built_from_source) {
  const LockFile lock = with_source();
  const std::string text = render_lock(lock);
  EXPECT_NE(text.find("sdist = { name = \"joblib-1.3.0.tar.gz\""), std::string::npos) << text;
  const auto read = parse_lock(text, "pylock.toml");
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(*read, lock);
  const auto changed = differences(sample(), lock);
  ASSERT_EQ(changed.size(), 1U);
  EXPECT_EQ(changed[0].kind, "build-changed");
}

TEST(Lock, a_source_without_how_it_is_built_is_refused) {
  std::string text = render_lock(with_source());
  const std::string table = "[tool.lamella.builds.joblib]";
  text.replace(text.find(table), table.size(), "[tool.lamella.builds.other]");
  const auto read = parse_lock(text, "pylock.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(read.error().why(), "it does not say how joblib is built");
}

TEST(Lock, L1_reads_back_as_it_was_written) {
  const std::string text = render_lock(sample());
  const auto read = parse_lock(text, "pylock.toml");
  ASSERT_TRUE(read.has_value()) << read.error().to_string() << text;
  EXPECT_EQ(*read, sample());
  EXPECT_EQ(render_lock(*read), text);
}

TEST(Lock, is_a_pylock_for_other_tools) {
  const std::string text = render_lock(sample());
  EXPECT_NE(text.find("lock-version = \"1.0\""), std::string::npos) << text;
  EXPECT_NE(text.find("created-by = \"lamella\""), std::string::npos);
  EXPECT_NE(text.find("[[packages]]"), std::string::npos);
  EXPECT_NE(text.find("[tool.lamella]"), std::string::npos);
}

TEST(Lock, L2_lists_every_file_without_a_hash) {
  std::string text = render_lock(sample());
  for (const char* name : {"joblib-1.3.0-py3-none-any.whl", "urllib3-2.0-py3-none-any.whl"}) {
    const std::string hash = crypto::sha256(name).hex();
    const std::string field = "sha256 = \"" + hash + "\"";
    ASSERT_NE(text.find(field), std::string::npos);
    text.replace(text.find(field), field.size(), "md5 = \"00\"");
  }
  const auto read = parse_lock(text, "pylock.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kMismatch);
  EXPECT_NE(read.error().what().find("joblib-1.3.0"), std::string::npos);
  EXPECT_NE(read.error().what().find("urllib3-2.0"), std::string::npos);
}

TEST(Lock, AnAddressWithALoginIsRefusedWithoutShowingIt) {
  LockFile lock = sample();
  lock.packages[0].wheel.url = "https://somebody:hush@host/joblib.whl";
  const auto read = parse_lock(render_lock(lock), "pylock.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().why().find("carries a login"), std::string::npos);
  EXPECT_EQ(read.error().to_string().find("hush"), std::string::npos);
}

TEST(Lock, L3_edges_and_roots_must_end_in_it) {
  LockFile lock = sample();
  lock.packages[2].needs[""].push_back("nowhere");
  EXPECT_FALSE(parse_lock(render_lock(lock), "pylock.toml").has_value());
  lock = sample();
  lock.roots[0].requirements.push_back("absent==1");
  EXPECT_FALSE(parse_lock(render_lock(lock), "pylock.toml").has_value());
}

TEST(Lock, damaged_fields_are_refused) {
  const std::string good = render_lock(sample());
  const std::pair<std::string, std::string> edits[] = {
      {"lock-version = \"1.0\"", "lock-version = \"2.0\""},
      {"schema = 1", "schema = 0"},
      {"py311-x86_64", "py311-vax"},
      {"name = \"numpy\"\nversion", "name = \"Num_Py\"\nversion"},
      {"kind = \"layer\"", "kind = \"lair\""},
      {"sha256 = \"", "sha256 = \"zz"}};
  for (const auto& [from, to] : edits) {
    std::string text = good;
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), from.size(), to);
    const auto read = parse_lock(text, "pylock.toml");
    ASSERT_FALSE(read.has_value()) << to;
    EXPECT_EQ(read.error().code(), ErrorCode::kUsage) << to;
  }
}

TEST(Lock, C16_one_of_a_newer_version_is_neither_read_nor_called_damaged) {
  std::string text = render_lock(sample());
  text.replace(text.find("schema = 1"), 10, "schema = 2");
  const auto read = parse_lock(text, "pylock.toml");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
  EXPECT_NE(read.error().what().find("newer version"), std::string::npos);
  const auto conflict = parse_lock("<<<<<<< ours\n" + text, "pylock.toml");
  EXPECT_EQ(conflict.error().code(), ErrorCode::kUsage);
  EXPECT_NE(conflict.error().remedy().find("restore it"), std::string::npos);
}

TEST(Lock, differences_are_reasons) {
  LockFile after = sample();
  after.packages[1] = package("numpy", "1.24.4");
  after.packages.erase(after.packages.begin() + 3);
  after.packages.push_back(package("zipp", "1"));
  const auto reasons = differences(sample(), after);
  ASSERT_EQ(reasons.size(), 3u);
  EXPECT_EQ(reasons[0].kind, "package-changed");
  EXPECT_EQ(reasons[0].from, "1.24.3");
  EXPECT_EQ(reasons[0].to, "1.24.4");
  EXPECT_EQ(reasons[1].kind, "package-added");
  EXPECT_EQ(reasons[2].kind, "package-removed");
}

TEST(Closure, C1_a_layer_ships_less_what_it_depends_on) {
  const LockFile lock = sample();
  EXPECT_EQ(names(closure_of(lock, RootKind::kLayer, "ml")), (Names{"joblib", "numpy", "scikit-learn"}));
  EXPECT_EQ(names(shipped_by_layer(workspace(), lock, "core")), (Names{"numpy", "pandas"}));
  EXPECT_EQ(names(shipped_by_layer(workspace(), lock, "ml")), (Names{"joblib", "scikit-learn"}));
}

TEST(Closure, follows_the_extras_that_are_asked_for) {
  LockFile lock = sample();
  EXPECT_EQ(names(shipped_by_function(workspace(), lock, "predict")),
            (Names{"pysocks", "requests", "urllib3"}));
  lock.roots[2].requirements = {"requests"};
  EXPECT_EQ(names(shipped_by_function(workspace(), lock, "predict")), (Names{"requests", "urllib3"}));
}

TEST(Closure, C2_a_function_and_its_layers_hold_everything) {
  LockFile lock = sample();
  lock.roots[2].requirements = {"scikit-learn"};
  EXPECT_EQ(names(shipped_by_function(workspace(), lock, "predict")), Names{});
  EXPECT_EQ(names(self_contained(workspace(), lock, "predict")),
            (Names{"joblib", "numpy", "pandas", "scikit-learn"}));
}

TEST(Closure, requirements_for_other_systems_do_not_count) {
  EXPECT_EQ(names(direct_packages(sample(), RootKind::kLayer, "core")), Names{"pandas"});
}

TEST(Closure, needs_may_form_a_cycle) {
  LockFile lock = sample();
  lock.packages[1].needs[""] = {"pandas"};
  EXPECT_EQ(names(closure_of(lock, RootKind::kLayer, "core")), (Names{"numpy", "pandas"}));
}

TEST(Closure, an_unknown_root_means_the_lock_is_stale) {
  const auto closure = closure_of(sample(), RootKind::kLayer, "new");
  ASSERT_FALSE(closure.has_value());
  EXPECT_EQ(closure.error().code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace lamella::resolve
