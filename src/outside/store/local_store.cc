// SPDX-License-Identifier: Apache-2.0
#include "store/local_store.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_set>

#include "crypto/sha256.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/lock.h"
#include "os/random.h"
#include "os/thread_pool.h"
#include "store/cache_folder.h"
#include "store/known_blobs.h"

namespace lamella::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

/// A blob's age is its mtime; it is renewed only when older than this, because each renewal moves the
/// ctime and so costs a record in KnownBlobs.  sweep() adds it to its grace.
constexpr std::chrono::minutes kAgeGrain{10};
constexpr std::chrono::seconds kLockLimit{60};

struct Layout {
  fs::path root;
  fs::path blobs() const { return root / "blobs"; }
  fs::path blob(const Digest& digest) const {
    const std::string hex = digest.hex();
    return blobs() / hex.substr(0, 2) / hex;
  }
  fs::path incoming() const { return root / "incoming"; }
  fs::path quarantine() const { return root / "quarantine"; }
  fs::path sweep_lock() const { return root / "sweep.lock"; }
};

/// Sets the file aside, unless another process has replaced it since `inode` was found damaged.
void set_aside(const Layout& layout, const Digest& digest, std::uint64_t inode) {
  const auto now = os::file_info(layout.blob(digest));
  if (!now || !*now || (*now)->inode != inode) return;
  (void)os::make_directories(layout.quarantine());
  const fs::path to = layout.quarantine() / (digest.hex() + "-" + os::system_random().hex(4));
  (void)os::rename_path(layout.blob(digest), to);
}

class LocalStore;

class LocalWriter final : public BlobWriter {
 public:
  LocalWriter(LocalStore& store, os::AtomicFile file) : store_(store), file_(std::move(file)) {}

  Result<> write(std::span<const std::byte> bytes) override {
    LAMELLA_TRY(file_.write(bytes));
    hasher_.update(bytes);
    return {};
  }
  Result<Digest> commit() override;
  Result<> commit_as(const Digest& wanted) override;

 private:
  Result<> publish(const Digest& digest);

  LocalStore& store_;
  os::AtomicFile file_;
  crypto::Sha256 hasher_;
};

class LocalStore final : public ContentStore {
 public:
  explicit LocalStore(const LocalStoreOptions& options)
      : layout_{options.root}, durability_(options.durability), known_(options.root / "known-blobs") {}

  Result<std::unique_ptr<BlobWriter>> new_blob() override {
    LAMELLA_TRY_ASSIGN(auto file, os::AtomicFile::create_in(layout_.incoming(), 0444));
    return std::unique_ptr<BlobWriter>(std::make_unique<LocalWriter>(*this, std::move(file)));
  }
  Result<std::optional<BlobReader>> open(const Digest& digest, Verify verify) override;
  Result<std::vector<Digest>> find_missing(std::span<const Digest> wanted) override;
  Result<SweepReport> sweep(std::span<const Digest> live, std::chrono::seconds grace) override;
  Result<TrimReport> trim(std::uint64_t max_bytes, std::chrono::seconds grace, Apply apply) override;
  Result<StoreStats> stats() override;
  Result<VerifyReport> verify_all(EventSink& events, std::stop_token stop) override;

  Result<> publish(os::AtomicFile& file, const Digest& digest);

 private:
  struct Found {
    Digest digest;
    fs::path path;
    os::FileInfo info;
  };
  /// Every blob file, sorted by digest; what is no blob's name is passed over.
  Result<std::vector<Found>> all_blobs() const;
  /// True if a blob is at `path`; its age then starts anew.  REQUIRES: sweeps are held off.
  Result<bool> renew(const Digest& digest, const fs::path& path);
  /// nullopt where nothing can be written: whoever could sweep there, we cannot tell them.
  Result<std::optional<os::FileLock>> hold_sweeps_off() const {
    auto lock = os::FileLock::wait(layout_.sweep_lock(), os::LockMode::kShared, kLockLimit);
    if (lock) return std::optional(std::move(*lock));
    if (is_read_only(lock.error())) return std::optional<os::FileLock>();
    return Error(std::move(lock).error());
  }
  nanoseconds age_of(const os::FileInfo& info) const {
    return nanoseconds(os::system_clock().wall().time_since_epoch()) - nanoseconds(info.mtime_ns);
  }
  /// Removes the files in `directory` that are older than `grace`; returns their bytes.
  Result<std::uint64_t> remove_old(const fs::path& directory, nanoseconds grace, Apply apply) const;

  const Layout layout_;
  const os::Durability durability_;
  KnownBlobs known_;
};

Result<> LocalWriter::publish(const Digest& digest) { return store_.publish(file_, digest); }

Result<Digest> LocalWriter::commit() {
  LAMELLA_TRY(file_.flush());
  const Digest digest = hasher_.finish();
  LAMELLA_TRY(publish(digest));
  return digest;
}

