// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>

#include "archive/deflate.h"
#include "archive/little_endian.h"
#include "archive/zip_format.h"
#include "archive/zip_parse.h"
#include "base/encoding.h"

namespace lamella::archive::zip {
namespace {

constexpr std::uint16_t kFlagsCompared = kFlagDescriptor | kFlagUtf8 | 1U;

/// A local number beside a data descriptor may be left open.
bool agrees(std::uint64_t local, std::uint64_t central, bool may_be_zero) {
  return local == central || (may_be_zero && local == 0);
}

bool is_canonical(Bytes record, const Entry& entry) {
  std::string expected;
  append_local_header(expected, entry);
  return base::as_text(record) == expected;
}

/// Compares the local header with its central twin and fills data_offset.
Result<> check_local_header(Bytes bytes, const End& end, Profile profile, CentralEntry& central) {
  Entry& entry = central.entry;
  const auto differs = [&](const char* what) {
    return refuse_entry("local-differs", entry.name, std::string("its local header gives another ") + what);
  };
  if (!within(entry.header_offset, kLocalSize, end.directory_offset) ||
      load<std::uint32_t>(bytes, static_cast<std::size_t>(entry.header_offset)) != kLocalSignature) {
    return refuse_entry("no-local", entry.name, "it has no local header where the directory says");
  }
  const Bytes at = bytes.subspan(static_cast<std::size_t>(entry.header_offset),
                                 static_cast<std::size_t>(end.directory_offset - entry.header_offset));
  const std::size_t name_size = load<std::uint16_t>(at, 26);
  const std::size_t extra_size = load<std::uint16_t>(at, 28);
  const std::size_t total = kLocalSize + name_size + extra_size;
  if (total > at.size()) return refuse_entry("no-local", entry.name, "its local header is cut short");
  if (base::as_text(at.subspan(kLocalSize, name_size)) != entry.name) return differs("name");
  const auto flags = load<std::uint16_t>(at, 6);
  if (((flags ^ central.flags) & kFlagsCompared) != 0) return differs("set of flags");
  if (load<std::uint16_t>(at, 8) != static_cast<std::uint16_t>(entry.method)) return differs("method");

  const Extra narrow{load<std::uint32_t>(at, 22), load<std::uint32_t>(at, 18), 0, false};
  LAMELLA_TRY_ASSIGN(const Extra wide,
                     read_extra(at.subspan(kLocalSize + name_size, extra_size), entry.name, narrow, false));
  const bool open = (central.flags & kFlagDescriptor) != 0;
  if (!agrees(load<std::uint32_t>(at, 14), entry.crc32, open)) return differs("CRC");
  if (!agrees(wide.size, entry.size, open)) return differs("size");
  if (!agrees(wide.compressed_size, entry.compressed_size, open)) return differs("compressed size");
  if (!within(total, entry.compressed_size, at.size())) {
    return refuse_entry("overlap", entry.name, "its data run into the directory");
  }
  entry.data_offset = entry.header_offset + total;
  if (entry.kind == EntryKind::kDirectory && entry.compressed_size > 0 &&
      !inflate_into(at.subspan(total, static_cast<std::size_t>(entry.compressed_size)), {})) {
    return refuse_entry("directory-data", entry.name, "it is a directory with content");
  }
  if (profile == Profile::kOwn && !is_canonical(at.first(total), entry)) {
    return refuse_entry("not-canonical", entry.name, "its local header is not as we write it");
  }
  return {};
}

/// The data descriptor is exactly `gap`: CRC and both sizes, in 4 or 8 bytes each, with or without signature.
bool is_descriptor(Bytes gap, const Entry& entry) {
  const bool has_signature = gap.size() == 16 || gap.size() == 24;
  if (gap.size() != 12 && gap.size() != 20 && !has_signature) return false;
  if (has_signature) {
    if (load<std::uint32_t>(gap, 0) != kDescriptorSignature) return false;
    gap = gap.subspan(4);
  }
  if (load<std::uint32_t>(gap, 0) != entry.crc32) return false;
  if (gap.size() == 12) {
    return load<std::uint32_t>(gap, 4) == entry.compressed_size && load<std::uint32_t>(gap, 8) == entry.size;
  }
  return load<std::uint64_t>(gap, 4) == entry.compressed_size && load<std::uint64_t>(gap, 12) == entry.size;
}

/// What lies between the entry's data and `next` is its descriptor, or nothing.
Result<> check_gap(Bytes bytes, const CentralEntry& central, std::uint64_t next) {
  const Entry& entry = central.entry;
  const std::uint64_t data_end = entry.data_offset + entry.compressed_size;
  if (data_end > next) return refuse_entry("overlap", entry.name, "it overlaps another entry");
  const Bytes gap =
      bytes.subspan(static_cast<std::size_t>(data_end), static_cast<std::size_t>(next - data_end));
  if ((central.flags & kFlagDescriptor) == 0) {
    if (!gap.empty()) return refuse_entry("gap", entry.name, "bytes that belong to no entry follow it");
  } else if (!is_descriptor(gap, entry)) {
    return refuse_entry("bad-descriptor", entry.name, "its data descriptor is missing, malformed or untrue");
  }
  return {};
}

}  // namespace

Result<> check_local_entries(Bytes bytes, const End& end, Profile profile,
                             std::vector<CentralEntry>& entries) {
  for (CentralEntry& central : entries) LAMELLA_TRY(check_local_header(bytes, end, profile, central));

  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto offset_of = [&](std::uint32_t i) { return entries[i].entry.header_offset; };
  if (!std::is_sorted(order.begin(), order.end(),
                      [&](auto a, auto b) { return offset_of(a) < offset_of(b); })) {
    if (profile == Profile::kOwn)
      return refuse("not-canonical", "its directory is not in the order of its entries");
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return offset_of(a) < offset_of(b); });
  }
  const std::uint64_t first = order.empty() ? end.directory_offset : offset_of(order.front());
  if (first != 0) return refuse("prefix-bytes", "bytes that belong to no entry begin it");
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint64_t next = i + 1 < order.size() ? offset_of(order[i + 1]) : end.directory_offset;
    LAMELLA_TRY(check_gap(bytes, entries[order[i]], next));
  }
  return {};
}

}  // namespace lamella::archive::zip
