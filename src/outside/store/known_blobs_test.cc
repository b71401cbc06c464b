// SPDX-License-Identifier: Apache-2.0
#include "store/known_blobs.h"

#include <gtest/gtest.h>

#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::store {
namespace {

const os::FileInfo kInfo{.size = 10, .mtime_ns = 20, .ctime_ns = 30, .inode = 40};

class KnownBlobsTest : public ::testing::Test {
 protected:
  os::TempDirectory root_ = os::TempDirectory::create("known").value();
  std::filesystem::path file_ = root_.path() / "known-blobs";
  Digest digest_ = crypto::sha256("x");
};

TEST_F(KnownBlobsTest, K1_knows_only_the_same_digest_and_the_same_stat) {
  KnownBlobs known(file_);
  EXPECT_FALSE(known.knows(digest_, kInfo));
  known.remember(digest_, kInfo);
  KnownBlobs later(file_);
  EXPECT_TRUE(later.knows(digest_, kInfo));
  EXPECT_FALSE(later.knows(crypto::sha256("y"), kInfo));
  for (auto change : {&os::FileInfo::size, &os::FileInfo::inode}) {
    os::FileInfo other = kInfo;
    other.*change += 1;
    EXPECT_FALSE(later.knows(digest_, other));
  }
  for (auto change : {&os::FileInfo::mtime_ns, &os::FileInfo::ctime_ns}) {
    os::FileInfo other = kInfo;
    other.*change += 1;
    EXPECT_FALSE(later.knows(digest_, other));
  }
}

TEST_F(KnownBlobsTest, the_last_word_counts) {
  os::FileInfo moved = kInfo;
  moved.inode = 41;
  KnownBlobs(file_).remember(digest_, kInfo);
  KnownBlobs(file_).remember(digest_, moved);
  KnownBlobs known(file_);
  EXPECT_TRUE(known.knows(digest_, moved));
  EXPECT_FALSE(known.knows(digest_, kInfo));
}

TEST_F(KnownBlobsTest, K2_every_flipped_bit_and_every_cut_forgets_or_changes_nothing) {
  KnownBlobs(file_).remember(digest_, kInfo);
  const std::string good = os::read_file(file_).value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    ASSERT_TRUE(os::write_file_atomic(file_, bad).has_value());
    EXPECT_FALSE(KnownBlobs(file_).knows(digest_, kInfo)) << "byte " << i;
    ASSERT_TRUE(os::write_file_atomic(file_, good.substr(0, i)).has_value());
    KnownBlobs cut(file_);
    EXPECT_FALSE(cut.knows(digest_, kInfo)) << "cut at " << i;
    cut.remember(digest_, kInfo);
    EXPECT_TRUE(KnownBlobs(file_).knows(digest_, kInfo)) << "mended after a cut at " << i;
  }
}

}  // namespace
}  // namespace lamella::store