Result<> LocalWriter::commit_as(const Digest& wanted) {
  LAMELLA_TRY(file_.flush());
  const Digest got = hasher_.finish();
  if (got == wanted) return publish(got);
  return Error(ErrorCode::kMismatch, "the bytes are not the ones that were pinned")
      .because("wanted sha256 " + wanted.hex() + ", got " + got.hex())
      .with("wanted", wanted.hex())
      .with("got", got.hex());
}

Result<> LocalStore::publish(os::AtomicFile& file, const Digest& digest) {
  const fs::path path = layout_.blob(digest);
  LAMELLA_TRY_ASSIGN(const auto lock, hold_sweeps_off());
  LAMELLA_TRY_ASSIGN(const auto present, os::file_info(path));
  if (present && known_.knows(digest, *present)) {
    LAMELLA_TRY_ASSIGN(const bool renewed, renew(digest, path));
    if (renewed) return {};
  }
  // Whatever lies there is unproved, and these bytes are proved: replacing is also how damage heals.
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  const int descriptor = file.fd();
  LAMELLA_TRY_ASSIGN(const auto before, os::file_info(descriptor));
  LAMELLA_TRY(file.commit_as(path, durability_));
  LAMELLA_TRY_ASSIGN(const auto after, os::file_info(path));
  // The rename moves the ctime, so what is remembered is read afterwards; the inode says it is ours.
  if (after && after->inode == before.inode) known_.remember(digest, *after);
  return {};
}

Result<std::optional<BlobReader>> LocalStore::open(const Digest& digest, Verify verify) {
  auto file = os::open_file(layout_.blob(digest));
  if (!file) {
    if (file.error().fact("errno") == "ENOENT") return std::optional<BlobReader>();
    return Error(std::move(file).error());
  }
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(file->get()));
  BlobReader reader(
      digest, file->release(), info.size,
      [layout = layout_, inode = info.inode](const Digest& bad) { set_aside(layout, bad, inode); });
  const bool hash = verify == Verify::kNow || (verify == Verify::kUnlessKnown && !known_.knows(digest, info));
  if (hash) {
    LAMELLA_TRY(reader.check());
    known_.remember(digest, info);
  }
  return std::optional<BlobReader>(std::move(reader));
}

Result<bool> LocalStore::renew(const Digest& digest, const fs::path& path) {
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path));
  if (!info) return false;
  if (age_of(*info) < kAgeGrain) return true;
  const bool known = known_.knows(digest, *info);
  const auto renewed = os::set_mtime(path, nanoseconds(os::system_clock().wall().time_since_epoch()).count());
  if (!renewed && is_read_only(renewed.error())) return true;
  LAMELLA_TRY(renewed);
  if (!known) return true;
  LAMELLA_TRY_ASSIGN(const auto after, os::file_info(path));
  if (after && after->inode == info->inode && after->size == info->size) known_.remember(digest, *after);
  return true;
}

Result<std::vector<Digest>> LocalStore::find_missing(std::span<const Digest> wanted) {
  LAMELLA_TRY_ASSIGN(const auto lock, hold_sweeps_off());
  std::vector<Digest> missing;
  std::unordered_set<Digest> seen;
  for (const Digest& digest : wanted) {
    if (!seen.insert(digest).second) continue;
    LAMELLA_TRY_ASSIGN(const bool present, renew(digest, layout_.blob(digest)));
    if (!present) missing.push_back(digest);
  }
  return missing;
}

Result<std::vector<LocalStore::Found>> LocalStore::all_blobs() const {
  std::vector<Found> found;
  LAMELLA_TRY_ASSIGN(const auto groups, os::list_directory(layout_.blobs()));
  for (const auto& group : groups) {
    if (group.kind != base::FileKind::kDirectory) continue;
    LAMELLA_TRY_ASSIGN(const auto files, os::list_directory(layout_.blobs() / group.name));
    for (const auto& file : files) {
      const auto digest = Digest::from_hex(file.name);
      if (!digest || !file.name.starts_with(group.name)) continue;
      const fs::path path = layout_.blobs() / group.name / file.name;
      LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path));
      if (info && info->kind == base::FileKind::kFile) found.push_back({*digest, path, *info});
    }
  }
  return found;
}

Result<std::uint64_t> LocalStore::remove_old(const fs::path& directory, nanoseconds grace,
                                             Apply apply) const {
  std::uint64_t bytes = 0;
  LAMELLA_TRY_ASSIGN(const auto files, os::list_directory(directory));
  for (const auto& file : files) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(directory / file.name));
    if (!info || info->kind != base::FileKind::kFile || age_of(*info) <= grace) continue;
    if (apply == Apply::kYes) LAMELLA_TRY(os::remove_path(directory / file.name));
    bytes += info->size;
  }
  return bytes;
}

