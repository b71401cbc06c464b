// SPDX-License-Identifier: Apache-2.0
//
// Joint locks; once, when an index can be reached, the contradiction that they exist for.
#include "resolve/resolver.h"

#include <gtest/gtest.h>

#include "resolve/resolver_fixture.h"
#include "resolve/uv.h"

namespace lamella::resolve {
namespace {

TEST_F(ResolverTest, resolves_what_meets_jointly_and_splits_it_into_closures) {
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  wheel("frames", "1.0", {"numlib>=1"});
  wheel("learn", "1.0", {"numlib>=1", "jobs[fast]", "wincolor; sys_platform == 'win32'"});
  wheel("jobs", "1.0", {"turbo; extra == 'fast'", "slow; extra == 'slow'"}, "py3-none-any",
        "Provides-Extra: fast\nProvides-Extra: slow\n");
  wheel("turbo", "3.0");
  const LockInputs in =
      inputs(layer("core", "\"frames\", \"numlib==1.0\"") +
             layer("ml", "\"learn\"", "depends_on = [\"core\"]\n") + function("f", "\"core\", \"ml\""));
  const auto lock = resolve(in);
  ASSERT_TRUE(lock.has_value()) << lock.error().to_string();
  EXPECT_EQ(version(*lock, "numlib"), "1.0");
  EXPECT_EQ(lock->packages.size(), 5u);
  EXPECT_EQ(lock->find("learn")->needs.at(""), (std::vector<std::string>{"jobs[fast]", "numlib"}));
  EXPECT_EQ(lock->find("jobs")->needs.at("fast"), (std::vector<std::string>{"turbo"}));
  const auto ml = shipped_by_layer(workspace_, *lock, "ml").value();
  ASSERT_EQ(ml.size(), 3u);
  EXPECT_EQ(ml[0]->name, "jobs");
  EXPECT_EQ(ml[2]->name, "turbo");
  EXPECT_TRUE(why_stale(*lock, in).empty());
  EXPECT_EQ(parse_lock(render_lock(*lock), "x").value(), *lock);
}

TEST_F(ResolverTest, excludes_versions_that_the_target_cannot_load) {
  wheel("native", "1.0", {}, "cp311-cp311-manylinux_2_17_x86_64");
  wheel("native", "1.5", {}, "cp311-cp311-manylinux_2_24_x86_64");
  wheel("native", "1.5", {}, "cp311-cp311-manylinux_2_28_x86_64");
  wheel("native", "2.0", {}, "cp311-cp311-manylinux_2_27_x86_64");
  wheel("native", "2.1", {}, "cp311-cp311-manylinux_2_28_x86_64");
  const auto lock = resolve(inputs(layer("core", "\"native\"")));
  ASSERT_TRUE(lock.has_value()) << lock.error().to_string();
  EXPECT_EQ(version(*lock, "native"), "1.5");
  EXPECT_EQ(lock->find("native")->wheel.filename, "native-1.5-cp311-cp311-manylinux_2_24_x86_64.whl");
  EXPECT_EQ(events_.excluded, (std::vector<std::string>{"native 2.1", "native 2.0"}));
}

TEST_F(ResolverTest, no_loadable_wheel_names_tags_seen_and_wanted) {
  wheel("native", "2.0", {}, "cp311-cp311-manylinux_2_28_x86_64");
  const auto lock = resolve(inputs(layer("core", "\"native==2.0\"")));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kRejected);
  const std::string text = lock.error().to_string();
  EXPECT_NE(text.find("cp311-cp311-manylinux_2_28_x86_64"), std::string::npos) << text;
  EXPECT_NE(text.find("manylinux_2_26"), std::string::npos) << text;
  EXPECT_NE(text.find("layer core requires native==2.0"), std::string::npos) << text;
}

TEST_F(ResolverTest, only_foreign_wheels_is_rejected) {
  wheel("native", "2.0", {}, "cp311-cp311-win_amd64");
  const auto lock = resolve(inputs(layer("core", "\"native==2.0\"")));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kRejected) << lock.error().to_string();
}

