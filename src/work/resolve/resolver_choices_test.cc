// SPDX-License-Identifier: Apache-2.0
//
// What a workspace may say about how versions are chosen: no_deps, isolated, overrides, constraints, hashes,
// and targets that this machine is not.
#include <gtest/gtest.h>

#include "os/process.h"
#include "resolve/pip.h"
#include "resolve/resolver_fixture.h"

namespace lamella::resolve {
namespace {

class ResolverChoices : public ResolverTest {
 protected:
  std::string names(const Result<LockFile>& lock) const {
    if (!lock) return lock.error().to_string();
    std::string out;
    for (const LockedPackage& package : lock->packages)
      out += (out.empty() ? "" : " ") + package.name + "==" + package.version;
    return out;
  }
  static std::string names(const Result<Packages>& packages) {
    if (!packages) return packages.error().to_string();
    std::string out;
    for (const LockedPackage* package : *packages) out += (out.empty() ? "" : " ") + package->name;
    return out;
  }
  void file(const std::string& name, const std::string& text) {
    ASSERT_TRUE(os::write_file_atomic(root_.path() / name, text).has_value());
  }
  std::string sha256_of(const std::string& wheel_file) const {
    return store::put(*store_, base::as_bytes(os::read_file(settings_.wheelhouse / wheel_file).value()))
        .value()
        .hex();
  }
};

TEST_F(ResolverChoices, no_deps_takes_the_requirements_alone_at_the_joint_versions) {
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  wheel("frames", "1.0", {"numlib<2", "absent>=1"});
  const LockInputs in = inputs(layer("bare", "\"frames\", \"numlib<2\"", "no_deps = true\n") +
                               layer("full", "\"numlib\"") + function("f", "\"bare\", \"full\""));
  const auto lock = resolve(in);
  EXPECT_EQ(names(lock), "frames==1.0 numlib==1.0");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(names(shipped_by_layer(workspace_, *lock, "bare")), "frames numlib");
  EXPECT_TRUE(lock->find("frames")->needs.empty());
  EXPECT_EQ(parse_lock(render_lock(*lock), "x").value(), *lock);
  EXPECT_TRUE(why_stale(*lock, in).empty());
  const auto stale =
      why_stale(*lock, inputs(layer("bare", "\"frames\", \"numlib<2\"") + layer("full", "\"numlib\"") +
                              function("f", "\"bare\", \"full\"")));
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale[0].kind, "no-deps-changed");
}

TEST_F(ResolverChoices, extras_of_several_layers_are_one_package_with_each_its_own_closure) {
  wheel("jobs", "1.0", {"turbo; extra == 'fast'", "calm; extra == 'slow'"}, "py3-none-any",
        "Provides-Extra: fast\nProvides-Extra: slow\n");
  wheel("turbo", "1.0");
  wheel("calm", "1.0");
  const auto lock = resolve(inputs(layer("a", "\"jobs[fast]\"") + layer("b", "\"Jobs[slow]\"") +
                                   layer("c", "\"jobs\"") + function("f", "\"a\", \"b\", \"c\"")));
  EXPECT_EQ(names(lock), "calm==1.0 jobs==1.0 turbo==1.0");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(names(closure_of(*lock, RootKind::kLayer, "a")), "jobs turbo");
  EXPECT_EQ(names(closure_of(*lock, RootKind::kLayer, "b")), "calm jobs");
  EXPECT_EQ(names(closure_of(*lock, RootKind::kLayer, "c")), "jobs");
}

TEST_F(ResolverChoices, an_override_replaces_what_a_package_says) {
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  wheel("frames", "1.0", {"numlib<2", "old; sys_platform == 'win32'"});
  const std::string core = layer("core", "\"frames\", \"numlib>=2\"");
  EXPECT_EQ(resolve(inputs(core)).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(names(resolve(inputs("[lock]\noverrides = [\"numlib>=2\"]\n" + core))),
            "frames==1.0 numlib==2.0");
  const auto dropped = resolve(
      inputs("[lock]\noverrides = [\"numlib ; sys_platform == 'win32'\"]\n" + layer("core", "\"frames\"")));
  EXPECT_EQ(names(dropped), "frames==1.0");
}

TEST_F(ResolverChoices, a_constraint_of_the_workspace_holds_in_every_group_and_adds_nothing) {
  wheel("a", "1.0");
  wheel("a", "2.0");
  wheel("b", "1.0");
  const auto lock = resolve(inputs("[lock]\nconstraints = [\"a<2\", \"b<9\"]\n" + layer("core", "\"a\"")));
  EXPECT_EQ(names(lock), "a==1.0");
}

TEST_F(ResolverChoices, an_isolated_layer_has_a_lock_of_its_own) {
  wheel("a", "1.0");
  wheel("a", "2.0");
  inputs(layer("core", "\"a\"") + layer("apart", "\"a<2\"", "isolated = true\n") +
         function("f", "\"core\", \"apart\""));
  std::map<std::string, std::string> locks;
  for (const LockGroup& group : lock_groups(workspace_)) {
    const auto in = read_lock_inputs(os::DirectoryTree(root_.path()), workspace_, group).value();
    const auto lock = resolve(in);
    locks[group.name] = names(lock);
    if (!group.has_function("f") || !lock) continue;
    EXPECT_EQ(names(shipped_by_function(workspace_, *lock, "f")), "");
  }
  EXPECT_EQ(locks, (std::map<std::string, std::string>{{"core", "a==2.0"}, {"apart", "a==1.0"}}));
}

TEST_F(ResolverChoices, hashes_pin_all_or_nothing_and_name_everything_that_is_missing) {
  wheel("a", "1.0", {"b", "c"});
  wheel("b", "1.0");
  wheel("c", "1.0");
  const std::string a = "a==1.0 --hash=sha256:" + sha256_of("a-1.0-py3-none-any.whl") + "\n";
  const std::string workspace = "[layers.core]\nrequirements = \"r.txt\"\n";
  file("r.txt", a + "b\nc==1.0\n");
  const auto unpinned = resolve(inputs(workspace));
  ASSERT_FALSE(unpinned.has_value());
  EXPECT_EQ(unpinned.error().code(), ErrorCode::kMismatch);
  EXPECT_NE(unpinned.error().why().find("r.txt:2:1: b has no version\nr.txt:3:1: c has no hash"),
            std::string::npos)
      << unpinned.error().to_string();
  file("r.txt", a);
  const auto transitive = resolve(inputs(workspace));
  ASSERT_FALSE(transitive.has_value());
  EXPECT_EQ(transitive.error().code(), ErrorCode::kMismatch);
  EXPECT_NE(transitive.error().why().find("b==1.0 --hash=sha256:"), std::string::npos);
  EXPECT_NE(transitive.error().why().find("c==1.0 --hash=sha256:"), std::string::npos);
  file("c.txt", "b==1.0 --hash=sha256:" + sha256_of("b-1.0-py3-none-any.whl") +
                    "\nc==1.0 --hash=sha256:" + sha256_of("c-1.0-py3-none-any.whl") + "\n");
  file("r.txt", a + "-c c.txt\n");
  EXPECT_EQ(names(resolve(inputs(workspace))), "a==1.0 b==1.0 c==1.0");
}

TEST_F(ResolverChoices, a_package_without_a_wheel_is_refused_with_its_name_and_what_to_do) {
  file("wheels/demo-1.0.tar.gz", "never read");
  const auto lock = resolve(inputs(layer("core", "\"demo\"")));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kRejected) << lock.error().to_string();
  EXPECT_NE(lock.error().why().find("layer core requires demo"), std::string::npos)
      << lock.error().to_string();
  EXPECT_NE(lock.error().why().find("demo 1.0 has only its source, demo-1.0.tar.gz"), std::string::npos);
  EXPECT_NE(lock.error().remedy().find("`allow_source = [\"demo\"]` on layer core"), std::string::npos);
}

/// Knows what each source is built to, and counts how often it is asked.
class KnownSources final : public SourceBuilds {
 public:
  Result<BuiltSource> learn(const LockedPackage& package, const model::Target&, std::stop_token) override {
    asked.push_back(source_name(package));
    BuiltSource built;
    built.metadata = {.name = package.name, .version = package.version, .requires_dist = needs};
    built.build.backend = "own";
    built.size = 7;
    return built;
  }
  std::vector<std::string> asked;
  std::vector<std::string> needs;
};

TEST_F(ResolverChoices, what_is_allowed_comes_from_source_with_what_its_build_says_it_needs) {
  file("wheels/demo-1.0.tar.gz", "never read");
  file("wheels/demo-2.0.tar.gz", "never read");
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  KnownSources sources;
  sources.needs = {"numlib<2"};
  settings_.sources = &sources;
  const LockInputs in = inputs(layer("core", "\"demo\"", "allow_source = [\"Demo\"]\n"));
  const auto lock = resolve(in);
  EXPECT_EQ(names(lock), "demo==2.0 numlib==1.0");
  EXPECT_EQ(sources.asked, (std::vector<std::string>{"demo 2.0"}));
  const LockedPackage* demo = lock->find("demo");
  ASSERT_TRUE(demo->build.has_value());
  EXPECT_EQ(demo->wheel.filename, "demo-2.0.tar.gz");
  EXPECT_EQ(demo->wheel.size, 7U);
  EXPECT_EQ(demo->needs.at(""), (std::vector<std::string>{"numlib"}));
  EXPECT_EQ(parse_lock(render_lock(*lock), "x").value(), *lock);

  file("wheels/demo-3.0.tar.gz", "never read");
  EXPECT_EQ(names(resolve(in, *lock)), "demo==2.0 numlib==1.0");
  EXPECT_EQ(names(resolve(in, *lock, {.all = true, .packages = {}})), "demo==3.0 numlib==1.0");
}

TEST_F(ResolverChoices, an_extra_of_a_source_brings_what_it_says) {
  file("wheels/demo-1.0.tar.gz", "never read");
  wheel("turbo", "1.0");
  KnownSources sources;
  sources.needs = {"turbo; extra == 'fast'", "wincolor; sys_platform == 'win32'"};
  settings_.sources = &sources;
  const std::string allow = "allow_source = [\"demo\"]\n";
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"demo[fast]\"", allow)))), "demo==1.0 turbo==1.0");
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"demo\"", allow)))), "demo==1.0");
}

