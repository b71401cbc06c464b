// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_pack.h"

#include <utility>

#include "archive/crc32.h"
#include "archive/deflate.h"
#include "archive/zip_format.h"
#include "base/encoding.h"

namespace lamella::archive::zip {

Packed pack(std::string_view name, bool executable, std::span<const std::byte> bytes, int level) {
  return pack_deflated(name, executable, bytes, deflate(bytes, level));
}

Packed pack_deflated(std::string_view name, bool executable, std::span<const std::byte> bytes,
                     std::vector<std::byte> deflated) {
  Packed packed;
  packed.deflated = std::move(deflated);
  const bool smaller = packed.deflated.size() < bytes.size();
  if (!smaller) packed.deflated.clear();
  packed.entry.name = name;
  packed.entry.method = smaller ? Method::kDeflated : Method::kStored;
  packed.entry.mode = canonical_mode(EntryKind::kFile, executable);
  packed.entry.crc32 = crc32(bytes);
  packed.entry.size = bytes.size();
  packed.entry.compressed_size = smaller ? packed.deflated.size() : bytes.size();
  return packed;
}

Entry link_entry(std::string_view name, std::string_view target) {
  Entry entry;
  entry.name = name;
  entry.kind = EntryKind::kSymlink;
  entry.mode = canonical_mode(EntryKind::kSymlink, false);
  entry.crc32 = crc32(base::as_bytes(target));
  entry.size = entry.compressed_size = target.size();
  return entry;
}

Entry raw_entry(std::string_view name, bool executable, const Entry& from) {
  Entry entry;
  entry.name = name;
  entry.method = from.method;
  entry.mode = canonical_mode(EntryKind::kFile, executable);
  entry.crc32 = from.crc32;
  entry.size = from.size;
  entry.compressed_size = from.compressed_size;
  return entry;
}

}  // namespace lamella::archive::zip
