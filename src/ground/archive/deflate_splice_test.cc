// SPDX-License-Identifier: Apache-2.0
#include "archive/deflate_splice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

#include <random>
#include <string>

#include "base/encoding.h"

namespace lamella::archive {
namespace {

/// What zlib makes of it, flushed after every `flush_every` bytes: with an empty stored block each, or without.
std::vector<std::byte> zlib_deflate(const std::string& text, int level, int strategy = Z_DEFAULT_STRATEGY,
                                    std::size_t flush_every = 0, int flush = Z_SYNC_FLUSH) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -15, 8, strategy), Z_OK);
  std::vector<std::byte> out(deflateBound(&stream, text.size()) + text.size() / 8 + 1024);
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  for (std::size_t at = 0; flush_every != 0 && at + flush_every <= text.size(); at += flush_every) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data() + at));
    stream.avail_in = static_cast<uInt>(flush_every);
    EXPECT_EQ(deflate(&stream, flush), Z_OK);
  }
  const std::size_t given = stream.total_in;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data() + given));
  stream.avail_in = static_cast<uInt>(text.size() - given);
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Compressible text that does not repeat itself exactly.
std::string words(std::size_t size, std::uint32_t seed) {
  std::string text;
  while (text.size() < size) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    text += std::to_string((seed >> 9) % 5'000) + ' ';
  }
  text.resize(size);
  return text;
}

/// Bytes that no compressor makes smaller: it stores them.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text;
  std::mt19937 random(seed);
  while (text.size() < size) text += static_cast<char>(random() & 0xFF);
  return text;
}

DeflatedBefore noted(const std::vector<std::byte>& compressed, std::size_t size) {
  std::vector<std::byte> out(size);
  return {compressed, inflate_noting_blocks(compressed, out).value()};
}

std::string inflated(std::span<const std::byte> compressed, std::size_t size) {
  std::string out(size, '\0');
  const auto done = inflate_into(compressed, std::as_writable_bytes(std::span(out)));
  EXPECT_TRUE(done.has_value()) << (done ? "" : done.error().to_string());
  return out;
}

TEST(DeflateBlocks, EndWhereTheStreamEnds) {
  const std::string text = words(400'000, 1);
  for (const int level : {0, 1, 6, 9}) {
    const auto compressed = zlib_deflate(text, level);
    std::string out(text.size(), '\0');
    const auto ends = inflate_noting_blocks(compressed, std::as_writable_bytes(std::span(out))).value();
    EXPECT_EQ(out, text);
    ASSERT_GT(ends.size(), 2U);
    EXPECT_EQ(ends.back().byte, text.size());
    EXPECT_EQ((ends.back().bit + 7) / 8, compressed.size());
    for (std::size_t i = 1; i < ends.size(); ++i) EXPECT_LT(ends[i - 1].bit, ends[i].bit);
  }
}

TEST(DeflateBlocks, OfNothingIsOne) {
  const auto compressed = deflate({});
  const auto ends = inflate_noting_blocks(compressed, {}).value();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].byte, 0U);
}

TEST(DeflateBlocks, AreNotNotedWhereTheyAreNearlyAllThereIs) {
  // Four blocks of nothing with the fixed code are five bytes; at last one that says it is the last.
  std::vector<std::byte> compressed;
  for (int i = 0; i < 250'000; ++i) {
    for (const unsigned byte : {0x02U, 0x08U, 0x20U, 0x80U, 0x00U}) compressed.push_back(std::byte(byte));
  }
  compressed.insert(compressed.end(), {std::byte{0x03}, std::byte{0x00}});
  const auto ends = inflate_noting_blocks(compressed, {});
  ASSERT_TRUE(ends.has_value());
  EXPECT_TRUE(ends->empty());
}

