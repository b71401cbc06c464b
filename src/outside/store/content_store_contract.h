// SPDX-License-Identifier: Apache-2.0
//
// What every ContentStore promises, as tests.  A new store adds one line in its own *_test.cc:
//
//   INSTANTIATE_TEST_SUITE_P(Local, ContentStoreContract, ::testing::Values(make_local_fixture));
//
// A fixture opens stores on one root, makes its blobs older, and can damage a blob behind the store's back.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "crypto/sha256.h"
#include "store/content_store.h"

namespace lamella::store {

class StoreFixture {
 public:
  virtual ~StoreFixture() = default;
  /// Another view of the same blobs, as another process would have it.
  virtual std::unique_ptr<ContentStore> open() = 0;
  /// Makes everything in the store older by `time`.
  virtual void advance(std::chrono::seconds time) = 0;
  /// Flips a bit of the blob where it is kept.
  virtual void damage(const Digest& digest) = 0;
  /// Leaves what a writer leaves that is killed after writing `bytes`.
  virtual void die_while_writing(const std::string& bytes) = 0;
};

using MakeFixture = std::unique_ptr<StoreFixture> (*)();

class ContentStoreContract : public ::testing::TestWithParam<MakeFixture> {
 protected:
  void SetUp() override {
    fixture_ = GetParam()();
    store_ = fixture_->open();
  }
  Digest put_text(const std::string& text) {
    const auto digest = put(*store_, base::as_bytes(text));
    EXPECT_TRUE(digest.has_value()) << digest.error().to_string();
    return digest.value_or(Digest());
  }
  static bool holds(ContentStore& store, const Digest& digest) {
    const auto reader = store.open(digest);
    return reader.has_value() && reader->has_value();
  }
  std::unique_ptr<StoreFixture> fixture_;
  std::unique_ptr<ContentStore> store_;
};

TEST_P(ContentStoreContract, I1_a_blob_appears_with_its_commit_and_not_before) {
  auto writer = store_->new_blob();
  ASSERT_TRUE(writer.has_value());
  const Digest digest = crypto::sha256("layer");
  ASSERT_TRUE((*writer)->write(base::as_bytes("lay")).has_value());
  EXPECT_FALSE(holds(*store_, digest));
  ASSERT_TRUE((*writer)->write(base::as_bytes("er")).has_value());
  EXPECT_FALSE(holds(*store_, digest));
  EXPECT_EQ((*writer)->commit().value(), digest);
  EXPECT_EQ(read_all(*store_, digest).value(), "layer");
  EXPECT_EQ(read_all(*fixture_->open(), digest).value(), "layer");
}

TEST_P(ContentStoreContract, I1_an_abandoned_writer_leaves_nothing) {
  {
    auto writer = store_->new_blob();
    ASSERT_TRUE((*writer)->write(base::as_bytes("gone")).has_value());
  }
  EXPECT_FALSE(holds(*store_, crypto::sha256("gone")));
  EXPECT_EQ(store_->stats()->unfinished, 0u);
}

TEST_P(ContentStoreContract, I1_a_pinned_commit_refuses_other_bytes) {
  auto writer = store_->new_blob();
  ASSERT_TRUE((*writer)->write(base::as_bytes("evil")).has_value());
  const auto committed = (*writer)->commit_as(crypto::sha256("good"));
  ASSERT_FALSE(committed.has_value());
  EXPECT_EQ(committed.error().code(), ErrorCode::kMismatch);
  EXPECT_EQ(committed.error().fact("got"), crypto::sha256("evil").hex());
  EXPECT_FALSE(holds(*store_, crypto::sha256("evil")));
  EXPECT_FALSE(holds(*store_, crypto::sha256("good")));
}

TEST_P(ContentStoreContract, I2_the_same_bytes_are_one_blob_and_readers_keep_theirs) {
  const Digest first = put_text("same");
  auto reader = store_->open(first);
  EXPECT_EQ(put_text("same"), first);
  EXPECT_EQ(store_->stats()->blobs, 1u);
  fixture_->advance(std::chrono::hours(48));
  EXPECT_EQ(store_->sweep({}, std::chrono::hours(24))->blobs_removed, 1u);
  EXPECT_FALSE(holds(*store_, first));
  EXPECT_EQ(base::as_text((*reader)->map().value()), "same");
  (*reader)->release();
  EXPECT_EQ(base::as_text((*reader)->map().value()), "same") << "what is given back is read again";
}

TEST_P(ContentStoreContract, I2_damage_is_found_set_aside_and_healed) {
  const Digest digest = put_text("precious bytes");
  fixture_->damage(digest);
  const auto other = fixture_->open();
  const auto opened = other->open(digest);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
  EXPECT_EQ(other->stats()->quarantined, 1u);
  EXPECT_FALSE(holds(*other, digest));
  EXPECT_EQ(put_text("precious bytes"), digest);
  EXPECT_EQ(read_all(*other, digest).value(), "precious bytes");
}

TEST_P(ContentStoreContract, I2_damage_is_found_by_the_store_that_wrote_the_blob_too) {
  const Digest digest = put_text("known to be good");
  ASSERT_TRUE(holds(*store_, digest));
  fixture_->damage(digest);
  EXPECT_FALSE(store_->open(digest, Verify::kUnlessKnown).has_value());
}

TEST_P(ContentStoreContract, I2_damage_is_found_while_reading) {
  const Digest digest = put_text("read me");
  fixture_->damage(digest);
  const auto reader = store_->open(digest, Verify::kWhileReading);
  ASSERT_TRUE(reader.has_value() && reader->has_value());
  base::StringSink sink;
  const auto streamed = (*reader)->stream_to(sink);
  ASSERT_FALSE(streamed.has_value());
  EXPECT_EQ(streamed.error().code(), ErrorCode::kCorrupt);
  EXPECT_FALSE(store_->open(digest).value().has_value()) << "it is in quarantine";
}

TEST_P(ContentStoreContract, I2_a_commit_over_damage_heals_it_unasked) {
  const Digest digest = put_text("healed");
  fixture_->damage(digest);
  EXPECT_EQ(put_text("healed"), digest);
  EXPECT_EQ(read_all(*fixture_->open(), digest).value(), "healed");
}

TEST_P(ContentStoreContract, I2_verify_all_names_exactly_the_damaged) {
  std::vector<Digest> all;
  for (int i = 0; i < 20; ++i) all.push_back(put_text("blob " + std::to_string(i)));
  std::vector<Digest> damaged{all[3], all[11]};
  for (const Digest& digest : damaged) fixture_->damage(digest);
  std::sort(damaged.begin(), damaged.end());
  const auto report = store_->verify_all(base::no_events(), {});
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->blobs, 20u);
  EXPECT_EQ(report->damaged, damaged);
  EXPECT_TRUE(store_->verify_all(base::no_events(), {})->damaged.empty());
}

