// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "build/content_changes.h"
#include "change/snapshot_inputs.h"
#include "crypto/sha256.h"

namespace lamella::build {
namespace {

const model::Archive* archive_of(const model::Layer* layer) {
  return layer != nullptr && layer->archive ? &*layer->archive : nullptr;
}

/// What the archive's content is; of one that the workspace lacks, zero.
Result<Digest> digest_on(const Side& side, const model::Archive& archive) {
  if (archive.sha256) return *archive.sha256;
  LAMELLA_TRY_ASSIGN(const auto file, change::file_at(*side.tree, archive.place.text));
  if (!file) return Digest();
  LAMELLA_TRY_ASSIGN(const auto bytes, side.tree->read(file->path));
  return bytes ? crypto::sha256(*bytes) : Digest();
}

/// True if the file is surely the same on both sides, without reading it.
Result<bool> is_same_file(const Side& before, const Side& after, const model::Archive& old,
                          const model::Archive& now) {
  if (old.remote || now.remote || old.sha256 || now.sha256) return false;
  LAMELLA_TRY_ASSIGN(const auto file_before, change::file_at(*before.tree, old.place.text));
  LAMELLA_TRY_ASSIGN(const auto file, change::file_at(*after.tree, now.place.text));
  if (!file_before || !file) return !file_before && !file;
  LAMELLA_TRY_ASSIGN(const auto id_before, before.tree->identify(*file_before));
  LAMELLA_TRY_ASSIGN(const auto id, after.tree->identify(*file));
  return id == id_before;
}

Cause cause_of(const Pair& pair, const model::Archive& archive, Reason reason) {
  const std::string node = archive.remote ? fmt::format("setting layers.{}.archive", pair.name.name)
                                          : "file " + archive.place.text;
  return {std::move(reason), {node, pair.name.node()}};
}

Cause of_one_side(const Pair& pair, const model::Archive& archive, const char* kind, const char* what) {
  const std::string& place = archive.place.text;
  return cause_of(pair, archive, {kind, place, "", "", fmt::format("archive {} {}", place, what)});
}

Cause of_merging(const Pair& pair, const model::Archive& now) {
  const auto word = [](bool merged) { return merged ? "merged" : "as it is"; };
  const std::string from = word(!now.merged);
  const std::string to = word(now.merged);
  return {{"setting-changed", "archive.merged", from, to, fmt::format("archive: {} → {}", from, to)},
          {fmt::format("setting layers.{}.archive.merged", pair.name.name), pair.name.node()}};
}

}  // namespace

Result<std::vector<Cause>> archive_changes(const Side& before, const Side& after, const Pair& pair) {
  const model::Archive* old = archive_of(pair.layer_before);
  const model::Archive* now = archive_of(pair.layer);
  std::vector<Cause> causes;
  if (old == nullptr && now == nullptr) return causes;
  if (old == nullptr) {
    causes.push_back(of_one_side(pair, *now, "archive-added", "is new"));
    return causes;
  }
  if (now == nullptr) {
    causes.push_back(of_one_side(pair, *old, "archive-removed", "is gone"));
    return causes;
  }
  if (old->merged != now->merged) causes.push_back(of_merging(pair, *now));
  LAMELLA_TRY_ASSIGN(const bool same, is_same_file(before, after, *old, *now));
  if (same) return causes;
  LAMELLA_TRY_ASSIGN(const Digest was, digest_on(before, *old));
  LAMELLA_TRY_ASSIGN(const Digest is, digest_on(after, *now));
  if (was == is) return causes;
  const std::string& place = now->place.text;
  causes.push_back(cause_of(pair, *now,
                            {"archive-changed", place, was.brief(), is.brief(),
                             fmt::format("archive {}: {} → {}", place, was.brief(), is.brief())}));
  return causes;
}

}  // namespace lamella::build
