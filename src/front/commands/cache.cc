// SPDX-License-Identifier: Apache-2.0
#include "commands/cache.h"

#include <fmt/format.h>

#include <chrono>

#include "os/disk.h"
#include "os/environment.h"
#include "store/action_cache.h"
#include "store/local_store.h"

namespace lamella::commands {

using document::Value;

namespace {

/// Longer than a build takes: what it relies on, it has used since.
constexpr std::chrono::hours kInUse{1};

}  // namespace

Result<Outcome> cache_ls(const Setting&) {
  LAMELLA_TRY_ASSIGN(const auto root, os::cache_directory());
  LAMELLA_TRY_ASSIGN(const auto store, store::open_local_store({.root = root}));
  LAMELLA_TRY_ASSIGN(const auto actions, store::open_local_actions(root));
  LAMELLA_TRY_ASSIGN(const auto blobs, store->stats());
  LAMELLA_TRY_ASSIGN(const auto records, actions->stats());
  LAMELLA_TRY_ASSIGN(const auto disk, os::disk_space(root));
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("blobs", blobs.blobs);
  outcome.record.set("bytes", blobs.bytes);
  outcome.record.set("unfinished", blobs.unfinished);
  outcome.record.set("quarantined", blobs.quarantined);
  Value& kinds = outcome.record.set("records", Value::object());
  for (const auto& [kind, count] : records.by_kind) kinds.set(kind, count);
  outcome.record.set("disk_free_bytes", disk.free);
  return outcome;
}

Result<Outcome> cache_verify(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const auto root, os::cache_directory());
  LAMELLA_TRY_ASSIGN(const auto store, store::open_local_store({.root = root}));
  LAMELLA_TRY_ASSIGN(const auto report, store->verify_all(*setting.events, setting.stop));
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("blobs", report.blobs);
  outcome.record.set("bytes", report.bytes);
  Value& damaged = outcome.record.set("damaged", Value::array());
  for (const Digest& digest : report.damaged) damaged.push_back(digest.hex());
  if (!report.damaged.empty()) {
    outcome.error =
        Error(ErrorCode::kCorrupt, fmt::format("{} blobs are damaged", report.damaged.size()))
            .at(root.string())
            .because("their bytes no longer have the sha256 they are named by; they are in quarantine now")
            .remedy("run `lamella build`: what is needed is fetched or made again");
  }
  return outcome;
}

Result<Outcome> cache_prune(const Setting&, const PruneOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto root, os::cache_directory());
  LAMELLA_TRY_ASSIGN(const auto store, store::open_local_store({.root = root}));
  LAMELLA_TRY_ASSIGN(const auto actions, store::open_local_actions(root));
  const auto apply = options.dry_run ? store::Apply::kNo : store::Apply::kYes;
  LAMELLA_TRY_ASSIGN(const auto report, store->trim(options.max_bytes, kInUse, apply));
  std::uint64_t records = 0;
  if (!options.dry_run && !report.removed.empty()) {
    LAMELLA_TRY_ASSIGN(records, actions->forget(report.removed));
  }
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("dry_run", options.dry_run);
  outcome.record.set("max_bytes", options.max_bytes);
  outcome.record.set("blobs", report.blobs_kept);
  outcome.record.set("bytes", report.bytes_kept);
  Value& removed = outcome.record.set("removed", Value::array());
  for (const Digest& digest : report.removed) removed.push_back(digest.hex());
  outcome.record.set("freed_bytes", report.bytes_freed);
  outcome.record.set("records_removed", records);
  return outcome;
}

}  // namespace lamella::commands
