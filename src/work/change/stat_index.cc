// SPDX-License-Identifier: Apache-2.0
#include "change/stat_index.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iterator>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

#include "crypto/sha256.h"
#include "os/atomic_file.h"
#include "os/environment.h"
#include "os/fd.h"
#include "os/look.h"
#include "os/thread_pool.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

/// Kernel time stamps advance with the timer tick, 4 to 10 ms.
constexpr std::int64_t kClockTickNs = 20'000'000;
constexpr std::size_t kReadAtOnce = std::size_t{64} << 10U;
/// Below this a second thread costs more than it brings.
constexpr std::size_t kRowsPerThread = 4'000;
constexpr std::size_t kFoldersPerTask = 16;

/// A link in the workspace counts by what it points to.
Result<std::optional<os::FileInfo>> info_of(const fs::path& path) {
  auto info = os::file_info(path);
  if (!info || !*info || (*info)->kind != base::FileKind::kSymlink) return info;
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? std::move(info) : os::file_info(real);
}

/// Piece by piece: a file may be larger than the memory.
Result<Digest> hash_of(const fs::path& path) {
  LAMELLA_TRY_ASSIGN(const os::UniqueFd file, os::open_file(path));
  crypto::Sha256 hasher;
  std::array<std::byte, kReadAtOnce> buffer;
  for (;;) {
    LAMELLA_TRY_ASSIGN(const std::size_t got, os::read_some(file.get(), buffer));
    if (got == 0) return hasher.finish();
    hasher.update(std::span(buffer).first(got));
  }
}

bool same_file(const os::FileInfo& a, const os::FileInfo& b) {
  return a.kind == b.kind && a.size == b.size && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns &&
         a.inode == b.inode && a.mode == b.mode;
}

std::string joined(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && path != "/") path += '/';
  return path.append(name);
}

bool is_same_or_below(std::string_view path, std::string_view folder) {
  if (folder.empty() || !path.starts_with(folder)) return false;
  return path.size() == folder.size() || path[folder.size()] == '/';
}

}  // namespace

Result<Sighting> look(const fs::path& root, const std::string& path) {
  LAMELLA_TRY_ASSIGN(auto info, info_of(root / path));
  return Sighting{path, info};
}

Result<> stays_inside(const fs::path& root, const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(root / path, error);
  if (error) return {};
  const fs::path inside = real.lexically_relative(fs::canonical(root, error));
  if (!error && !inside.empty() && *inside.begin() != "..") return {};
  return Error(ErrorCode::kUsage, "a symbolic link leaves the workspace")
      .at(base::escaped(path))
      .because("it leads to " + base::escaped(real.string()))
      .remedy("replace it by what it points to");
}

StatIndex StatIndex::load(const fs::path& root, const fs::path& file) {
  StatIndex index;
  index.root_ = root;
  index.file_ = file;
  const auto info = os::file_info(file);
  if (!info || !*info) return index;
  index.loaded_ = **info;
  index.known_ = StatTable::open(file);
  return index;
}

Result<bool> StatIndex::is_latest() const {
  LAMELLA_TRY_ASSIGN(const auto now, os::file_info(file_));
  if (!now) return known_.empty();
  return same_file(*now, loaded_);
}

bool StatIndex::is_racy(const StatRow& row) const {
  return !row.immutable && row.present && row.info.mtime_ns + kClockTickNs >= loaded_.mtime_ns;
}

Result<bool> StatIndex::is_as_it_was(const StatRow& row, const std::optional<os::FileInfo>& now,
                                     const fs::path& path) const {
  if (now.has_value() != row.present) return false;
  if (!now) return true;
  if (!same_file(*now, row.info)) return false;
  if (!is_racy(row)) return true;
  if (row.digest.is_zero()) return false;
  LAMELLA_TRY_ASSIGN(const Digest digest, hash_of(path));
  return digest == row.digest;
}

Result<> StatIndex::look_at(const StatTable::Folder& folder, int root,
                            std::vector<std::string>& changed) const {
  known_.prefetch(folder);
  LAMELLA_TRY_ASSIGN(const auto look, os::DirectoryLook::open(root, std::string(folder.path)));
  for (std::size_t i = folder.first; i < folder.last; ++i) {
    const std::string_view name = known_.name(i);
    LAMELLA_TRY_ASSIGN(const auto now, look.info(name.data()));
    const StatRow row = known_.row(i);
    // Nearly all are as they were and old: no path is put together for them.
    if (now && row.present && same_file(*now, row.info) && !is_racy(row)) continue;
    std::string path = joined(folder.path, name);
    LAMELLA_TRY_ASSIGN(const bool same, is_as_it_was(row, now, root_ / path));
    if (!same) changed.push_back(std::move(path));
  }
  return {};
}

