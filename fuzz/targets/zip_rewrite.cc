// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_reader.h"
#include "archive/zip_writer.h"
#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;
using archive::ZipReader;

/// What we accept and write anew is an archive as we write them, with the same files.
FUZZ_TARGET(zip_rewrite) {
  const auto zip = ZipReader::open(input, archive::Profile::kUploaded, {.max_total_size = 10'000'000});
  if (!zip || !verify_content(*zip)) return;
  base::StringSink sink;
  archive::ZipAssembler writer(sink);
  for (const archive::Entry& entry : zip->entries()) {
    if (entry.kind == archive::EntryKind::kDirectory) continue;
    FUZZ_ASSERT(writer.add_raw(entry.name, entry.executable(), entry, zip->compressed(entry)));
  }
  FUZZ_ASSERT(writer.finish());
  const auto again = ZipReader::open(base::as_bytes(sink.text()), archive::Profile::kOwn);
  FUZZ_ASSERT(again && verify_content(*again));
  for (const archive::Entry& entry : again->entries())
    FUZZ_ASSERT(entry.crc32 == zip->find(entry.name)->crc32);
}
