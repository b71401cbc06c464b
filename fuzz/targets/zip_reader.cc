// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_reader.h"

#include <algorithm>

#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// What an accepted archive's directory lists is what one finds who reads from the first byte on.
FUZZ_TARGET(zip_reader) {
  const auto zip = archive::ZipReader::open(input, archive::Profile::kUploaded);
  if (!zip) return FUZZ_ASSERT(!zip.error().fact("rule").empty());
  auto entries = zip->entries();
  std::sort(entries.begin(), entries.end(),
            [](auto& a, auto& b) { return a.header_offset < b.header_offset; });
  std::uint64_t end = 0;
  for (const archive::Entry& entry : entries) {
    FUZZ_ASSERT(entry.header_offset >= end && entry.header_offset <= end + 24);  // a data descriptor at most
    const auto name = input.subspan(static_cast<std::size_t>(entry.header_offset) + 30, entry.name.size());
    FUZZ_ASSERT(base::as_text(name) == entry.name && zip->find(entry.name)->crc32 == entry.crc32);
    end = entry.data_offset + entry.compressed_size;
    FUZZ_ASSERT(end <= input.size());
  }
}
