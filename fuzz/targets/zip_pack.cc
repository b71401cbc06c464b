// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_reader.h"
#include "archive/zip_writer.h"
#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// The input is a name's length, the name and its content.  What we pack, we read, byte for byte.
FUZZ_TARGET(zip_pack) {
  if (input.empty() || input.size() < 1 + std::to_integer<std::size_t>(input[0])) return;
  const auto name = base::as_text(input.subspan(1, std::to_integer<std::size_t>(input[0])));
  const auto content = input.subspan(1 + name.size());
  base::StringSink sink;
  archive::ZipAssembler writer(sink);
  if (!writer.add_file(name, content.size() % 2 == 1, content)) return;
  FUZZ_ASSERT(writer.finish());
  const auto zip = archive::ZipReader::open(base::as_bytes(sink.text()), archive::Profile::kOwn);
  FUZZ_ASSERT(zip && zip->entries().size() == 1 && zip->entries()[0].name == name);
  const auto read = inflate_entry(*zip, zip->entries()[0], content.size());
  FUZZ_ASSERT(read && base::as_text(*read) == base::as_text(content));
}
