// SPDX-License-Identifier: Apache-2.0
//
// A segment: what one wheel contributes to a layer, already formatted as zip.  Its body is a run of
// local headers and data with final names, modes and date; ZipAssembler copies it as one block, and
// only the central directory is made anew.  On disk: docs/formats/segment.md.
//
// Invariants (segment_test.cc)
//   I1 sorted: names ascend bytewise, none twice.
//   I2 covered: entry i+1 starts where entry i ends, the first at 0, the last ends at body_size.
//   I3 canonical: a local header is a function of name, mode, method, CRC and sizes alone, so the same
//      entries give the same bytes on any host.
//
// Threads: values and free functions; a SegmentWriter belongs to one thread.
// Errors: corrupt (checksum, foreign or newer schema, broken invariant); those of the sink.
//
//   SegmentWriter segment(blob);
//   for (const Planned& file : sorted) {
//     LAMELLA_TRY(file.unchanged() ? segment.add_raw(file.name, file.executable, *file.entry,
//     zip.compressed(*file.entry))
//                                  : segment.add_file(file.name, file.executable, file.bytes));
//   }
//   LAMELLA_TRY(segment.finish());
//   ... later ...
//   LAMELLA_TRY_ASSIGN(const Segment found, open_segment(mapped.bytes()));
//   LAMELLA_TRY(assembler.add_segment(found));
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/deflate.h"
#include "archive/entry.h"
#include "archive/random_reader.h"
#include "base/byte_stream.h"
#include "base/result.h"

namespace lamella::archive {

inline constexpr std::uint32_t kSegmentSchema = 1;

struct SegmentIndex {
  std::vector<Entry> entries;  ///< offsets count from the body's first byte
  std::uint64_t body_size = 0;
  std::uint32_t body_crc32 = 0;
  std::uint64_t unzipped_bytes = 0;
};

/// The segment's tail: everything after the body.  decode is the inverse of encode.
std::string encode_segment_index(const SegmentIndex& index);
Result<SegmentIndex> decode_segment_index(std::span<const std::byte> tail);

/// An opened segment: its index and where its body lies.
struct Segment {
  SegmentIndex index;
  const RandomReader* reader = nullptr;  ///< set when the bytes are read, not mapped
  std::span<const std::byte> mapped;     ///< the body, when reader is nullptr
  std::uint64_t body_offset = 0;         ///< of the body within `reader`
};

/// A segment in memory or mapped.  Only the tail is read.  `bytes` must outlive the segment.
Result<Segment> open_segment(std::span<const std::byte> bytes);
/// A segment behind a reader that outlives it.  Reads the tail only.
Result<Segment> open_segment(const RandomReader& reader);

/// Writes a segment to `sink` in one pass.
class SegmentWriter {
 public:
  explicit SegmentWriter(base::ByteSink& sink) : sink_(sink) {}

  /// Bytes that are compressed already: `from` gives method, CRC and sizes, `compressed` the data.
  /// REQUIRES: `name` is greater than the one before; this holds for every add.
  Result<> add_raw(std::string_view name, bool executable, const Entry& from,
                   std::span<const std::byte> compressed);
  /// Deflates `bytes`, or stores them when that is not larger.
  Result<> add_file(std::string_view name, bool executable, std::span<const std::byte> bytes,
                    int level = kDefaultLevel);
  /// The same of `bytes` that were deflated already.
  Result<> add_deflated(std::string_view name, bool executable, std::span<const std::byte> bytes,
                        std::vector<std::byte> deflated);
  Result<> add_symlink(std::string_view name, std::string_view target);

  /// Ends the segment and returns its index.  REQUIRES: called once, last.
  Result<SegmentIndex> finish();

 private:
  Result<> write(std::span<const std::byte> bytes);
  Result<> add(Entry entry, std::span<const std::byte> data);

  base::ByteSink& sink_;
  SegmentIndex index_;
  bool started_ = false;
};

}  // namespace lamella::archive
