// SPDX-License-Identifier: Apache-2.0
//
// The resolver against uv itself, from a folder of tiny wheels made here, without a network; and once, when
// an index can be reached, the contradiction that the joint lock exists for.  Without uv they are skipped.
#include "resolve/resolver.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "config/workspace_file.h"
#include "os/directory_tree.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "resolve/closure.h"
#include "resolve/metadata.h"
#include "resolve/uv.h"
#include "store/local_store.h"

namespace lamella::resolve {
namespace {

namespace fs = std::filesystem;

void append_number(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

std::uint32_t crc32_of(std::string_view text) {
  std::uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

/// A stored zip, as plain as can be.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out;
  std::string directory;
  for (const auto& [name, content] : files) {
    std::string common;
    append_number(common, 20, 2);
    append_number(common, 0, 2);
    append_number(common, 0, 2);
    append_number(common, 0x00210000, 4);
    append_number(common, crc32_of(content), 4);
    append_number(common, static_cast<std::uint32_t>(content.size()), 4);
    append_number(common, static_cast<std::uint32_t>(content.size()), 4);
    append_number(common, static_cast<std::uint32_t>(name.size()), 2);
    append_number(common, 0, 2);
    directory += "PK\x01\x02";
    append_number(directory, 20, 2);
    directory += common;
    append_number(directory, 0, 2);
    append_number(directory, 0, 2);
    append_number(directory, 0, 2);
    append_number(directory, 0100644u << 16, 4);
    append_number(directory, static_cast<std::uint32_t>(out.size()), 4);
    directory += name;
    out += "PK\x03\x04" + common + name + content;
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  out += directory + "PK\x05\x06";
  append_number(out, 0, 4);
  append_number(out, static_cast<std::uint32_t>(files.size()), 2);
  append_number(out, static_cast<std::uint32_t>(files.size()), 2);
  append_number(out, static_cast<std::uint32_t>(directory.size()), 4);
  append_number(out, start, 4);
  append_number(out, 0, 2);
  return out;
}

class Recorder final : public EventSink {
 public:
  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    if (event.kind == "lock.excluded") excluded.push_back(event.subject + " " + event.fields.at(0).second);
  }
  std::vector<std::string> excluded;

 private:
  std::mutex mutex_;
};

class ResolverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto cache = os::cache_directory();
    auto uv = find_uv(cache ? *cache : fs::path());
    if (!uv) GTEST_SKIP() << "uv is not installed";
    settings_.uv = *uv;
    settings_.cache = root_.path() / "uv";
    settings_.wheelhouse = root_.path() / "wheels";
    fs::create_directories(settings_.wheelhouse);
  }

  void wheel(const std::string& name, const std::string& version, const std::vector<std::string>& needs = {},
             const std::string& tag = "py3-none-any", const std::string& more = "") {
    const std::string info = name + "-" + version + ".dist-info/";
    std::string metadata = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n" + more;
    for (const std::string& need : needs) metadata += "Requires-Dist: " + need + "\n";
    const std::string bytes =
        zip_of({{name + "/__init__.py", ""},
                {info + "METADATA", metadata + "\nRequires-Dist: not-a-header\n"},
                {info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n"},
                {info + "RECORD", ""}});
    const fs::path file = settings_.wheelhouse / (name + "-" + version + "-" + tag + ".whl");
    ASSERT_TRUE(os::write_file_atomic(file, bytes).has_value());
  }

  LockInputs inputs(const std::string& body) {
    workspace_ =
        config::parse_workspace("schema = 1\n[project]\nname = \"shop\"\n" + body, "lamella.toml").value();
    const auto groups = lock_groups(workspace_);
    return read_lock_inputs(os::DirectoryTree(root_.path()), workspace_, groups.at(0)).value();
  }
  static std::string layer(const std::string& name, const std::string& requirements,
                           const std::string& more = "") {
    return "[layers." + name + "]\nrequirements = [" + requirements + "]\n" + more;
  }
  static std::string function(const std::string& name, const std::string& layers) {
    return "[functions." + name + "]\nsource = \"" + name + "\"\nhandler = \"app.handler\"\nlayers = [" +
           layers + "]\n";
  }
  Result<LockFile> resolve(const LockInputs& in, const std::optional<LockFile>& previous = {},
                           const Upgrade& upgrade = {}) {
    return Resolver(settings_, *store_, *actions_, events_).resolve(in, previous, upgrade, {});
  }
  static std::string version(const LockFile& lock, const std::string& name) {
    const LockedPackage* package = lock.find(name);
    return package == nullptr ? "" : package->version;
  }

  os::TempDirectory root_ = os::TempDirectory::create("resolver").value();
  std::unique_ptr<store::ContentStore> store_ =
      store::open_local_store({.root = root_.path() / "cache"}).value();
  std::unique_ptr<store::ActionCache> actions_ = store::open_local_actions(root_.path() / "cache").value();
  ResolverSettings settings_;
  Recorder events_;
  model::Workspace workspace_;
};

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
