// SPDX-License-Identifier: Apache-2.0
//
// `no_deps` of a single requirement: it comes, and what it needs does not come by it.
#include <gtest/gtest.h>

#include "resolve/resolver_fixture.h"

namespace lamella::resolve {
namespace {

class ResolverNoDeps : public ResolverTest {
 protected:
  static std::string names(const Result<LockFile>& lock) {
    if (!lock) return lock.error().to_string();
    std::string out;
    for (const LockedPackage& package : lock->packages)
      out += (out.empty() ? "" : " ") + package.name + "==" + package.version;
    return out;
  }
  static std::string of_layer(const Result<LockFile>& lock, const std::string& layer) {
    if (!lock) return lock.error().to_string();
    const auto packages = closure_of(*lock, RootKind::kLayer, layer);
    if (!packages) return packages.error().to_string();
    std::string out;
    for (const LockedPackage* package : *packages) out += (out.empty() ? "" : " ") + package->name;
    return out;
  }
  static std::string alone(const std::string& requirement) {
    return "{ name = \"" + requirement + "\", no_deps = true }";
  }
};

TEST_F(ResolverNoDeps, a_requirement_comes_without_what_it_needs_beside_others_that_come_with_it) {
  wheel("frames", "1.0", {"numlib", "absent>=1"});
  wheel("jobs", "1.0", {"turbo"});
  wheel("turbo", "1.0");
  wheel("numlib", "1.0");
  const LockInputs in = inputs(layer("core", alone("Frames>=1") + ", \"jobs\""));
  const auto lock = resolve(in);
  EXPECT_EQ(names(lock), "frames==1.0 jobs==1.0 turbo==1.0");
  ASSERT_TRUE(lock.has_value());
  EXPECT_TRUE(lock->find("frames")->needs.empty());
  EXPECT_EQ(lock->roots.at(0).alone, std::vector<std::string>{"Frames>=1"});
  EXPECT_EQ(parse_lock(render_lock(*lock), "x").value(), *lock);
  EXPECT_TRUE(why_stale(*lock, in).empty());
  const auto stale = why_stale(*lock, inputs(layer("core", "\"Frames>=1\", \"jobs\"")));
  ASSERT_EQ(stale.size(), 1u);
  EXPECT_EQ(stale[0].kind, "no-deps-changed");
}

TEST_F(ResolverNoDeps, what_something_else_needs_comes_all_the_same) {
  wheel("frames", "1.0", {"numlib", "old"});
  wheel("jobs", "1.0", {"numlib"});
  wheel("numlib", "1.0");
  wheel("old", "1.0");
  EXPECT_EQ(names(resolve(inputs(layer("core", alone("frames") + ", \"jobs\"")))),
            "frames==1.0 jobs==1.0 numlib==1.0");
}

TEST_F(ResolverNoDeps, it_ends_the_way_where_another_requirement_leads_to_it_too) {
  wheel("clouds", "1.0", {"frames[fast]>=1"});
  wheel("frames", "1.0", {"numlib<2", "turbo; extra == 'fast'"}, "py3-none-any", "Provides-Extra: fast\n");
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  wheel("turbo", "1.0");
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"clouds\", " + alone("frames") + ", \"numlib>=2\"")))),
            "clouds==1.0 frames==1.0 numlib==2.0");
}

TEST_F(ResolverNoDeps, layers_that_disagree_have_each_its_own_closure) {
  wheel("clouds", "1.0", {"frames"});
  wheel("frames", "1.0", {"numlib<2"});
  wheel("numlib", "1.0");
  wheel("numlib", "2.0");
  const std::string bare = layer("bare", "\"clouds\", " + alone("frames"));
  for (const char* other : {"\"frames\"", "\"clouds\""}) {
    const auto lock = resolve(inputs(bare + layer("full", other) + function("f", "\"bare\", \"full\"")));
    EXPECT_EQ(names(lock), "clouds==1.0 frames==1.0 numlib==1.0") << other;
    EXPECT_EQ(of_layer(lock, "bare"), "clouds frames");
    EXPECT_NE(of_layer(lock, "full").find("frames numlib"), std::string::npos) << other;
  }
  const auto refused = resolve(inputs(layer("bare", alone("frames") + ", \"numlib>=2\"") +
                                      layer("full", "\"frames\"") + function("f", "\"bare\", \"full\"")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUsage);
  EXPECT_NE(refused.error().why().find("layer full requires frames"), std::string::npos)
      << refused.error().to_string();
}

TEST_F(ResolverNoDeps, it_does_not_count_where_its_marker_does_not_hold) {
  wheel("frames", "1.0", {"numlib"});
  wheel("numlib", "1.0");
  EXPECT_EQ(names(resolve(inputs(layer("core", "\"frames\", " + alone("frames; python_version < '3.8'"))))),
            "frames==1.0 numlib==1.0");
}

TEST_F(ResolverNoDeps, its_requires_python_counts) {
  wheel("frames", "1.0", {"numlib"}, "py3-none-any", "Requires-Python: >=3.12\n");
  const auto lock = resolve(inputs(layer("core", alone("frames"))));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kUsage) << lock.error().to_string();
}

TEST_F(ResolverNoDeps, pip_is_not_asked) {
  wheel("frames", "1.0", {"numlib"});
  settings_.uv.clear();
  settings_.pip = "/nonexistent/python";
  const auto lock = resolve(inputs(layer("core", alone("frames"))));
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code(), ErrorCode::kToolMissing);
  EXPECT_EQ(lock.error().what(), "pip cannot resolve with `no_deps` of single requirements");
  EXPECT_NE(lock.error().remedy().find("pip install uv"), std::string::npos);
}

}  // namespace
}  // namespace lamella::resolve
