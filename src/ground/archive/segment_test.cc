// SPDX-License-Identifier: Apache-2.0
#include "archive/segment.h"

#include <gtest/gtest.h>

#include "archive/archive_test_support.h"

namespace lamella::archive {
namespace {

const fixture::Tree kTree = {
    {"a", {std::string(200, 'a')}}, {"d/b", {"#!", true}}, {"d/l", {"b", false, true}}, {"e", {""}}};

TEST(Segment, OpensWhatWasWritten) {
  const std::string bytes = fixture::write_segment(kTree);
  const auto segment = open_segment(base::as_bytes(bytes));
  ASSERT_TRUE(segment.has_value()) << segment.error().to_string();
  const auto& entries = segment->index.entries;
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries[0].method, Method::kDeflated);
  EXPECT_EQ(entries[1].mode, 0755);
  EXPECT_EQ(entries[2].kind, EntryKind::kSymlink);
  EXPECT_EQ(segment->index.unzipped_bytes, 200U + 2 + 1);
  const SpanReader reader(base::as_bytes(bytes));
  EXPECT_EQ(open_segment(reader)->index.entries, entries);
}

TEST(Segment, IndexIsAnInversePair) {
  const std::string bytes = fixture::write_segment(kTree);
  const SegmentIndex index = open_segment(base::as_bytes(bytes))->index;
  const std::string tail = encode_segment_index(index);
  EXPECT_TRUE(bytes.ends_with(tail));
  EXPECT_EQ(decode_segment_index(base::as_bytes(tail))->entries, index.entries);
}

TEST(Segment, AnyChangedOrMissingByteOutsideTheBodyIsFound) {
  const std::string bytes = fixture::write_segment(kTree);
  const std::size_t body = open_segment(base::as_bytes(bytes))->index.body_size;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i >= 12 && i < 16 + body) continue;  // reserved, and the body: its checksum is the assembler's
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_FALSE(open_segment(base::as_bytes(changed)).has_value()) << i;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(open_segment(base::as_bytes(bytes).first(size)).has_value()) << size;
  }
}

TEST(Segment, AnEmptyOneIsFine) {
  const std::string bytes = fixture::write_segment({});
  EXPECT_TRUE(open_segment(base::as_bytes(bytes))->index.entries.empty());
}

TEST(Segment, RefusesNamesOutOfOrderOrUnsafe) {
  base::StringSink sink;
  SegmentWriter segment(sink);
  ASSERT_TRUE(segment.add_file("b", false, {}));
  EXPECT_EQ(segment.add_file("a", false, {}).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(segment.add_file("b", false, {}).error().code(), ErrorCode::kInternal);
  EXPECT_EQ(segment.add_file("c/../d", false, {}).error().code(), ErrorCode::kRejected);
  EXPECT_EQ(segment.add_file("c/", false, {}).error().code(), ErrorCode::kRejected);
}

TEST(Segment, RawCopyKeepsTheBytesOfTheWheel) {
  const std::string wheel = fixture::write_zip({{"pkg/a.py", {"print('hello hello hello')"}}});
  const auto zip = ZipReader::open(base::as_bytes(wheel), Profile::kWheel).value();
  const Entry& entry = zip.entries()[0];
  base::StringSink sink;
  SegmentWriter segment(sink);
  ASSERT_TRUE(segment.add_raw("python/pkg/a.py", false, entry, zip.compressed(entry)));
  ASSERT_TRUE(segment.finish());
  base::StringSink out;
  ZipAssembler layer(out);
  ASSERT_TRUE(layer.add_segment(open_segment(base::as_bytes(sink.text())).value()));
  ASSERT_TRUE(layer.finish());
  EXPECT_EQ(out.text(), fixture::write_zip({{"python/pkg/a.py", {"print('hello hello hello')"}}}));
}

}  // namespace
}  // namespace lamella::archive
