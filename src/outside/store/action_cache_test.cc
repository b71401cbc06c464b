// SPDX-License-Identifier: Apache-2.0
#include "store/action_cache.h"

#include <gtest/gtest.h>

#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::store {
namespace {

class ActionCacheTest : public ::testing::Test {
 protected:
  std::filesystem::path path_of(const Digest& key) const {
    return root_.path() / "actions" / key.hex().substr(0, 2) / key.hex();
  }
  os::TempDirectory root_ = os::TempDirectory::create("actions").value();
  std::unique_ptr<ActionCache> cache_ = open_local_actions(root_.path()).value();
  Digest key_ = crypto::sha256("key");
  ActionRecord record_{
      "segment", std::string("{\"a\":1}\n\n\0b", 11), {crypto::sha256("o1"), crypto::sha256("o2")}};
};

TEST_F(ActionCacheTest, A1_gives_back_what_was_put_and_nothing_else) {
  EXPECT_EQ(cache_->get(key_).value(), std::nullopt);
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  EXPECT_EQ(cache_->get(key_).value(), record_);
  EXPECT_EQ(open_local_actions(root_.path()).value()->get(key_).value(), record_);
  const ActionRecord empty{"proof", "", {}};
  ASSERT_TRUE(cache_->put(key_, empty).has_value());
  EXPECT_EQ(cache_->get(key_).value(), empty);
  ASSERT_TRUE(cache_->remove(key_).has_value());
  EXPECT_EQ(cache_->get(key_).value(), std::nullopt);
}

TEST_F(ActionCacheTest, A2_any_flipped_bit_or_cut_is_a_miss_and_is_removed) {
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  const std::string good = os::read_file(path_of(key_)).value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    ASSERT_TRUE(os::write_file_atomic(path_of(key_), bad).has_value());
    EXPECT_EQ(cache_->get(key_).value(), std::nullopt) << "byte " << i;
    const bool another_schema = i == std::string("lamella-action ").size();  // A4
    EXPECT_EQ(os::exists(path_of(key_)), another_schema);
    ASSERT_TRUE(os::write_file_atomic(path_of(key_), good.substr(0, i)).has_value());
    EXPECT_EQ(cache_->get(key_).value(), std::nullopt) << "cut at " << i;
  }
}

TEST_F(ActionCacheTest, A2_a_record_in_another_keys_place_is_a_miss) {
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  const Digest other = crypto::sha256("other");
  std::filesystem::create_directories(path_of(other).parent_path());
  std::filesystem::copy_file(path_of(key_), path_of(other));
  EXPECT_EQ(cache_->get(other).value(), std::nullopt);
}

TEST_F(ActionCacheTest, A4_a_record_of_another_schema_is_a_miss_and_stays) {
  const std::string later = "lamella-action 2\nwhatever comes then";
  std::filesystem::create_directories(path_of(key_).parent_path());
  ASSERT_TRUE(os::write_file_atomic(path_of(key_), later).has_value());
  EXPECT_EQ(cache_->get(key_).value(), std::nullopt);
  EXPECT_EQ(cache_->stats()->damaged, 0u);
  EXPECT_EQ(os::read_file(path_of(key_)).value(), later);
  ASSERT_TRUE(cache_->put(key_, record_).has_value()) << "what we make ourselves is ours to put";
  EXPECT_EQ(cache_->get(key_).value(), record_);
}

// The bytes of schema 1 as version 0.1.0 wrote them: later versions must read them.
TEST_F(ActionCacheTest, reads_schema_1) {
  const std::string text =
      "lamella-action 1\n"
      "4fef84389aec55910578998ddfc26521f810b1214092ab54af3328528d95142b\n"
      "metadata\n"
      "2352da7280f1decc3acf1ba84eb945c9fc2b7b541094e1d0992dbffd1b6664cc\n"
      "\n{\"schema\":1}";
  std::filesystem::create_directories(path_of(key_).parent_path());
  ASSERT_TRUE(os::write_file_atomic(path_of(key_), text).has_value());
  EXPECT_EQ(cache_->get(key_).value(), (ActionRecord{"metadata", "{\"schema\":1}", {crypto::sha256("o1")}}));
}

TEST_F(ActionCacheTest, forgets_what_speaks_of_blobs_that_are_gone) {
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  ASSERT_TRUE(cache_->put(crypto::sha256("2"), {"segment", "v", {crypto::sha256("o3")}}).has_value());
  EXPECT_EQ(cache_->forget(std::vector<Digest>{crypto::sha256("o2")}).value(), 1u);
  EXPECT_EQ(cache_->get(key_).value(), std::nullopt);
  EXPECT_TRUE(cache_->get(crypto::sha256("2")).value().has_value());
}

TEST_F(ActionCacheTest, a_kind_must_be_a_word) {
  EXPECT_FALSE(cache_->put(key_, {"two words", "", {}}).has_value());
  EXPECT_FALSE(cache_->put(key_, {"", "", {}}).has_value());
}

TEST_F(ActionCacheTest, stats_count_kinds_and_collect_outputs) {
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  ASSERT_TRUE(cache_->put(crypto::sha256("2"), {"segment", "v", {crypto::sha256("o1")}}).has_value());
  ASSERT_TRUE(cache_->put(crypto::sha256("3"), {"metadata", "v", {}}).has_value());
  ASSERT_TRUE(os::write_file_atomic(path_of(crypto::sha256("3")), "broken").has_value());
  const auto stats = cache_->stats().value();
  EXPECT_EQ(stats.records, 2u);
  EXPECT_EQ(stats.by_kind.at("segment"), 2u);
  EXPECT_EQ(stats.outputs.size(), 2u);
  EXPECT_EQ(stats.damaged, 1u);
}

TEST_F(ActionCacheTest, sweep_removes_the_old_alone) {
  ASSERT_TRUE(cache_->put(key_, record_).has_value());
  ASSERT_TRUE(cache_->put(crypto::sha256("old"), record_).has_value());
  ASSERT_TRUE(os::set_mtime(path_of(crypto::sha256("old")), 1'000'000'000).has_value());
  EXPECT_EQ(cache_->sweep(std::chrono::hours(1)).value(), 1u);
  EXPECT_TRUE(cache_->get(key_).value().has_value());
}

TEST_F(ActionCacheTest, what_is_asked_for_stays_and_looking_at_all_keeps_nothing) {
  const Digest asked = crypto::sha256("asked");
  for (const Digest& key : {key_, asked}) {
    ASSERT_TRUE(cache_->put(key, record_).has_value());
    ASSERT_TRUE(os::set_mtime(path_of(key), 1'000'000'000).has_value());
  }
  EXPECT_TRUE(cache_->get(asked).value().has_value());
  EXPECT_EQ(cache_->stats()->records, 2u);
  EXPECT_EQ(cache_->sweep(std::chrono::hours(100)).value(), 1u);
  EXPECT_TRUE(cache_->get(asked).value().has_value());
}

}  // namespace
}  // namespace lamella::store
