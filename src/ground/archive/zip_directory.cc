// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "archive/crc32.h"
#include "archive/little_endian.h"
#include "archive/zip_format.h"
#include "archive/zip_names.h"
#include "archive/zip_parse.h"
#include "base/encoding.h"

namespace lamella::archive::zip {
namespace {

constexpr std::uint16_t kFlagEncrypted = 1U << 0;
constexpr std::uint16_t kFlagPatch = 1U << 5;
constexpr std::uint16_t kFlagStrong = 1U << 6;
constexpr std::uint16_t kFlagMasked = 1U << 13;
constexpr std::uint16_t kFlagsLevel = 3U << 1;  // how hard the compressor tried
constexpr std::uint16_t kExtraAes = 0x9901;
constexpr std::uint16_t kMethodAes = 99;
constexpr std::uint16_t kDos = 0;
constexpr std::uint32_t kDosDirectory = 0x10;
constexpr std::uint16_t kUnix = 3;
constexpr std::uint16_t kDarwin = 19;
constexpr std::uint8_t kNewestVersion = 63;   // APPNOTE 6.3; others refuse what claims to need more
constexpr std::uint64_t kMostPerByte = 1032;  // deflate: 258 bytes from two bits, at the very best
/// Deflate ends an empty stream with two bytes, zlib at level 0 with five.
constexpr std::uint64_t kMostForNothing = 5;

std::string method_name(std::uint16_t method) {
  switch (method) {
    case 1: return "shrink";
    case 6: return "implode";
    case 9: return "deflate64";
    case 12: return "bzip2";
    case 14: return "lzma";
    case 93: return "zstd";
    case 95: return "xz";
    case kMethodAes: return "AES encryption";
    default: return fmt::format("method {}", method);
  }
}

Result<> check_flags(std::uint16_t flags, std::string_view name, Profile profile) {
  if ((flags & (kFlagEncrypted | kFlagStrong | kFlagMasked)) != 0) {
    return refuse_entry("encrypted", name, "it is encrypted");
  }
  if ((flags & kFlagPatch) != 0) return refuse_entry("method", name, "it is a patch to another file");
  if ((flags & ~(kFlagsLevel | kFlagDescriptor | kFlagUtf8)) != 0) {
    return refuse_entry("flags", name, fmt::format("it has unknown flags {:#06x}", flags));
  }
  if ((flags & kFlagUtf8) == 0 && !is_ascii(name) && profile != Profile::kUploaded) {
    return refuse_entry("name-encoding", name, "its name is not ASCII but not declared to be UTF-8");
  }
  return {};
}

/// Kind and mode from the external attributes.
Result<> read_attributes(Entry& entry, std::uint16_t made_by, std::uint32_t attributes, Profile profile) {
  const std::uint32_t mode = attributes >> 16U;
  const std::uint32_t type = mode & kTypeMask;
  const bool slash = entry.name.back() == '/';
  if (type == kTypeSymlink) {
    if (profile == Profile::kWheel) return refuse_entry("link", entry.name, "it is a symbolic link");
    if (slash) return refuse_entry("kind", entry.name, "it is a symbolic link with a directory's name");
    entry.kind = EntryKind::kSymlink;
  } else if (type == kTypeDirectory || type == kTypeFile || type == 0) {
    entry.kind = slash ? EntryKind::kDirectory : EntryKind::kFile;
    if (type == kTypeDirectory && !slash) {
      return refuse_entry("kind", entry.name, "it is a directory with a file's name");
    }
  } else {
    return refuse_entry("special-file", entry.name, "it is a device, FIFO or socket");
  }
  const std::uint16_t host = made_by >> 8U;
  if (host == kDos && (attributes & kDosDirectory) != 0 && !slash) {
    return refuse_entry("kind", entry.name, "it is a directory to DOS with a file's name");
  }
  const bool recorded = (host == kUnix || host == kDarwin) && mode != 0;
  entry.mode = recorded ? static_cast<std::uint16_t>(mode & 0777U) : canonical_mode(entry.kind, false);
  entry.special_bits = recorded && (mode & 07000U) != 0;
  return {};
}

Result<> check_sizes(const Entry& entry, Profile profile, const Limits& limits) {
  if (entry.kind == EntryKind::kDirectory) {
    // Some writers deflate the nothing in a directory: Java's, and with it wheels such as PySocks'.
    const bool deflated = entry.method == Method::kDeflated && profile != Profile::kOwn;
    const std::uint64_t most = deflated ? kMostForNothing : 0;
    if (entry.size != 0 || entry.compressed_size > most || entry.crc32 != 0) {
      return refuse_entry("directory-data", entry.name, "it is a directory with content");
    }
    return {};
  }
  if (entry.method == Method::kStored && entry.size != entry.compressed_size) {
    return refuse_entry("size-lie", entry.name, "it is stored, but its two sizes differ");
  }
  if (entry.method == Method::kDeflated && entry.compressed_size == 0) {
    return refuse_entry("bad-deflate", entry.name, "it is deflated, but has no bytes");
  }
  if (entry.size / kMostPerByte > entry.compressed_size) {
    return refuse_entry("size-lie", entry.name, "it declares more bytes than deflate can hold",
                        ErrorCode::kLimit);
  }
  if (entry.size > limits.max_entry_size) {
    return refuse_entry(
        "entry-size", entry.name,
        fmt::format("it is {} bytes, more than the {} allowed", entry.size, limits.max_entry_size),
        ErrorCode::kLimit);
  }
  return {};
}

bool is_canonical(const CentralEntry& central) {
  std::string expected;
  append_central_header(expected, central.entry);
  const bool mode_as_written =
      central.entry.mode == canonical_mode(central.entry.kind, central.entry.executable());
  return mode_as_written && base::as_text(central.record) == expected;
}

/// One central header at `offset` of the directory.
Result<CentralEntry> read_central(Bytes directory, std::size_t offset, Profile profile,
                                  const Limits& limits) {
  if (!within(offset, kCentralSize, directory.size()) ||
      load<std::uint32_t>(directory, offset) != kCentralSignature) {
    return refuse("bad-directory", "its directory is malformed");
  }
  const Bytes at = directory.subspan(offset);
  const std::size_t name_size = load<std::uint16_t>(at, 28);
  const std::size_t extra_size = load<std::uint16_t>(at, 30);
  const std::size_t total = kCentralSize + name_size + extra_size + load<std::uint16_t>(at, 32);
  if (total > at.size()) return refuse("bad-directory", "its directory is cut short");

  CentralEntry central;
  central.record = at.first(total);
  central.flags = load<std::uint16_t>(at, 8);
  Entry& entry = central.entry;
  entry.name = base::as_text(at.subspan(kCentralSize, name_size));
  const std::string& name = entry.name;
  if (const auto why = unsafe_name(name)) return refuse_entry("name", name, std::string(*why));
  LAMELLA_TRY(check_flags(central.flags, name, profile));

  const auto method = load<std::uint16_t>(at, 10);
  if (method != 0 && method != 8) {
    return refuse_entry("method", name, "it is compressed with " + method_name(method));
  }
  entry.method = Method{method};
  entry.crc32 = load<std::uint32_t>(at, 16);
  const Extra narrow{load<std::uint32_t>(at, 24), load<std::uint32_t>(at, 20), load<std::uint32_t>(at, 42),
                     false};
  LAMELLA_TRY_ASSIGN(const Extra wide,
                     read_extra(at.subspan(kCentralSize + name_size, extra_size), name, narrow, true));
  entry.size = wide.size;
  entry.compressed_size = wide.compressed_size;
  entry.header_offset = wide.header_offset;
  if (load<std::uint8_t>(at, 6) > kNewestVersion)
    return refuse_entry("version", name, "it claims to need a newer zip");
  if (load<std::uint16_t>(at, 34) != 0) return refuse_entry("split-disk", name, "it begins on another disk");

  LAMELLA_TRY(read_attributes(entry, load<std::uint16_t>(at, 4), load<std::uint32_t>(at, 38), profile));
  LAMELLA_TRY(check_sizes(entry, profile, limits));
  if (profile == Profile::kOwn && !is_canonical(central)) {
    return refuse_entry("not-canonical", name, "its header is not as we write it");
  }
  return central;
}

Result<> check_unicode_path(Bytes payload, std::string_view name) {
  constexpr std::size_t kFixed = 5;  // version, CRC of the plain name
  if (payload.size() < kFixed || load<std::uint8_t>(payload, 0) != 1 ||
      load<std::uint32_t>(payload, 1) != crc32(base::as_bytes(name)) ||
      base::as_text(payload.subspan(kFixed)) != name) {
    return refuse_entry("unicode-path", name, "its extra field gives it another name");
  }
  return {};
}

Result<> read_zip64(Bytes payload, std::string_view name, Extra& extra, bool offset_too) {
  std::size_t used = 0;
  const auto widen = [&](std::uint64_t& number) {
    if (number != kIn64For32) return true;
    if (used + 8 > payload.size()) return false;
    number = load<std::uint64_t>(payload, used);
    used += 8;
    return true;
  };
  const bool complete =
      widen(extra.size) && widen(extra.compressed_size) && (!offset_too || widen(extra.header_offset));
  // Writers that did not know the sizes beforehand leave the field where it was not needed after all: CPython's
  // zipfile with force_zip64, and with it the wheels of protobuf.
  const bool says_it_again = used == 0 && payload.size() == 16 &&
                             load<std::uint64_t>(payload, 0) == extra.size &&
                             load<std::uint64_t>(payload, 8) == extra.compressed_size;
  if (!complete || (used != payload.size() && !says_it_again)) {
    return refuse_entry("bad-zip64", name, "its ZIP64 field does not hold what its header refers to");
  }
  extra.has_zip64 = true;
  return {};
}

}  // namespace

Result<Extra> read_extra(Bytes field, std::string_view name, const Extra& narrow, bool offset_too) {
  Extra extra = narrow;
  while (!field.empty()) {
    if (field.size() < 4 || field.size() - 4 < load<std::uint16_t>(field, 2)) {
      return refuse_entry("bad-extra", name, "its extra field is malformed");
    }
    const auto id = load<std::uint16_t>(field, 0);
    const Bytes payload = field.subspan(4, load<std::uint16_t>(field, 2));
    field = field.subspan(4 + payload.size());
    if (id == kExtraAes) return refuse_entry("encrypted", name, "it is encrypted with AES");
    if (id == kExtraUnicodePath) LAMELLA_TRY(check_unicode_path(payload, name));
    if (id != kExtraZip64) continue;
    if (extra.has_zip64) return refuse_entry("bad-zip64", name, "it has two ZIP64 fields");
    LAMELLA_TRY(read_zip64(payload, name, extra, offset_too));
  }
  const bool dangling = extra.size == kIn64For32 || extra.compressed_size == kIn64For32 ||
                        (offset_too && extra.header_offset == kIn64For32);
  if (dangling && !extra.has_zip64) {
    return refuse_entry("bad-zip64", name, "it refers to a ZIP64 field that is not there");
  }
  return extra;
}

Result<std::vector<CentralEntry>> read_directory(Bytes bytes, const End& end, Profile profile,
                                                 const Limits& limits) {
  if (end.count > limits.max_entries) {
    return refuse("entry-count",
                  fmt::format("it has {} entries, more than the {} allowed", end.count, limits.max_entries),
                  ErrorCode::kLimit);
  }
  const Bytes directory = bytes.subspan(static_cast<std::size_t>(end.directory_offset),
                                        static_cast<std::size_t>(end.directory_size));
  std::vector<CentralEntry> entries;
  entries.reserve(static_cast<std::size_t>(std::min(end.count, end.directory_size / kCentralSize)));
  std::uint64_t total = 0;
  std::size_t offset = 0;
  for (std::uint64_t i = 0; i < end.count; ++i) {
    LAMELLA_TRY_ASSIGN(auto central, read_central(directory, offset, profile, limits));
    offset += central.record.size();
    total += central.entry.size;  // each is at most max_entry_size, checked one by one
    if (total > limits.max_total_size) {
      return refuse_entry("total-size", central.entry.name,
                          fmt::format("with it the archive passes {} bytes unzipped", limits.max_total_size),
                          ErrorCode::kLimit);
    }
    entries.push_back(std::move(central));
  }
  if (offset != directory.size()) return refuse("bad-directory", "its directory holds more than it counts");
  return entries;
}

}  // namespace lamella::archive::zip