TEST_F(ResolverChoices, a_wheel_is_taken_where_a_version_that_fits_has_one) {
  wheel("demo", "1.0");
  file("wheels/demo-2.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"demo\"", "allow_source = [\"demo\"]\n")))), "demo==1.0");
  EXPECT_TRUE(sources.asked.empty());
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"demo>1\"", "allow_source = [\"demo\"]\n")))), "demo==2.0");
}

TEST_F(ResolverChoices, a_wheel_that_the_target_cannot_load_gives_way_to_source) {
  wheel("demo", "1.0", {}, "cp311-cp311-manylinux_2_28_x86_64");
  file("wheels/demo-1.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  const auto lock = resolve(inputs(layer("core", "\"demo\"", "allow_source = [\"demo\"]\n")));
  EXPECT_EQ(names(lock), "demo==1.0");
  EXPECT_TRUE(lock->find("demo")->build.has_value());
}

TEST_F(ResolverChoices, newest_of_a_source_may_be_a_wheel) {
  file("wheels/demo-1.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  const LockInputs in = inputs(layer("core", "\"demo\"", "allow_source = [\"demo\"]\n"));
  const LockFile lock = resolve(in).value();
  const auto newest = [&] {
    const auto found = Resolver(settings_, *store_, *actions_, events_).newest(in, lock, {});
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    return found->at(0).package.wheel.filename;
  };
  EXPECT_EQ(newest(), "demo-1.0.tar.gz");
  file("wheels/demo-2.0.tar.gz", "never read");
  EXPECT_EQ(newest(), "demo-2.0.tar.gz");
  wheel("demo", "2.0");
  EXPECT_EQ(newest(), "demo-2.0-py3-none-any.whl");
  file("wheels/demo-3.0.tar.gz", "never read");
  EXPECT_EQ(newest(), "demo-3.0.tar.gz");
}

