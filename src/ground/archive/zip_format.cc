// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_format.h"

#include <algorithm>

#include "archive/little_endian.h"

namespace lamella::archive::zip {
namespace {

constexpr std::uint16_t kVersion = 20;    // deflate, directories
constexpr std::uint16_t kVersion64 = 45;  // ZIP64
constexpr std::uint16_t kMadeByUnix = 3U << 8;
constexpr std::uint16_t kDosTime = 0;       // 00:00:00
constexpr std::uint16_t kDosDate = 0x0021;  // 1980-01-01

bool sizes_need_64(const Entry& entry) {
  return entry.size >= kIn64For32 || entry.compressed_size >= kIn64For32;
}

std::uint16_t flags_of(const Entry& entry) { return is_ascii(entry.name) ? 0 : kFlagUtf8; }

std::uint32_t in_32(std::uint64_t value, bool elsewhere) {
  return elsewhere ? kIn64For32 : static_cast<std::uint32_t>(value);
}

void append_common(std::string& out, const Entry& entry, bool needs_64) {
  append(out, static_cast<std::uint16_t>(needs_64 ? kVersion64 : kVersion));
  append(out, flags_of(entry));
  append(out, static_cast<std::uint16_t>(entry.method));
  append(out, kDosTime);
  append(out, kDosDate);
  append(out, entry.crc32);
  append(out, in_32(entry.compressed_size, sizes_need_64(entry)));
  append(out, in_32(entry.size, sizes_need_64(entry)));
  append(out, static_cast<std::uint16_t>(entry.name.size()));
}

std::uint32_t type_bits(EntryKind kind) {
  switch (kind) {
    case EntryKind::kDirectory: return kTypeDirectory;
    case EntryKind::kSymlink: return kTypeSymlink;
    case EntryKind::kFile: break;
  }
  return kTypeFile;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::uint16_t canonical_mode(EntryKind kind, bool executable) {
  if (kind == EntryKind::kSymlink) return 0777;
  return executable || kind == EntryKind::kDirectory ? 0755 : 0644;
}

std::uint64_t local_header_size(const Entry& entry) {
  return kLocalSize + entry.name.size() + (sizes_need_64(entry) ? 20U : 0U);
}

void append_local_header(std::string& out, const Entry& entry) {
  const bool needs_64 = sizes_need_64(entry);
  append(out, kLocalSignature);
  append_common(out, entry, needs_64);
  append(out, static_cast<std::uint16_t>(needs_64 ? 20 : 0));
  out += entry.name;
  if (!needs_64) return;
  append(out, kExtraZip64);
  append(out, std::uint16_t{16});
  append(out, entry.size);
  append(out, entry.compressed_size);
}

void append_central_header(std::string& out, const Entry& entry) {
  const bool sizes_64 = sizes_need_64(entry);
  const bool offset_64 = entry.header_offset >= kIn64For32;
  const bool needs_64 = sizes_64 || offset_64;
  const std::uint32_t payload = (sizes_64 ? 16U : 0U) + (offset_64 ? 8U : 0U);
  append(out, kCentralSignature);
  append(out, static_cast<std::uint16_t>(kMadeByUnix | (needs_64 ? kVersion64 : kVersion)));
  append_common(out, entry, needs_64);
  append(out, static_cast<std::uint16_t>(needs_64 ? payload + 4 : 0));
  append(out, std::uint16_t{0});  // comment
  append(out, std::uint16_t{0});  // disk
  append(out, std::uint16_t{0});  // internal attributes
  append(out, (type_bits(entry.kind) | entry.mode) << 16U);
  append(out, in_32(entry.header_offset, offset_64));
  out += entry.name;
  if (!needs_64) return;
  append(out, kExtraZip64);
  append(out, static_cast<std::uint16_t>(payload));
  if (sizes_64) {
    append(out, entry.size);
    append(out, entry.compressed_size);
  }
  if (offset_64) append(out, entry.header_offset);
}

void append_end(std::string& out, std::uint64_t count, std::uint64_t directory_offset,
                std::uint64_t directory_size) {
  const bool count_64 = count >= kIn64For16;
  const bool size_64 = directory_size >= kIn64For32;
  const bool offset_64 = directory_offset >= kIn64For32;
  if (count_64 || size_64 || offset_64) {
    append(out, kEnd64Signature);
    append(out, std::uint64_t{kEnd64Size - 12});
    append(out, static_cast<std::uint16_t>(kMadeByUnix | kVersion64));
    append(out, kVersion64);
    append(out, std::uint32_t{0});  // this disk
    append(out, std::uint32_t{0});  // the directory's disk
    append(out, count);
    append(out, count);
    append(out, directory_size);
    append(out, directory_offset);
    append(out, kLocator64Signature);
    append(out, std::uint32_t{0});
    append(out, directory_offset + directory_size);
    append(out, std::uint32_t{1});  // disks
  }
  const auto count_16 = static_cast<std::uint16_t>(std::min<std::uint64_t>(count, kIn64For16));
  append(out, kEndSignature);
  append(out, std::uint32_t{0});  // this disk, the directory's disk
  append(out, count_16);
  append(out, count_16);
  append(out, in_32(directory_size, size_64));
  append(out, in_32(directory_offset, offset_64));
  append(out, std::uint16_t{0});
}

}  // namespace lamella::archive::zip