Result<std::optional<std::vector<std::string>>> StatIndex::changes(const std::string& request,
                                                                   std::size_t most) const {
  if (known_.empty() || request != known_.request()) return std::optional<std::vector<std::string>>();
  LAMELLA_TRY_ASSIGN(const os::UniqueFd root, os::open_directory(root_));
  std::vector<std::string> changed;
  std::mutex mutex;
  std::atomic<bool> enough = false;
  const std::size_t tasks = (known_.folders() + kFoldersPerTask - 1) / kFoldersPerTask;
  const auto look = [&](std::size_t task) -> Result<> {
    std::vector<std::string> found;
    const std::size_t last = std::min(known_.folders(), (task + 1) * kFoldersPerTask);
    for (std::size_t i = task * kFoldersPerTask; i < last && !enough; ++i)
      LAMELLA_TRY(look_at(known_.folder(i), root.get(), found));
    if (found.empty()) return {};
    const std::lock_guard lock(mutex);
    std::move(found.begin(), found.end(), std::back_inserter(changed));
    if (changed.size() >= most) enough = true;
    return {};
  };
  const std::size_t threads = std::min<std::size_t>(os::cpu_count(), known_.rows() / kRowsPerThread);
  if (threads > 1) {
    os::ThreadPool pool(static_cast<unsigned>(threads));
    LAMELLA_TRY(pool.parallel_for(tasks, look));
  } else {
    for (std::size_t task = 0; task < tasks; ++task) LAMELLA_TRY(look(task));
  }
  return std::optional(std::move(changed));
}

Result<bool> StatIndex::is_current(const std::string& request) const {
  LAMELLA_TRY_ASSIGN(const auto changed, changes(request, 1));
  return changed && changed->empty();
}

Result<Digest> StatIndex::digest_of(const std::string& path, const os::FileInfo* seen) {
  std::optional<os::FileInfo> before;
  if (seen != nullptr) {
    before = *seen;
  } else {
    LAMELLA_TRY(stays_inside(root_, path));
    LAMELLA_TRY_ASSIGN(before, info_of(root_ / path));
  }
  if (!before) return Error(ErrorCode::kUsage, "no such file").at(path);
  const auto known = known_.find(path);
  if (known && known->present && !known->digest.is_zero() && same_file(known->info, *before) &&
      !is_racy(*known)) {
    consulted_[path] = *known;
    return known->digest;
  }
  LAMELLA_TRY_ASSIGN(const Digest digest, hash_of(root_ / path));
  consulted_[path] = StatRow{true, false, *before, digest};
  return digest;
}

Result<> StatIndex::record(const std::string& path, bool immutable) {
  LAMELLA_TRY_ASSIGN(const auto info, info_of(root_ / path));
  consulted_[path] = StatRow{info.has_value(), immutable, info.value_or(os::FileInfo{}), Digest()};
  return {};
}

void StatIndex::watch(const Sighting& seen) {
  consulted_.try_emplace(seen.path,
                         StatRow{seen.info.has_value(), false, seen.info.value_or(os::FileInfo{}), Digest()});
}

Result<std::vector<std::string>> StatIndex::moved() const {
  std::vector<std::string> found;
  for (const auto& [path, row] : consulted_) {
    LAMELLA_TRY_ASSIGN(const auto info, info_of(root_ / path));
    if (info.has_value() == row.present && (!info || same_file(*info, row.info))) continue;
    if (info && !row.digest.is_zero() && info->kind == base::FileKind::kFile && info->mode == row.info.mode) {
      LAMELLA_TRY_ASSIGN(const Digest digest, hash_of(root_ / path));
      if (digest == row.digest) continue;
    }
    found.push_back(path);
  }
  return found;
}

Result<> StatIndex::watch(const std::string& path) {
  if (consulted_.contains(path)) return {};
  return record(path, false);
}
Result<> StatIndex::watch_immutable(const std::string& path) { return record(path, true); }
Result<> StatIndex::keep(const std::string& path) {
  const auto known = keeps_known_ ? known_.find(path) : std::nullopt;
  if (!known) return record(path, true);
  consulted_[path] = *known;
  return {};
}

void StatIndex::keep_known(const std::vector<std::string>& changed, const std::string& folder) {
  keeps_known_ = true;
  for (const std::string& path : changed) {
    const SplitPath parts(path);
    dropped_[std::string(parts.folder)].emplace(parts.name);
  }
  dropped_folder_ = folder;
}

void StatIndex::add_rows(StatTableWriter& writer) const {
  std::vector<std::pair<SplitPath, const StatRow*>> consulted;
  consulted.reserve(consulted_.size());
  for (const auto& [path, row] : consulted_) consulted.emplace_back(path, &row);
  std::sort(consulted.begin(), consulted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  auto next = consulted.begin();
  for (std::size_t i = 0; keeps_known_ && i < known_.folders(); ++i) {
    const auto folder = known_.folder(i);
    if (is_same_or_below(folder.path, dropped_folder_)) continue;
    const auto dropped = dropped_.find(folder.path);
    const bool meets = next != consulted.end() && next->first.folder <= folder.path;
    for (std::size_t row = folder.first; row < folder.last; ++row) {
      const SplitPath path(folder.path, known_.name(row));
      // What was consulted now stands for what was known.
      bool stays = dropped == dropped_.end() || !dropped->second.contains(path.name);
      for (; meets && next != consulted.end() && next->first <= path; ++next) {
        writer.add(next->first, *next->second);
        stays = stays && next->first != path;
      }
      if (stays) writer.add(path, known_.row(row));
    }
  }
  for (; next != consulted.end(); ++next) writer.add(next->first, *next->second);
}

Result<> StatIndex::save(const std::string& request) const {
  StatTableWriter writer(consulted_.size() + (keeps_known_ ? known_.rows() : 0));
  add_rows(writer);
  LAMELLA_TRY(os::make_directories(file_.parent_path()));
  LAMELLA_TRY_ASSIGN(os::AtomicFile file, os::AtomicFile::create(file_));
  LAMELLA_TRY(std::move(writer).finish(never_current_ ? "" : request, file));
  return file.commit();
}

}  // namespace lamella::change