TEST_F(ResolverTest, a_conflict_names_who_asks_for_what) {
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  const auto lock = resolve(inputs(layer("core", "\"numlib==1.0\"") + layer("other", "\"numlib>=2\"") +
                                   function("f", "\"core\", \"other\"")));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kUsage);
  const std::string text = lock.error().to_string();
  EXPECT_NE(text.find("layer core requires numlib==1.0; layer other requires numlib>=2"), std::string::npos)
      << text;
  EXPECT_EQ(text.find(root_.path().string()), std::string::npos) << text;
}

TEST_F(ResolverTest, keeps_locked_versions_until_an_upgrade_is_asked_for) {
  wheel("a", "1.0");
  wheel("b", "1.0");
  const LockInputs in = inputs(layer("core", "\"a\", \"b\""));
  const auto first = resolve(in);
  ASSERT_TRUE(first.has_value()) << first.error().to_string();
  wheel("a", "2.0");
  wheel("b", "2.0");
  EXPECT_EQ(resolve(in, *first), *first);
  const auto one = resolve(in, *first, {.all = false, .packages = {"b"}}).value();
  EXPECT_EQ(version(one, "a") + " " + version(one, "b"), "1.0 2.0");
  const auto all = resolve(in, *first, {.all = true, .packages = {}}).value();
  EXPECT_EQ(version(all, "a") + " " + version(all, "b"), "2.0 2.0");
}

TEST_F(ResolverTest, a_changed_requirement_makes_the_lock_stale_and_says_which) {
  wheel("a", "1.0");
  const auto lock = resolve(inputs(layer("core", "\"a\""))).value();
  const auto reasons = why_stale(lock, inputs(layer("core", "\"a>=1\"")));
  ASSERT_EQ(reasons.size(), 1u);
  EXPECT_EQ(reasons[0].kind, "requirements-changed");
  EXPECT_EQ(reasons[0].subject, "core");
  EXPECT_FALSE(
      why_stale(lock, inputs("[lock]\nexclude_newer = \"2026-01-01T00:00:00Z\"\n" + layer("core", "\"a\"")))
          .empty());
}

TEST_F(ResolverTest, a_pinned_hash_must_be_the_wheels) {
  wheel("a", "1.0");
  ASSERT_TRUE(
      os::write_file_atomic(root_.path() / "r.txt", "a==1.0 --hash=sha256:" + std::string(64, '0') + "\n"));
  const auto lock = resolve(inputs("[layers.core]\nrequirements = \"r.txt\"\n"));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kMismatch) << lock.error().to_string();
}

TEST_F(ResolverTest, a_full_disk_is_not_the_requirements_fault) {
  const auto give_up = [&](const std::string& words) {
    const fs::path program = root_.path() / "gives-up";
    EXPECT_TRUE(os::write_file_atomic(program, "#!/bin/sh\necho '" + words + "' >&2\nexit 2\n").has_value());
    fs::permissions(program, fs::perms::owner_all);
    settings_.uv = program;
    return resolve(inputs(layer("core", "\"a\""))).error();
  };
  const std::string cache = settings_.cache.string();
  const Error full =
      give_up("error: Failed to write to the client cache\n  Caused by: failed to write to file `" + cache +
              "/simple/.tmp1`: No space left on device (os error 28)");
  EXPECT_EQ(full.code(), ErrorCode::kIo) << full.to_string();
  EXPECT_EQ(full.where(), cache);
  EXPECT_EQ(full.fact("errno"), "ENOSPC");
  EXPECT_NE(full.remedy().find("free some space"), std::string::npos);
  const Error fixed =
      give_up("error: Failed to fetch: `x`\n  Caused by: Read-only file system (os error 30)");
  EXPECT_EQ(fixed.code(), ErrorCode::kIo) << fixed.to_string();
  EXPECT_NE(fixed.where(), cache) << "it may have been any";
  EXPECT_EQ(give_up("error: Failed to fetch: `x`\n  Caused by: Connection refused (os error 111)").code(),
            ErrorCode::kRemote);
}