TEST_F(ResolverChoices, each_layer_allows_for_itself_and_those_above_it) {
  file("wheels/demo-1.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  const std::string core = layer("core", "\"demo\"", "allow_source = [\"demo\"]\n");
  EXPECT_EQ(names(resolve(inputs(core + layer("more", "\"demo\"", "depends_on = [\"core\"]\n") +
                                 function("f", "\"core\", \"more\"")))),
            "demo==1.0");
  const auto refused =
      resolve(inputs(core + layer("more", "\"demo\"") + function("f", "\"core\", \"more\"")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kRejected);
  EXPECT_EQ(refused.error().remedy(), "`allow_source = [\"demo\"]` on layer more");
}

TEST_F(ResolverChoices, a_source_must_have_a_pinned_hash_where_hashes_are_pinned) {
  file("wheels/demo-1.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  file("r.txt", "demo==1.0 --hash=sha256:" + std::string(64, 'a') + "\n");
  const auto lock = resolve(inputs("[layers.core]\nrequirements = \"r.txt\"\nallow_source = [\"demo\"]\n"));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kMismatch) << lock.error().to_string();
  EXPECT_TRUE(sources.asked.empty());
}

TEST_F(ResolverChoices, requires_python_that_excludes_the_target_is_a_usage_error) {
  wheel("a", "1.0", {}, "py3-none-any", "Requires-Python: >=3.12\n");
  const auto lock = resolve(inputs(layer("core", "\"a==1.0\"")));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kUsage) << lock.error().to_string();
}