TEST_P(ContentStoreContract, I3_what_a_dead_writer_left_is_invisible_until_swept) {
  fixture_->die_while_writing("half a lay");
  EXPECT_FALSE(holds(*store_, crypto::sha256("half a lay")));
  EXPECT_EQ(store_->stats()->blobs, 0u);
  EXPECT_EQ(store_->stats()->unfinished, 1u);
  EXPECT_TRUE(store_->verify_all(base::no_events(), {})->damaged.empty());
  ASSERT_TRUE(store_->sweep({}, std::chrono::hours(1)).has_value());
  EXPECT_EQ(store_->stats()->unfinished, 1u) << "it may still be alive";
  fixture_->advance(std::chrono::hours(2));
  ASSERT_TRUE(store_->sweep({}, std::chrono::hours(1)).has_value());
  EXPECT_EQ(store_->stats()->unfinished, 0u);
}

TEST_P(ContentStoreContract, absence_is_a_value) {
  const Digest nothing = crypto::sha256("nobody wrote this");
  const auto opened = store_->open(nothing);
  ASSERT_TRUE(opened.has_value());
  EXPECT_FALSE(opened->has_value());
  EXPECT_EQ(read_all(*store_, nothing).value(), std::nullopt);
}

TEST_P(ContentStoreContract, find_missing_answers_in_order_each_once) {
  const Digest here = put_text("here");
  const Digest a = crypto::sha256("a");
  const Digest b = crypto::sha256("b");
  const std::vector<Digest> wanted{b, here, a, b, here};
  EXPECT_EQ(store_->find_missing(wanted).value(), (std::vector<Digest>{b, a}));
}

