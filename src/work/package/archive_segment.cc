// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "archive/segment.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "base/pointer_file.h"
#include "crypto/key_builder.h"
#include "package/binary_check.h"
#include "package/segment_maker.h"

namespace lamella::package {
namespace {

constexpr std::uint64_t kLargestEntry = 262'144'000;  // what Lambda unpacks at most

Error unfit(const Error& error, const ArchiveRecipe& recipe) {
  return Error(error.code(), error.what())
      .at(recipe.name + ": " + error.where())
      .because(error.why())
      .remedy("make the archive anew without it, or take the layer out of this target");
}

/// Files and links by name; what a directory's own entry says is not kept.
std::vector<const archive::Entry*> files_of(const archive::ZipReader& zip) {
  std::vector<const archive::Entry*> files;
  for (const archive::Entry& entry : zip.entries()) {
    if (entry.kind != archive::EntryKind::kDirectory) files.push_back(&entry);
  }
  std::sort(files.begin(), files.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  return files;
}

Result<> add(archive::SegmentWriter& writer, const archive::ZipReader& zip, const archive::Entry& entry,
             const ArchiveRecipe& recipe) {
  LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip, entry, kLargestEntry));
  if (entry.kind == archive::EntryKind::kSymlink) return writer.add_symlink(entry.name, base::as_text(bytes));
  if (auto fits = check_binary(bytes, recipe.target, entry.name); !fits) return unfit(fits.error(), recipe);
  return writer.add_raw(entry.name, entry.executable(), entry, zip.compressed(entry));
}

}  // namespace

Digest ArchiveRecipe::key() const {
  crypto::KeyBuilder builder("archive-segment");
  builder.add("epoch", kSegmentEpoch).add("sha256", sha256).add("target", short_name(target));
  return builder.finish();
}

std::string ArchiveRecipe::distribution() const { return "archive:" + name; }

Result<SegmentRecord> SegmentMaker::make(const ArchiveRecipe& recipe, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(auto blob, store_.open(recipe.sha256));
  if (!blob) return Error(ErrorCode::kInternal, "the archive was not fetched").at(recipe.name);
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY(base::refuse_pointer(base::as_text(bytes), recipe.name));
  auto zip = archive::ZipReader::open(bytes, archive::Profile::kUploaded);
  if (!zip) return Error(std::move(zip).error()).while_doing("reading " + recipe.name);
  LAMELLA_TRY(archive::verify_links(*zip));
  SegmentRecord record{.distribution = recipe.distribution(), .version = recipe.sha256.brief()};
  record.wheel_bytes = zip->unzipped_bytes();
  record.wheel_zipped_bytes = blob->size();
  LAMELLA_TRY_ASSIGN(auto sink, store_.new_blob());
  archive::SegmentWriter writer(*sink);
  for (const archive::Entry* entry : files_of(*zip)) {
    if (stop.stop_requested()) return Error(ErrorCode::kInterrupted, "interrupted");
    if (entry->special_bits) {
      events_.emit({.kind = "archive.special-bits",
                    .subject = recipe.name,
                    .text = entry->name + " is shipped without its setuid, setgid or sticky bit",
                    .severity = base::Severity::kWarning});
    }
    LAMELLA_TRY(add(writer, *zip, *entry, recipe));
  }
  LAMELLA_TRY_ASSIGN(const archive::SegmentIndex index, writer.finish());
  record.unzipped_bytes = index.unzipped_bytes;
  record.zipped_bytes = index.body_size;
  record.entries = index.entries.size();
  LAMELLA_TRY_ASSIGN(record.blob, sink->commit());
  return remember(recipe.key(), std::move(record));
}

}  // namespace lamella::package