Result<SweepReport> LocalStore::sweep(std::span<const Digest> live, std::chrono::seconds grace) {
  LAMELLA_TRY_ASSIGN(const auto lock,
                     os::FileLock::wait(layout_.sweep_lock(), os::LockMode::kExclusive, kLockLimit));
  const std::unordered_set<Digest> keep(live.begin(), live.end());
  const nanoseconds limit = nanoseconds(grace) + nanoseconds(kAgeGrain);
  SweepReport report;
  LAMELLA_TRY_ASSIGN(const auto blobs, all_blobs());
  for (const Found& blob : blobs) {
    if (keep.contains(blob.digest) || age_of(blob.info) <= limit) continue;
    LAMELLA_TRY(os::remove_path(blob.path));
    ++report.blobs_removed;
    report.bytes_freed += blob.info.size;
  }
  for (const fs::path& leftovers : {layout_.incoming(), layout_.quarantine()}) {
    LAMELLA_TRY_ASSIGN(const std::uint64_t bytes, remove_old(leftovers, limit, Apply::kYes));
    report.bytes_freed += bytes;
  }
  return report;
}

Result<TrimReport> LocalStore::trim(std::uint64_t max_bytes, std::chrono::seconds grace, Apply apply) {
  std::optional<os::FileLock> lock;
  if (apply == Apply::kYes) {
    LAMELLA_TRY_ASSIGN(lock, os::FileLock::wait(layout_.sweep_lock(), os::LockMode::kExclusive, kLockLimit));
  }
  const nanoseconds limit = nanoseconds(grace) + nanoseconds(kAgeGrain);
  TrimReport report;
  for (const fs::path& leftovers : {layout_.incoming(), layout_.quarantine()}) {
    LAMELLA_TRY_ASSIGN(const std::uint64_t bytes, remove_old(leftovers, limit, apply));
    report.bytes_freed += bytes;
  }
  LAMELLA_TRY_ASSIGN(auto blobs, all_blobs());
  for (const Found& blob : blobs) report.bytes_kept += blob.info.size;
  report.blobs_kept = blobs.size();
  std::stable_sort(blobs.begin(), blobs.end(),
                   [](const Found& a, const Found& b) { return a.info.mtime_ns < b.info.mtime_ns; });
  for (const Found& blob : blobs) {
    if (report.bytes_kept <= max_bytes || age_of(blob.info) <= limit) break;
    if (apply == Apply::kYes) LAMELLA_TRY(os::remove_path(blob.path));
    report.removed.push_back(blob.digest);
    report.bytes_kept -= blob.info.size;
    report.bytes_freed += blob.info.size;
    --report.blobs_kept;
  }
  return report;
}

Result<StoreStats> LocalStore::stats() {
  StoreStats stats;
  LAMELLA_TRY_ASSIGN(const auto blobs, all_blobs());
  for (const Found& blob : blobs) stats.bytes += blob.info.size;
  stats.blobs = blobs.size();
  LAMELLA_TRY_ASSIGN(const auto incoming, os::list_directory(layout_.incoming()));
  stats.unfinished = incoming.size();
  LAMELLA_TRY_ASSIGN(const auto quarantined, os::list_directory(layout_.quarantine()));
  stats.quarantined = quarantined.size();
  return stats;
}

Result<VerifyReport> LocalStore::verify_all(EventSink& events, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const auto blobs, all_blobs());
  VerifyReport report;
  report.blobs = blobs.size();
  for (const Found& blob : blobs) report.bytes += blob.info.size;
  std::mutex mutex;
  std::int64_t done = 0;
  os::ThreadPool pool;
  LAMELLA_TRY(pool.parallel_for(
      blobs.size(),
      [&](std::size_t i) -> Result<> {
        const Found& blob = blobs[i];
        LAMELLA_TRY_ASSIGN(const auto intact, open_intact(*this, blob.digest, events, Verify::kNow));
        LAMELLA_TRY_ASSIGN(const auto still_there, os::file_info(blob.path));
        const std::lock_guard lock(mutex);
        // Absent and gone means a sweep or another verifier was here; that is no damage of ours.
        if (!intact && (!still_there || still_there->inode == blob.info.inode))
          report.damaged.push_back(blob.digest);
        done += static_cast<std::int64_t>(blob.info.size);
        events.emit({.kind = "cache.verify",
                     .severity = base::Severity::kDebug,
                     .done = done,
                     .total = static_cast<std::int64_t>(report.bytes)});
        return {};
      },
      stop));
  std::sort(report.damaged.begin(), report.damaged.end());
  return report;
}

}  // namespace

Result<std::unique_ptr<ContentStore>> open_local_store(const LocalStoreOptions& options) {
  const Layout layout{options.root};
  LAMELLA_TRY(claim_cache_folder(layout.root, {layout.blobs(), layout.incoming(), layout.quarantine()}));
  return std::unique_ptr<ContentStore>(std::make_unique<LocalStore>(options));
}

}  // namespace lamella::store