TEST_P(ContentStoreContract, sweep_keeps_what_is_live_young_or_asked_for) {
  const Digest live = put_text("live");
  const Digest asked = put_text("asked");
  const Digest again = put_text("again");
  const Digest old = put_text("old");
  fixture_->advance(std::chrono::hours(48));
  const Digest young = put_text("young");
  ASSERT_TRUE(store_->find_missing(std::vector<Digest>{asked})->empty());
  put_text("again");
  const auto report = store_->sweep(std::vector<Digest>{live}, std::chrono::hours(24));
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->blobs_removed, 1u);
  EXPECT_EQ(report->bytes_freed, 3u);
  for (const Digest& kept : {live, asked, again, young}) EXPECT_TRUE(holds(*store_, kept));
  EXPECT_FALSE(holds(*store_, old));
}

TEST_P(ContentStoreContract, trim_removes_what_was_unused_for_longest_until_the_rest_fits) {
  const Digest oldest = put_text("oldest 9!");
  fixture_->advance(std::chrono::hours(3));
  const Digest old = put_text("old");
  const Digest asked = put_text("asked");
  fixture_->advance(std::chrono::hours(3));
  const Digest young = put_text("young one");
  ASSERT_TRUE(store_->find_missing(std::vector<Digest>{asked})->empty());
  fixture_->die_while_writing("half");
  const auto dry = store_->trim(20, std::chrono::hours(1), Apply::kNo);
  ASSERT_TRUE(dry.has_value());
  EXPECT_EQ(dry->removed, (std::vector<Digest>{oldest}));
  EXPECT_TRUE(holds(*store_, oldest)) << "nothing was applied";
  const auto some = store_->trim(20, std::chrono::hours(1), Apply::kYes);
  EXPECT_EQ(some->removed, dry->removed);
  EXPECT_EQ(some->bytes_freed, 9u);
  EXPECT_EQ(some->bytes_kept, 17u);
  EXPECT_EQ(some->blobs_kept, 3u);
  EXPECT_FALSE(holds(*store_, oldest));
  EXPECT_EQ(store_->trim(0, std::chrono::hours(1), Apply::kYes)->removed, (std::vector<Digest>{old}));
  for (const Digest& kept : {asked, young}) EXPECT_TRUE(holds(*store_, kept)) << "used within the hour";
  EXPECT_EQ(store_->stats()->unfinished, 1u) << "its writer may still be alive";
  EXPECT_TRUE(store_->trim(1000, std::chrono::hours(1), Apply::kYes)->removed.empty());
}

TEST_P(ContentStoreContract, readers_see_every_byte_by_every_way) {
  std::string large(3'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 7);
  for (const std::string& text : {std::string(), std::string("x"), large}) {
    const Digest digest = put_text(text);
    auto reader = store_->open(digest, Verify::kNow);
    ASSERT_TRUE(reader.has_value() && reader->has_value());
    EXPECT_EQ((*reader)->size(), text.size());
    EXPECT_TRUE(base::as_text((*reader)->map().value()) == text);
    base::StringSink sink;
    ASSERT_TRUE((*reader)->stream_to(sink).has_value());
    EXPECT_TRUE(sink.text() == text);
    if (text.size() < 10) continue;
    std::string part(5, '\0');
    ASSERT_TRUE((*reader)->read_at(1'234'567, std::as_writable_bytes(std::span(part))).has_value());
    EXPECT_EQ(part, text.substr(1'234'567, 5));
    EXPECT_FALSE((*reader)->read_at(text.size() - 2, std::as_writable_bytes(std::span(part))).has_value());
  }
}

}  // namespace lamella::store
