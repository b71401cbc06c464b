// SPDX-License-Identifier: Apache-2.0
#include "store/content_store.h"

namespace lamella::store {

Result<std::optional<BlobReader>> open_intact(ContentStore& store, const Digest& digest, EventSink& events,
                                              Verify verify) {
  auto opened = store.open(digest, verify);
  if (opened || opened.error().code() != ErrorCode::kCorrupt) return opened;
  events.emit({.kind = "cache.damaged",
               .subject = digest.brief(),
               .text = "a stored blob no longer matches its digest; it is set aside and made again",
               .severity = base::Severity::kWarning,
               .fields = {{"digest", digest.hex()}}});
  return std::optional<BlobReader>();
}

Result<Digest> put(ContentStore& store, std::span<const std::byte> bytes) {
  LAMELLA_TRY_ASSIGN(const auto blob, store.new_blob());
  LAMELLA_TRY(blob->write(bytes));
  return blob->commit();
}

Result<std::optional<std::string>> read_all(ContentStore& store, const Digest& digest) {
  LAMELLA_TRY_ASSIGN(const auto reader, store.open(digest, Verify::kWhileReading));
  if (!reader) return std::optional<std::string>();
  base::StringSink text;
  LAMELLA_TRY(reader->stream_to(text));
  return std::optional<std::string>(std::move(text).text());
}

}  // namespace lamella::store