TEST_F(ResolverChoices, every_target_gets_the_newest_wheel_that_its_glibc_loads) {
  for (const char* tag : {"cp310-cp310-manylinux_%_x86_64", "cp313-cp313-manylinux_%_aarch64"}) {
    for (const auto& [version, glibc] : {std::pair{"1.0", "2_17"}, {"2.0", "2_28"}, {"3.0", "2_35"}}) {
      const std::string text(tag);
      const auto place = text.find('%');
      wheel("native", version, {}, text.substr(0, place) + glibc + text.substr(place + 1));
    }
  }
  const auto lock_for = [&](const std::string& runtime, const std::string& architecture) {
    return resolve(
        inputs(layer("core", "\"native\"",
                     "runtimes = [\"" + runtime + "\"]\narchitectures = [\"" + architecture + "\"]\n")));
  };
  EXPECT_EQ(names(lock_for("python3.10", "x86_64")), "native==1.0");
  EXPECT_EQ(names(lock_for("python3.13", "arm64")), "native==2.0");
}

TEST_F(ResolverChoices, newest_disregards_what_is_required) {
  wheel("a", "1.0");
  wheel("a", "2.0", {}, "py3-none-any", "Project-URL: Release Notes, https://h.example/notes\n");
  wheel("a", "3.0", {}, "cp311-cp311-win_amd64");
  const LockInputs in = inputs(layer("core", "\"a<2\""));
  const auto lock = resolve(in).value();
  const auto newest = Resolver(settings_, *store_, *actions_, events_).newest(in, lock, {});
  ASSERT_TRUE(newest.has_value()) << newest.error().to_string();
  ASSERT_EQ(newest->size(), 1u);
  EXPECT_EQ(newest->at(0).package.version, "2.0");
  EXPECT_EQ(newest->at(0).changelog, "https://h.example/notes");
}

TEST_F(ResolverChoices, pip_gives_the_same_lock_as_uv) {
  wheel("a", "1.0", {"b[x]>=1"});
  wheel("b", "1.0", {"c; extra == 'x'"}, "py3-none-any", "Provides-Extra: x\n");
  wheel("b", "2.0", {"c; extra == 'x'"}, "cp311-cp311-manylinux_2_28_x86_64", "Provides-Extra: x\n");
  wheel("c", "1.0", {}, "cp311-cp311-manylinux_2_17_x86_64");
  wheel("c", "1.1", {}, "cp311-cp311-win_amd64");
  const LockInputs in = inputs(layer("core", "\"a\""));
  const auto by_uv = resolve(in);
  ASSERT_TRUE(by_uv.has_value()) << by_uv.error().to_string();
  const auto python = os::find_program("python3.11");
  if (!python || model::machine_name(in.group.target.architecture) != os::host_machine())
    GTEST_SKIP() << "no python3.11";
  os::Command has_pip{.argv = {python->string(), "-I", "-m", "pip", "--version"}, .inherit_env = true};
  if (const auto run = os::run(has_pip); !run || !run->succeeded()) GTEST_SKIP() << "python3.11 has no pip";
  settings_.uv.clear();
  settings_.pip = *python;
  const auto by_pip = resolve(in);
  ASSERT_TRUE(by_pip.has_value()) << by_pip.error().to_string();
  for (const LockedPackage& package : by_uv->packages)
    EXPECT_EQ(by_pip->find(package.name)->wheel.sha256, package.wheel.sha256) << package.name;
  EXPECT_EQ(by_pip->packages.size(), by_uv->packages.size());
  EXPECT_EQ(resolve(inputs("[lock]\noverrides = [\"b\"]\n" + layer("core", "\"a\""))).error().code(),
            ErrorCode::kToolMissing);

  file("wheels/demo-1.0.tar.gz", "never read");
  KnownSources sources;
  settings_.sources = &sources;
  const auto source = resolve(inputs(layer("core", "\"demo\"", "allow_source = [\"demo\"]\n")));
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code(), ErrorCode::kToolMissing) << source.error().to_string();
  EXPECT_EQ(source.error().what(), "pip cannot resolve with allow_source");
  EXPECT_TRUE(sources.asked.empty());
}

TEST(Pip, reports_must_pin_and_keep_no_credentials) {
  const std::string start =
      R"({"version":"1","install":[{"metadata":{"name":"A_b","version":"1.0"},)"
      R"("download_info":{"url":"https://u:s3cret@h/A_b-1.0-py3-none-any.whl","archive_info":{)";
  const auto good = parse_pip_report(start + R"("hashes":{"sha256":")" + std::string(64, 'a') + R"("}}}}]})");
  ASSERT_TRUE(good.has_value()) << good.error().to_string();
  EXPECT_EQ(good->at(0).name, "a-b");
  EXPECT_EQ(good->at(0).wheels.at(0).url, "https://h/A_b-1.0-py3-none-any.whl");
  const auto bad = parse_pip_report(start + "}}}]}");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code(), ErrorCode::kMismatch);
}

}  // namespace
}  // namespace lamella::resolve
