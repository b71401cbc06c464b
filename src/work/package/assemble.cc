// SPDX-License-Identifier: Apache-2.0
#include "package/assemble.h"

#include <fmt/format.h>

#include "archive/segment.h"
#include "archive/zip_writer.h"
#include "crypto/key_builder.h"
#include "document/json.h"
#include "os/file.h"

namespace lamella::package {
namespace {

using document::Value;

constexpr int kZipSchema = 1;

/// A blob as the archive room reads it: in pieces, so that no layer is ever in memory.
class BlobAsReader final : public archive::RandomReader {
 public:
  explicit BlobAsReader(const store::BlobReader& blob) : blob_(blob) {}
  std::uint64_t size() const override { return blob_.size(); }
  Result<> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    return blob_.read_at(offset, out);
  }

 private:
  const store::BlobReader& blob_;
};

Digest key_of(std::span<const Digest> segments) {
  crypto::KeyBuilder key("zip");
  key.add("schema", kZipSchema).add("segments", segments.size());
  for (const Digest& segment : segments) key.add("segment", segment);
  return key.finish();
}

Result<> add_segment(archive::ZipAssembler& zip, store::ContentStore& store, const Digest& digest,
                     store::Verify verify) {
  LAMELLA_TRY_ASSIGN(const auto blob, store.open(digest, verify));
  if (!blob) return Error(ErrorCode::kInternal, "a segment is not in the store").at(digest.hex());
  const BlobAsReader reader(*blob);
  LAMELLA_TRY_ASSIGN(const archive::Segment segment, archive::open_segment(reader));
  return zip.add_segment(segment);
}

}  // namespace

std::filesystem::path zip_path(const std::filesystem::path& folder, const std::string& stem,
                               const Digest& sha256) {
  return folder / fmt::format("{}-{}.zip", stem, sha256.brief());
}

Result<std::optional<ZipFacts>> known_zip(store::ActionCache& actions, std::span<const Digest> segments) {
  LAMELLA_TRY_ASSIGN(const auto action, actions.get(key_of(segments)));
  if (!action || action->kind != "zip") return std::optional<ZipFacts>();
  const auto value = document::parse_json(action->value, "zip record");
  if (!value || value->integer("schema") != kZipSchema) return std::optional<ZipFacts>();
  const auto digest = Digest::from_hex(value->text("sha256"));
  if (!digest) return std::optional<ZipFacts>();
  return std::optional(ZipFacts{*digest, static_cast<std::uint64_t>(value->integer("zipped_bytes")),
                                static_cast<std::uint64_t>(value->integer("unzipped_bytes")),
                                static_cast<std::uint64_t>(value->integer("entries"))});
}

Result<Assembled> assemble(store::ContentStore& store, store::ActionCache& actions,
                           std::span<const Digest> segments, const std::filesystem::path& folder,
                           const std::string& stem) {
  LAMELLA_TRY(os::make_directories(folder));
  LAMELLA_TRY_ASSIGN(const auto known, known_zip(actions, segments));
  LAMELLA_TRY_ASSIGN(auto file, os::AtomicFile::create_in(folder));
  // Hashing is half of the work.  Proved segments in this order give the digest they gave before; where none
  // is remembered the zip itself is hashed, and what the segments' own checksums cannot see shows in its
  // digest.
  archive::ZipAssembler zip(file, known ? archive::Hashing::kNone : archive::Hashing::kSha256);
  const auto verify = known ? store::Verify::kUnlessKnown : store::Verify::kWhileReading;
  for (const Digest& segment : segments) {
    auto added = add_segment(zip, store, segment, verify);
    if (added) continue;
    if (added.error().code() == ErrorCode::kCorrupt)
      (void)store.open(segment, store::Verify::kNow);  // quarantines
    return Error(std::move(added).error()).while_doing("assembling " + stem);
  }
  LAMELLA_TRY_ASSIGN(const archive::AssembledZip made, zip.finish());
  const ZipFacts facts{known ? known->sha256 : made.digest, made.size, made.unzipped_bytes, made.entries};
  if (known && facts != *known) {
    LAMELLA_TRY(actions.remove(key_of(segments)));
    return assemble(store, actions, segments, folder, stem);
  }
  const auto path = zip_path(folder, stem, facts.sha256);
  LAMELLA_TRY(file.commit_as(path));
  if (known) return Assembled{facts, path};
  const Value record = Value::object({{"schema", kZipSchema},
                                      {"sha256", facts.sha256.hex()},
                                      {"zipped_bytes", facts.zipped_bytes},
                                      {"unzipped_bytes", facts.unzipped_bytes},
                                      {"entries", facts.entries}});
  LAMELLA_TRY(
      actions.put(key_of(segments), {.kind = "zip", .value = document::render_json(record), .outputs = {}}));
  return Assembled{facts, path};
}

Result<Assembled> place_as_it_is(store::ContentStore& store, const Digest& zip, const ZipFacts& contents,
                                 const std::filesystem::path& folder, const std::string& stem) {
  LAMELLA_TRY(os::make_directories(folder));
  LAMELLA_TRY_ASSIGN(const auto blob, store.open(zip, store::Verify::kWhileReading));
  if (!blob) return Error(ErrorCode::kInternal, "an archive is not in the store").at(zip.hex());
  LAMELLA_TRY_ASSIGN(auto file, os::AtomicFile::create_in(folder));
  LAMELLA_TRY(blob->stream_to(file));
  const auto path = zip_path(folder, stem, zip);
  LAMELLA_TRY(file.commit_as(path));
  return Assembled{{zip, blob->size(), contents.unzipped_bytes, contents.entries}, path};
}

}  // namespace lamella::package
