// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_folder.h"

#include <string>

#include "crypto/key_builder.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/folder_lock.h"
#include "os/random.h"

namespace lamella::trees {
namespace {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

constexpr std::string_view kMagic = "lamella-tree 1\n";

fs::path note_of(const fs::path& tree) { return tree.string() + ".sum"; }

/// The lock of whoever removes the folder; nullopt if it may not go.
std::optional<os::FolderLock> lock_to_remove(const fs::path& tree, std::chrono::seconds age) {
  auto lock = os::FolderLock::try_lock(tree, os::LockMode::kExclusive);
  if (!lock || !*lock) return std::nullopt;
  const auto inode = (*lock)->inode();
  const auto info = os::file_info(tree);
  if (!inode || !info || !*info || (*info)->inode != *inode) return std::nullopt;
  const auto now = nanoseconds(os::system_clock().wall().time_since_epoch());
  if (now - nanoseconds((*info)->mtime_ns) <= age) return std::nullopt;
  return *std::move(*lock);
}

/// A name beside `place` that TempDirectory::abandoned_in() knows, should we die.
fs::path old_name(const fs::path& place) {
  return place.parent_path() / ("old-" + os::system_random().hex(3));
}

}  // namespace

fs::path trees_folder(const fs::path& root) { return root / "trees"; }
fs::path merged_folder(const fs::path& root) { return root / "merged"; }
fs::path quarantine_folder(const fs::path& root) { return root / "quarantine"; }

Digest sum_of(const Content& content) {
  crypto::KeyBuilder sum("tree");
  for (const auto& [path, item] : content) {
    sum.add("path", path).add("kind", static_cast<int>(item.kind)).add("mode", item.mode);
    sum.add("size", item.size).add("crc32", item.crc32);
  }
  return sum.finish();
}

std::optional<Digest> noted_sum(const fs::path& tree) {
  const auto text = os::read_file_if_present(note_of(tree), 200);
  if (!text || !*text || !(*text)->starts_with(kMagic) || !(*text)->ends_with('\n')) return std::nullopt;
  return Digest::from_hex(
      std::string_view(**text).substr(kMagic.size(), (*text)->size() - kMagic.size() - 1));
}

Result<> note_sum(const fs::path& tree, const Digest& sum) {
  return os::write_file_atomic(note_of(tree), std::string(kMagic) + sum.hex() + "\n");
}

Result<> set_aside(const fs::path& root, const Digest& digest, std::uint64_t inode, EventSink& events) {
  const fs::path place = trees_folder(root) / digest.hex();
  LAMELLA_TRY_ASSIGN(const auto now, os::file_info(place));
  if (!now || now->inode != inode) return {};
  events.emit({.kind = "cache.damaged",
               .subject = digest.brief(),
               .text = "an unpacked tree no longer matches its zip; it is set aside and made again",
               .severity = base::Severity::kWarning,
               .fields = {{"digest", digest.hex()}}});
  LAMELLA_TRY(os::make_directories(quarantine_folder(root), 0700));
  const std::string name = "tree-" + digest.hex() + "-" + os::system_random().hex(4);
  return os::rename_path(place, quarantine_folder(root) / name);
}

Result<> discard(const fs::path& place, std::uint64_t inode) {
  LAMELLA_TRY_ASSIGN(const auto now, os::file_info(place));
  if (!now || now->inode != inode) return {};
  const auto lock = os::FolderLock::try_lock(place, os::LockMode::kExclusive);
  const fs::path old = old_name(place);
  LAMELLA_TRY(os::rename_path(place, old));
  return lock && *lock ? os::remove_tree(old) : Result<>();
}

bool may_go(const fs::path& tree, std::chrono::seconds age) { return lock_to_remove(tree, age).has_value(); }

Result<bool> remove_unused(const fs::path& tree, std::chrono::seconds age) {
  const fs::path old = old_name(tree);
  {
    const auto lock = lock_to_remove(tree, age);
    if (!lock) return false;
    LAMELLA_TRY(os::rename_path(tree, old));
  }
  LAMELLA_TRY(os::remove_path(note_of(tree)));
  LAMELLA_TRY(os::remove_tree(old));
  return true;
}

}  // namespace lamella::trees
