// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_store.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "trees/trees_fixture.h"

namespace lamella::trees {
namespace {

using TreeStoreTest = TreesTest;

TEST_F(TreeStoreTest, UnpacksReadOnlyWithModes) {
  TreeStore trees(folder_.path());
  const auto place = unpack(trees, {{"python/a.py", "x = 1"}, {"bin/tool", "#!"}}).path();
  EXPECT_EQ(os::read_file(place / "python/a.py").value(), "x = 1");
  EXPECT_EQ(os::file_info(place / "python/a.py").value()->mode, 0444U);
  EXPECT_EQ(os::file_info(place / "bin/tool").value()->mode, 0555U);
}

TEST_F(TreeStoreTest, MakesAnIncompleteTreeAgain) {
  const std::map<std::string, std::string> files = {{"a", "one"}, {"b", "two"}};
  {
    TreeStore trees(folder_.path());
    const auto place = unpack(trees, files).path();
    ASSERT_TRUE(os::remove_path(place / "b").has_value());
  }
  TreeStore trees(folder_.path());
  const auto place = unpack(trees, files).path();
  EXPECT_EQ(os::read_file(place / "b").value(), "two");
}

TEST_F(TreeStoreTest, MakesADamagedTreeAgain) {
  const std::map<std::string, std::string> files = {{"python/a.py", "status = 500"}, {"bin/tool", "#!"}};
  using Damage = std::function<void(const std::filesystem::path&)>;
  const std::vector<std::pair<std::string, Damage>> damages = {
      {"other bytes of the same size", [](const auto& at) { overwrite(at / "python/a.py", "status = 200"); }},
      {"fewer bytes", [](const auto& at) { overwrite(at / "python/a.py", "status"); }},
      {"a file less", [](const auto& at) { std::filesystem::remove(at / "python/a.py"); }},
      {"a file more", [](const auto& at) { std::ofstream(at / "python/b.py") << "more"; }},
      {"a folder more", [](const auto& at) { std::filesystem::create_directory(at / "more"); }},
      {"another mode", [](const auto& at) { ::chmod((at / "bin/tool").c_str(), 0444); }},
      {"a link in place of a file",
       [](const auto& at) {
         std::filesystem::remove(at / "python/a.py");
         std::filesystem::create_symlink("../bin/tool", at / "python/a.py");
       }},
      {"nothing but the name",
       [](const auto& at) {
         std::filesystem::remove_all(at);
         std::ofstream(at) << "file";
       }},
  };
  for (const auto& [what, damage] : damages) {
    SCOPED_TRACE(what);
    TreeStore before(folder_.path());
    const auto place = unpack(before, files).path();
    damage(place);
    Heard events;
    TreeStore trees(folder_.path(), events);
    unpack(trees, files);
    EXPECT_EQ(os::read_file(place / "python/a.py").value(), "status = 500");
    EXPECT_EQ(os::file_info(place / "bin/tool").value()->mode, 0555U);
    EXPECT_FALSE(os::exists(place / "python/b.py"));
    EXPECT_FALSE(os::exists(place / "more"));
    EXPECT_EQ(events.damaged, 1U);
  }
  EXPECT_EQ(os::list_directory(folder_.path() / "quarantine").value().size(), damages.size());
}

TEST_F(TreeStoreTest, TakesAWholeTreeAsItIs) {
  base::StringSink sink;
  archive::ZipAssembler zip(sink);
  ASSERT_TRUE(zip.add_file("python/a.py", false, base::as_bytes("a")).has_value());
  ASSERT_TRUE(zip.add_symlink("python/b.py", "a.py").has_value());
  ASSERT_TRUE(zip.finish().has_value());
  const Digest digest = crypto::sha256(sink.text());
  std::uint64_t inode = 0;
  for (int round = 0; round < 2; ++round) {
    Heard events;
    TreeStore trees(folder_.path(), events);
    const auto place =
        trees.unpack(base::as_bytes(sink.text()), digest, archive::Profile::kUploaded, pool_).value().path();
    const auto now = os::file_info(place).value()->inode;
    EXPECT_TRUE(round == 0 || now == inode);
    inode = now;
    EXPECT_EQ(events.damaged, 0U);
  }
}

TEST_F(TreeStoreTest, MakesATreeAgainThatWentMeanwhile) {
  TreeStore trees(folder_.path());
  const auto place = unpack(trees, {{"a", "one"}}).path();
  ASSERT_TRUE(os::remove_tree(place).has_value());
  unpack(trees, {{"a", "one"}});
  EXPECT_EQ(os::read_file(place / "a").value(), "one");
}

TEST_F(TreeStoreTest, AMergedTreeCarriesNoDamage) {
  const std::map<std::string, std::string> one = {{"python/a.py", "good"}};
  const std::map<std::string, std::string> two = {{"python/b.py", "b"}};
  using Damage = std::function<void(const std::filesystem::path& tree, const std::filesystem::path& merged)>;
  const std::vector<std::pair<std::string, Damage>> damages = {
      {"shared", [](const auto&, const auto& merged) { overwrite(merged / "python/a.py", "evil"); }},
      {"of the tree", [](const auto& tree, const auto&) { overwrite(tree / "python/a.py", "evil"); }},
      {"its own",
       [](const auto&, const auto& merged) {
         std::filesystem::remove(merged / "python/a.py");
         std::ofstream(merged / "python/a.py") << "evil";
       }},
      {"a file more", [](const auto&, const auto& merged) { std::ofstream(merged / "python/c.py") << "c"; }},
      {"a file less",
       [](const auto&, const auto& merged) { std::filesystem::remove(merged / "python/b.py"); }},
  };
  for (const auto& [what, damage] : damages) {
    SCOPED_TRACE(what);
    TreeStore before(folder_.path());
    const Tree layers[] = {unpack(before, one), unpack(before, two)};
    damage(layers[0].path(), before.merge(layers).value().path());
    TreeStore trees(folder_.path());
    const Tree again[] = {unpack(trees, one), unpack(trees, two)};
    const auto merged = trees.merge(again).value().path();
    EXPECT_EQ(os::read_file(merged / "python/a.py").value(), "good");
    EXPECT_EQ(os::read_file(merged / "python/b.py").value(), "b");
    EXPECT_FALSE(os::exists(merged / "python/c.py"));
  }
}

TEST_F(TreeStoreTest, TheLaterLayerWins) {
  TreeStore trees(folder_.path());
  const Tree first = unpack(trees, {{"python/a.py", "first"}, {"python/b.py", "b"}});
  const Tree second = unpack(trees, {{"python/a.py", "second!"}, {"lib/c", "c"}});
  const Tree forward[] = {first, second};
  const Tree backward[] = {second, first};
  EXPECT_EQ(os::read_file(trees.merge(forward).value().path() / "python/a.py").value(), "second!");
  EXPECT_EQ(os::read_file(trees.merge(backward).value().path() / "python/a.py").value(), "first");
  EXPECT_EQ(os::read_file(trees.merge(forward).value().path() / "python/b.py").value(), "b");
  EXPECT_EQ(os::read_file(first.path() / "python/a.py").value(), "first");
}

TEST_F(TreeStoreTest, AVariantLeavesTheTreeAsItWas) {
  TreeStore trees(folder_.path());
  const auto tree = unpack(trees, {{"python/a.py", "a"}, {"python/b.py", "b"}}).path();
  ASSERT_TRUE(os::write_file_atomic(folder_.path() / "more", "more").has_value());
  const Addition added[] = {{folder_.path() / "more", "python/deep/c.py"},
                            {folder_.path() / "more", "python/b.py"}};
  const std::string removed[] = {"python/a.py", "python/absent"};
  std::filesystem::path place;
  {
    const auto variant = trees.variant(tree, added, removed).value();
    place = variant.path();
    EXPECT_FALSE(os::exists(place / "python/a.py"));
    EXPECT_EQ(os::read_file(place / "python/b.py").value(), "more");
    EXPECT_EQ(os::read_file(place / "python/deep/c.py").value(), "more");
  }
  EXPECT_FALSE(os::exists(place));
  EXPECT_EQ(os::read_file(tree / "python/a.py").value(), "a");
  EXPECT_EQ(os::read_file(tree / "python/b.py").value(), "b");
  EXPECT_FALSE(os::exists(tree / "python/deep"));
}

TEST_F(TreeStoreTest, RefusesAFileWhereAnotherLayerHasAFolder) {
  TreeStore trees(folder_.path());
  const Tree layers[] = {unpack(trees, {{"python/a", "file"}}), unpack(trees, {{"python/a/b", "inside"}})};
  const auto merged = trees.merge(layers);
  ASSERT_FALSE(merged.has_value());
  EXPECT_EQ(merged.error().code(), ErrorCode::kRejected);
  EXPECT_EQ(merged.error().where(), "python/a");
}

TEST_F(TreeStoreTest, RefusesALinkThatLeaves) {
  base::StringSink sink;
  archive::ZipAssembler zip(sink);
  ASSERT_TRUE(zip.add_symlink("python/out", "../../../etc/passwd").has_value());
  ASSERT_TRUE(zip.finish().has_value());
  TreeStore trees(folder_.path());
  const auto place = trees.unpack(base::as_bytes(sink.text()), crypto::sha256(sink.text()),
                                  archive::Profile::kUploaded, pool_);
  ASSERT_FALSE(place.has_value());
  EXPECT_EQ(place.error().code(), ErrorCode::kRejected);
}

}  // namespace
}  // namespace lamella::trees
