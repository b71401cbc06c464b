// SPDX-License-Identifier: Apache-2.0
#include "commands/cache.h"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/units.h"
#include "os/disk.h"
#include "os/environment.h"
#include "os/thread_pool.h"
#include "store/action_cache.h"
#include "store/local_store.h"
#include "trees/upkeep.h"

namespace lamella::commands {

using document::Value;

namespace {

/// Longer than a build takes: what it relies on, it has used since.
constexpr std::chrono::hours kInUse{1};
/// A record costs little to keep; one that nobody asked for in a month answers nothing any more.
constexpr std::chrono::hours kForgotten{24 * 30};

std::uint64_t less(std::uint64_t most, std::uint64_t taken) { return most > taken ? most - taken : 0; }

/// Drops the records that are of no use to anyone; returns how many.
Result<std::uint64_t> tidy_records(store::ContentStore& store, store::ActionCache& actions) {
  LAMELLA_TRY_ASSIGN(const auto records, actions.stats());
  std::vector<Digest> absent;
  for (const Digest& output : records.outputs) {
    const auto blob = store.open(output, store::Verify::kWhileReading);
    if (blob && !*blob) absent.push_back(output);
  }
  LAMELLA_TRY_ASSIGN(const std::uint64_t forgotten, actions.forget(absent));
  LAMELLA_TRY_ASSIGN(const std::uint64_t swept, actions.sweep(kForgotten));
  return forgotten + swept;
}

Error damage(const std::filesystem::path& root, std::size_t blobs, std::size_t trees) {
  std::vector<std::string> what;
  if (blobs > 0) what.push_back(base::counted(blobs, "blob"));
  if (trees > 0) what.push_back(base::counted(trees, "unpacked tree"));
  return Error(ErrorCode::kCorrupt,
               fmt::format("{} {} damaged", fmt::join(what, " and "), blobs + trees == 1 ? "is" : "are"))
      .at(root.string())
      .because("the bytes are no longer what they are named by; they are in quarantine now")
      .remedy("run `lamella build`: what is needed is fetched or made again");
}

void set_digests(Value& record, const char* name, const std::vector<Digest>& digests) {
  Value& list = record.set(name, Value::array());
  for (const Digest& digest : digests) list.push_back(digest.hex());
}

}  // namespace

Result<Outcome> cache_ls(const Setting&) {
  LAMELLA_TRY_ASSIGN(const auto root, os::cache_directory());
  LAMELLA_TRY_ASSIGN(const auto store, store::open_local_store({.root = root}));
  LAMELLA_TRY_ASSIGN(const auto actions, store::open_local_actions(root));
  LAMELLA_TRY_ASSIGN(const auto blobs, store->stats());
  LAMELLA_TRY_ASSIGN(const auto records, actions->stats());
  os::ThreadPool pool;
  LAMELLA_TRY_ASSIGN(const auto trees, trees::tree_stats(root, pool));
  LAMELLA_TRY_ASSIGN(const auto disk, os::disk_space(root));
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("blobs", blobs.blobs);
  outcome.record.set("bytes", blobs.bytes);
  outcome.record.set("trees", trees.trees);
  outcome.record.set("tree_bytes", trees.bytes);
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
  LAMELLA_TRY_ASSIGN(const auto blobs, store->verify_all(*setting.events, setting.stop));
  os::ThreadPool pool;
  LAMELLA_TRY_ASSIGN(const auto trees, trees::verify_trees(root, *setting.events, pool, setting.stop));
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("blobs", blobs.blobs);
  outcome.record.set("bytes", blobs.bytes);
  set_digests(outcome.record, "damaged", blobs.damaged);
  outcome.record.set("trees", trees.trees);
  outcome.record.set("tree_bytes", trees.bytes);
  outcome.record.set("trees_unknown", trees.unknown);
  set_digests(outcome.record, "damaged_trees", trees.damaged);
  if (!blobs.damaged.empty() || !trees.damaged.empty()) {
    outcome.error = damage(root, blobs.damaged.size(), trees.damaged.size());
  }
  return outcome;
}

Result<Outcome> cache_prune(const Setting&, const PruneOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto root, os::cache_directory());
  LAMELLA_TRY_ASSIGN(const auto store, store::open_local_store({.root = root}));
  LAMELLA_TRY_ASSIGN(const auto actions, store::open_local_actions(root));
  const auto apply = options.dry_run ? store::Apply::kNo : store::Apply::kYes;
  LAMELLA_TRY_ASSIGN(const auto before, store->stats());
  os::ThreadPool pool;
  LAMELLA_TRY_ASSIGN(const auto trees,
                     trees::trim_trees(root, less(options.max_bytes, before.bytes), kInUse, apply, pool));
  LAMELLA_TRY_ASSIGN(const auto blobs, store->trim(less(options.max_bytes, trees.kept.bytes), kInUse, apply));
  std::uint64_t records = 0;
  if (!options.dry_run) {
    LAMELLA_TRY_ASSIGN(records, tidy_records(*store, *actions));
  }
  Outcome outcome{new_record(), {}};
  outcome.record.set("path", root.string());
  outcome.record.set("dry_run", options.dry_run);
  outcome.record.set("max_bytes", options.max_bytes);
  outcome.record.set("blobs", blobs.blobs_kept);
  outcome.record.set("bytes", blobs.bytes_kept);
  set_digests(outcome.record, "removed", blobs.removed);
  outcome.record.set("freed_bytes", blobs.bytes_freed);
  outcome.record.set("trees", trees.kept.trees);
  outcome.record.set("tree_bytes", trees.kept.bytes);
  outcome.record.set("trees_removed", trees.trees_removed);
  outcome.record.set("tree_freed_bytes", trees.bytes_freed);
  outcome.record.set("records_removed", records);
  return outcome;
}

}  // namespace lamella::commands
