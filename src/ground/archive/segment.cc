// SPDX-License-Identifier: Apache-2.0
#include "archive/segment.h"

#include <fmt/format.h>

#include <algorithm>

#include "archive/crc32.h"
#include "archive/little_endian.h"
#include "archive/zip_format.h"
#include "archive/zip_names.h"
#include "archive/zip_pack.h"
#include "base/diagnostic.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

using base::as_bytes;
using base::as_text;

constexpr std::string_view kMagic = "LamSegmt";
constexpr std::size_t kHeaderSize = 16;
constexpr std::size_t kFooterSize = 48;
constexpr std::size_t kRecordSize = 32;

Error damaged(std::string why) {
  return Error(ErrorCode::kCorrupt, "the segment is damaged").because(std::move(why));
}

std::string header() {
  std::string out(kMagic);
  append(out, kSegmentSchema);
  append(out, std::uint32_t{0});
  return out;
}

Result<> check_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderSize || as_text(bytes.first(kMagic.size())) != kMagic)
    return damaged("it does not begin as one");
  const auto schema = load<std::uint32_t>(bytes, kMagic.size());
  if (schema != kSegmentSchema)
    return damaged(fmt::format("its schema is {}, not {}", schema, kSegmentSchema));
  return {};
}

struct Footer {
  std::uint64_t body_size = 0;
  std::uint64_t records_size = 0;
  std::uint64_t count = 0;
  std::uint32_t body_crc32 = 0;
  std::uint32_t records_crc32 = 0;
};

/// `bytes` ends with the footer.
Result<Footer> read_footer(std::span<const std::byte> bytes) {
  if (bytes.size() < kFooterSize) return damaged("it is cut short");
  const auto at = bytes.last(kFooterSize);
  if (as_text(at.subspan(40)) != kMagic) return damaged("it does not end as one");
  if (load<std::uint32_t>(at, 36) != crc32(at.first(36)))
    return damaged("its footer does not match its checksum");
  if (load<std::uint32_t>(at, 0) != kSegmentSchema) return damaged("it has another schema");
  return Footer{load<std::uint64_t>(at, 4), load<std::uint64_t>(at, 12), load<std::uint64_t>(at, 20),
                load<std::uint32_t>(at, 28), load<std::uint32_t>(at, 32)};
}

void append_record(std::string& out, const Entry& entry) {
  append(out, entry.compressed_size);
  append(out, entry.size);
  append(out, entry.crc32);
  append(out, static_cast<std::uint16_t>(entry.method));
  append(out, entry.mode);
  append(out, static_cast<std::uint16_t>(entry.kind));
  append(out, static_cast<std::uint16_t>(entry.name.size()));
  append(out, std::uint32_t{0});
  out += entry.name;
}

/// Takes one record from the front of `rest`, with offsets from `body_offset` on.
Result<Entry> take_record(std::span<const std::byte>& rest, std::uint64_t body_offset) {
  if (rest.size() < kRecordSize) return damaged("an index record is cut short");
  const std::size_t name_size = load<std::uint16_t>(rest, 26);
  if (rest.size() - kRecordSize < name_size) return damaged("a name is cut short");
  Entry entry;
  entry.name = as_text(rest.subspan(kRecordSize, name_size));
  entry.compressed_size = load<std::uint64_t>(rest, 0);
  entry.size = load<std::uint64_t>(rest, 8);
  entry.crc32 = load<std::uint32_t>(rest, 16);
  entry.mode = load<std::uint16_t>(rest, 22);
  const auto method = load<std::uint16_t>(rest, 20);
  const auto kind = load<std::uint16_t>(rest, 24);
  const bool known =
      (method == 0 || method == 8) && (kind == 0 || kind == static_cast<std::uint16_t>(EntryKind::kSymlink));
  if (!known || load<std::uint32_t>(rest, 28) != 0) return damaged("an index record has unknown values");
  entry.method = Method{method};
  entry.kind = EntryKind{static_cast<std::uint8_t>(kind)};
  if (zip::unsafe_name(entry.name) || entry.mode != zip::canonical_mode(entry.kind, entry.executable())) {
    return damaged("an index record has an unsafe name or mode");
  }
  entry.header_offset = body_offset;
  entry.data_offset = body_offset + zip::local_header_size(entry);
  rest = rest.subspan(kRecordSize + name_size);
  return entry;
}

Result<Segment> with_layout(SegmentIndex index, std::uint64_t total, std::uint64_t tail) {
  if (kHeaderSize + index.body_size + tail != total) return damaged("its parts do not add up to its length");
  Segment segment;
  segment.index = std::move(index);
  segment.body_offset = kHeaderSize;
  return segment;
}

}  // namespace

std::string encode_segment_index(const SegmentIndex& index) {
  std::string out;
  for (const Entry& entry : index.entries) append_record(out, entry);
  const std::uint64_t records_size = out.size();
  const std::uint32_t records_crc = crc32(as_bytes(out));
  std::string footer;
  append(footer, kSegmentSchema);
  append(footer, index.body_size);
  append(footer, records_size);
  append(footer, std::uint64_t{index.entries.size()});
  append(footer, index.body_crc32);
  append(footer, records_crc);
  append(footer, crc32(as_bytes(footer)));
  return out + footer + std::string(kMagic);
}