TEST_F(ResolverTest, nothing_required_needs_no_uv) {
  settings_.uv = "/nonexistent/uv";
  const auto lock = resolve(inputs("[layers.core]\nfiles = [{ from = \"bin\", to = \"bin\" }]\n"));
  ASSERT_TRUE(lock.has_value()) << lock.error().to_string();
  EXPECT_TRUE(lock->packages.empty());
}

TEST_F(ResolverTest, the_examples_layers_contradict_each_other_alone_and_agree_together) {
  settings_.wheelhouse.clear();
  settings_.cache.clear();
  const std::string ml = layer("ml", "\"scikit-learn==1.3.0\"");
  const auto alone = resolve(inputs(ml));
  if (!alone && alone.error().code() == ErrorCode::kRemote) GTEST_SKIP() << "no index can be reached";
  ASSERT_TRUE(alone.has_value()) << alone.error().to_string();
  EXPECT_NE(version(*alone, "numpy"), "1.24.3");
  const auto together = resolve(
      inputs(layer("core", "\"pandas==2.0.3\", \"numpy==1.24.3\", \"python-dateutil\"") + ml +
             layer("aws", "\"boto3==1.28.25\", \"botocore\"") + function("f", "\"core\", \"ml\", \"aws\"")));
  ASSERT_TRUE(together.has_value()) << together.error().to_string();
  EXPECT_EQ(version(*together, "numpy"), "1.24.3");
  EXPECT_EQ(version(*together, "scikit-learn"), "1.3.0");
}

TEST(Uv, is_asked_for_the_nearest_platform_it_knows) {
  using model::Architecture;
  EXPECT_EQ(uv_platform({{model::Language::kPython, 3, 11}, Architecture::kX86_64}), "x86_64-manylinux_2_28");
  EXPECT_EQ(uv_platform({{model::Language::kPython, 3, 13}, Architecture::kArm64}), "aarch64-manylinux_2_34");
}

TEST(Uv, output_keeps_no_credentials_and_must_pin) {
  const std::string wheel = "url = \"https://user:s3cret@h/a%2B1-1.0-py3-none-any.whl\"";
  const auto good = parse_uv_output("[[packages]]\nname = \"A_1\"\nversion = \"1.0\"\nwheels = [{ " + wheel +
                                    ", hashes = { sha256 = \"" + std::string(64, 'a') + "\" } }]\n");
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good->at(0).name, "a-1");
  EXPECT_EQ(good->at(0).wheels.at(0).url, "https://h/a%2B1-1.0-py3-none-any.whl");
  EXPECT_EQ(good->at(0).wheels.at(0).filename, "a+1-1.0-py3-none-any.whl");
  const auto bad =
      parse_uv_output("[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{ " + wheel + " }]\n");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(bad.error().to_string().find("s3cret"), std::string::npos);
}

TEST(Metadata, reads_headers_and_stops_at_the_description) {
  const auto metadata = parse_metadata(
      "Metadata-Version: 2.1\r\nname: Foo\r\nVersion: 1.0\r\nRequires-Dist: a (>=1)\r\nRequires-Dist: b;\r\n"
      " extra == 'x'\r\nRequires-Python: >=3.8\r\n\r\nRequires-Dist: not-this\r\n");
  ASSERT_TRUE(metadata.has_value());
  EXPECT_EQ(metadata->requires_dist, (std::vector<std::string>{"a (>=1)", "b; extra == 'x'"}));
  EXPECT_EQ(metadata->requires_python, ">=3.8");
  EXPECT_FALSE(parse_metadata("Version: 1\n\n").has_value());
}

}  // namespace
}  // namespace lamella::resolve
