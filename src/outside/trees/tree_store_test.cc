// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>
#include <string>

#include "archive/zip_writer.h"
#include "base/byte_stream.h"
#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::trees {
namespace {

std::string zip_of(const std::map<std::string, std::string>& files) {
  base::StringSink sink;
  archive::ZipAssembler zip(sink);
  for (const auto& [name, text] : files) {
    EXPECT_TRUE(zip.add_file(name, name.starts_with("bin/"), base::as_bytes(text)).has_value());
  }
  EXPECT_TRUE(zip.finish().has_value());
  return std::move(sink).text();
}

class TreeStoreTest : public testing::Test {
 protected:
  Digest unpack(TreeStore& trees, const std::map<std::string, std::string>& files) {
    const std::string zip = zip_of(files);
    const Digest digest = crypto::sha256(zip);
    const auto place = trees.unpack(base::as_bytes(zip), digest, archive::Profile::kUploaded, pool_);
    EXPECT_TRUE(place.has_value()) << place.error().to_string();
    return digest;
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  os::ThreadPool pool_{2};
};

TEST_F(TreeStoreTest, UnpacksReadOnlyWithModes) {
  TreeStore trees(folder_.path());
  const auto place = trees.path_of(unpack(trees, {{"python/a.py", "x = 1"}, {"bin/tool", "#!"}}));
  EXPECT_EQ(os::read_file(place / "python/a.py").value(), "x = 1");
  EXPECT_EQ(os::file_info(place / "python/a.py").value()->mode, 0444U);
  EXPECT_EQ(os::file_info(place / "bin/tool").value()->mode, 0555U);
}

TEST_F(TreeStoreTest, MakesAnIncompleteTreeAgain) {
  const std::map<std::string, std::string> files = {{"a", "one"}, {"b", "two"}};
  {
    TreeStore trees(folder_.path());
    const auto place = trees.path_of(unpack(trees, files));
    ASSERT_TRUE(os::remove_path(place / "b").has_value());
  }
  TreeStore trees(folder_.path());
  const auto place = trees.path_of(unpack(trees, files));
  EXPECT_EQ(os::read_file(place / "b").value(), "two");
}

TEST_F(TreeStoreTest, TheLaterLayerWins) {
  TreeStore trees(folder_.path());
  const Digest first = unpack(trees, {{"python/a.py", "first"}, {"python/b.py", "b"}});
  const Digest second = unpack(trees, {{"python/a.py", "second!"}, {"lib/c", "c"}});
  const Digest forward[] = {first, second};
  const Digest backward[] = {second, first};
  EXPECT_EQ(os::read_file(trees.merge(forward).value() / "python/a.py").value(), "second!");
  EXPECT_EQ(os::read_file(trees.merge(backward).value() / "python/a.py").value(), "first");
  EXPECT_EQ(os::read_file(trees.merge(forward).value() / "python/b.py").value(), "b");
  EXPECT_EQ(os::read_file(trees.path_of(first) / "python/a.py").value(), "first");
}

TEST_F(TreeStoreTest, AVariantLeavesTheTreeAsItWas) {
  TreeStore trees(folder_.path());
  const auto tree = trees.path_of(unpack(trees, {{"python/a.py", "a"}, {"python/b.py", "b"}}));
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
  const Digest layers[] = {unpack(trees, {{"python/a", "file"}}), unpack(trees, {{"python/a/b", "inside"}})};
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