Result<SegmentIndex> decode_segment_index(std::span<const std::byte> tail) {
  LAMELLA_TRY_ASSIGN(const Footer footer, read_footer(tail));
  if (footer.records_size != tail.size() - kFooterSize) return damaged("its index has another length");
  auto rest = tail.first(tail.size() - kFooterSize);
  if (crc32(rest) != footer.records_crc32) return damaged("its index does not match its checksum");

  SegmentIndex index;
  index.body_size = footer.body_size;
  index.body_crc32 = footer.body_crc32;
  index.entries.reserve(static_cast<std::size_t>(std::min(footer.count, footer.records_size / kRecordSize)));
  std::uint64_t offset = 0;
  while (!rest.empty()) {
    LAMELLA_TRY_ASSIGN(auto entry, take_record(rest, offset));
    if (!within(entry.data_offset, entry.compressed_size, index.body_size))
      return damaged("an entry leaves the body");
    if (!index.entries.empty() && entry.name <= index.entries.back().name)
      return damaged("its names are not sorted");
    offset = entry.data_offset + entry.compressed_size;
    index.unzipped_bytes += entry.size;
    index.entries.push_back(std::move(entry));
  }
  if (index.entries.size() != footer.count || offset != index.body_size)
    return damaged("its index is incomplete");
  return index;
}

Result<Segment> open_segment(std::span<const std::byte> bytes) {
  LAMELLA_TRY(check_header(bytes));
  LAMELLA_TRY_ASSIGN(const Footer footer, read_footer(bytes));
  if (footer.records_size > bytes.size() - kFooterSize) return damaged("its index is longer than itself");
  const auto tail = static_cast<std::size_t>(footer.records_size) + kFooterSize;
  LAMELLA_TRY_ASSIGN(auto index, decode_segment_index(bytes.last(tail)));
  LAMELLA_TRY_ASSIGN(auto segment, with_layout(std::move(index), bytes.size(), tail));
  segment.mapped = bytes.subspan(kHeaderSize, static_cast<std::size_t>(segment.index.body_size));
  return segment;
}

Result<Segment> open_segment(const RandomReader& reader) {
  const std::uint64_t size = reader.size();
  if (size < kHeaderSize + kFooterSize) return damaged("it is cut short");
  std::vector<std::byte> buffer(kFooterSize);
  LAMELLA_TRY(reader.read_at(0, std::span(buffer).first(kHeaderSize)));
  LAMELLA_TRY(check_header(std::span<const std::byte>(buffer).first(kHeaderSize)));
  LAMELLA_TRY(reader.read_at(size - kFooterSize, buffer));
  LAMELLA_TRY_ASSIGN(const Footer footer, read_footer(buffer));
  if (footer.records_size > size - kFooterSize) return damaged("its index is longer than itself");
  const std::uint64_t tail = footer.records_size + kFooterSize;
  buffer.resize(static_cast<std::size_t>(tail));
  LAMELLA_TRY(reader.read_at(size - tail, buffer));
  LAMELLA_TRY_ASSIGN(auto index, decode_segment_index(buffer));
  LAMELLA_TRY_ASSIGN(auto segment, with_layout(std::move(index), size, tail));
  segment.reader = &reader;
  return segment;
}

Result<> SegmentWriter::write(std::span<const std::byte> bytes) {
  if (!started_) {
    started_ = true;
    LAMELLA_TRY(sink_.write(as_bytes(header())));
  }
  index_.body_crc32 = crc32(bytes, index_.body_crc32);
  index_.body_size += bytes.size();
  return sink_.write(bytes);
}

Result<> SegmentWriter::add(Entry entry, std::span<const std::byte> data) {
  if (const auto why = zip::unsafe_name(entry.name); why || entry.name.back() == '/') {
    return Error(ErrorCode::kRejected,
                 fmt::format("the segment cannot hold this name: {}", why.value_or("a directory's")))
        .at("entry " + base::escaped(entry.name));
  }
  if (!index_.entries.empty() && entry.name <= index_.entries.back().name) {
    return Error(ErrorCode::kInternal, "segment entries must ascend")
        .at("entry " + base::escaped(entry.name));
  }
  std::string local;
  zip::append_local_header(local, entry);
  entry.header_offset = index_.body_size;
  entry.data_offset = index_.body_size + local.size();
  LAMELLA_TRY(write(as_bytes(local)));
  LAMELLA_TRY(write(data));
  index_.unzipped_bytes += entry.size;
  index_.entries.push_back(std::move(entry));
  return {};
}

Result<> SegmentWriter::add_raw(std::string_view name, bool executable, const Entry& from,
                                std::span<const std::byte> compressed) {
  return add(zip::raw_entry(name, executable, from), compressed);
}

Result<> SegmentWriter::add_file(std::string_view name, bool executable, std::span<const std::byte> bytes,
                                 int level) {
  const zip::Packed packed = zip::pack(name, executable, bytes, level);
  return add(packed.entry, packed.data(bytes));
}

Result<> SegmentWriter::add_deflated(std::string_view name, bool executable, std::span<const std::byte> bytes,
                                     std::vector<std::byte> deflated) {
  const zip::Packed packed = zip::pack_deflated(name, executable, bytes, std::move(deflated));
  return add(packed.entry, packed.data(bytes));
}

Result<> SegmentWriter::add_symlink(std::string_view name, std::string_view target) {
  return add(zip::link_entry(name, target), as_bytes(target));
}

Result<SegmentIndex> SegmentWriter::finish() {
  if (!started_) LAMELLA_TRY(write({}));
  LAMELLA_TRY(sink_.write(as_bytes(encode_segment_index(index_))));
  return std::move(index_);
}

}  // namespace lamella::archive