TEST(DeflateBlocks, RefusesWhatInflateIntoRefuses) {
  const std::string text = words(100'000, 2);
  const auto compressed = zlib_deflate(text, 6);
  auto longer = compressed;
  longer.push_back(std::byte{0});
  auto broken = compressed;
  broken[0] |= std::byte{6};  // a block of a type that does not exist
  const auto shorter = std::vector(compressed.begin(), compressed.end() - 10);
  std::vector<std::byte> out(text.size() + 1);
  const auto check = [&](const std::vector<std::byte>& bytes, std::size_t size) {
    const auto plain = inflate_into(bytes, std::span(out).first(size));
    const auto with_blocks = inflate_noting_blocks(bytes, std::span(out).first(size));
    ASSERT_FALSE(plain.has_value());
    ASSERT_FALSE(with_blocks.has_value());
    EXPECT_EQ(with_blocks.error().to_string(), plain.error().to_string());
    EXPECT_EQ(with_blocks.error().code(), plain.error().code());
  };
  check(longer, text.size());
  check(broken, text.size());
  check(shorter, text.size());
  check(compressed, text.size() - 1);
  check(compressed, text.size() + 1);
}

TEST(DeflateSplice, CarriesBlocksOver) {
  const std::string old = words(1'000'000, 3);
  const auto compressed = zlib_deflate(old, 9);
  std::string now = old.substr(0, 900'000) + "an end of its own";
  now.replace(10, 4, "HEAD");
  const std::vector<KeptRange> kept = {{0, 10, 0}, {14, 900'000, 14}};
  const auto spliced = splice_deflate(base::as_bytes(now), noted(compressed, old.size()), kept);
  EXPECT_EQ(inflated(spliced, now.size()), now);
  // The middle of the old stream, though not on a byte's boundary, is in the new one: by its size it shows,
  // for level 1 alone would make it larger.
  const auto weak = splice_deflate(base::as_bytes(now), noted(compressed, old.size()), kept, 1);
  EXPECT_EQ(inflated(weak, now.size()), now);
  EXPECT_LT(weak.size() - spliced.size(), (deflate(base::as_bytes(now), 1).size() - spliced.size()) / 2);
}

TEST(DeflateSplice, WithoutBlocksItDeflatesAll) {
  const std::string text = words(200'000, 4);
  const std::vector<KeptRange> kept = {{0, text.size(), 0}};
  EXPECT_EQ(splice_deflate(base::as_bytes(text), {}, kept), deflate(base::as_bytes(text)));
  EXPECT_EQ(splice_deflate({}, {}, {}), deflate({}));
}

TEST(DeflateSplice, StoredBlocksStandOnBytes) {
  const std::string old = words(600'000, 5);
  for (const std::size_t flush : {std::size_t{0}, std::size_t{70'000}, std::size_t{150'001}}) {
    const auto compressed = zlib_deflate(old, flush == 0 ? 0 : 6, Z_DEFAULT_STRATEGY, flush);
    const std::string now = "x" + old;
    const std::vector<KeptRange> kept = {{1, now.size(), 0}};
    EXPECT_EQ(inflated(splice_deflate(base::as_bytes(now), noted(compressed, old.size()), kept), now.size()),
              now);
  }
}

TEST(DeflateSplice, WhatIsNewMayBeStored) {
  const std::string old = words(600'000, 6) + noise(100'000, 7) + words(600'000, 8);
  const auto before_text = zlib_deflate(old, 6);
  for (const std::string& fresh : {std::string(), noise(1, 9), noise(400'001, 10)}) {
    const std::string now = fresh + old.substr(0, 500'000) + fresh + old.substr(500'000) + fresh;
    const std::vector<KeptRange> kept = {
        {fresh.size(), fresh.size() + 500'000, 0},
        {2 * fresh.size() + 500'000, 2 * fresh.size() + old.size(), 500'000}};
    const auto spliced = splice_deflate(base::as_bytes(now), noted(before_text, old.size()), kept);
    EXPECT_EQ(inflated(spliced, now.size()), now) << fresh.size();
  }
}

TEST(DeflateSplice, NothingNeedFollow) {
  const std::string old = words(300'000, 11);
  const auto compressed = zlib_deflate(old, 6, Z_DEFAULT_STRATEGY, old.size(), Z_BLOCK);
  const DeflatedBefore before = noted(compressed, old.size());
  ASSERT_EQ(before.ends[before.ends.size() - 2].byte, old.size());
  const std::vector<KeptRange> kept = {{0, old.size(), 0}};
  EXPECT_EQ(inflated(splice_deflate(base::as_bytes(old), before, kept), old.size()), old);
}

/// Some content, edited: ranges of it in their order, each with something new before it.
RC_GTEST_PROP(DeflateSplice, GivesTheContentWhateverWasEdited, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 700'000);
  const auto seed = *rc::gen::arbitrary<std::uint32_t>();
  const std::string old =
      words(size / 2, seed) + noise(*rc::gen::inRange(0, 100'000), seed) + words(size - size / 2, seed);
  const auto strategy = *rc::gen::element(Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE);
  const auto compressed = zlib_deflate(old, *rc::gen::inRange(0, 10), strategy,
                                       *rc::gen::element<std::size_t>(0, 0, 60'000, 200'000));
  std::string now;
  std::vector<KeptRange> kept;
  for (std::size_t at = 0; at < old.size();) {
    now += *rc::gen::element<std::string>("", "new", std::string(5'000, '\0'), noise(400'000, seed + 1));
    const std::size_t from = at + *rc::gen::inRange<std::size_t>(0, 50'000);
    const std::size_t to = std::min(old.size(), from + *rc::gen::inRange<std::size_t>(0, 400'000));
    if (from >= to) break;
    kept.push_back({now.size(), now.size() + (to - from), from});
    now += old.substr(from, to - from);
    at = to;
  }
  now += *rc::gen::element<std::string>("", "tail", noise(1'000, seed));
  const auto before = noted(compressed, old.size());
  const auto spliced = splice_deflate(base::as_bytes(now), before, kept);
  RC_ASSERT(inflated(spliced, now.size()) == now);
  RC_ASSERT(spliced == splice_deflate(base::as_bytes(now), before, kept));
}

}  // namespace
}  // namespace lamella::archive
