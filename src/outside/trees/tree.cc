// SPDX-License-Identifier: Apache-2.0
#include "trees/tree.h"

#include <chrono>

#include "os/clock.h"
#include "os/directory.h"
#include "trees/tree_folder.h"

namespace lamella::trees {
namespace {

constexpr std::chrono::milliseconds kPause{5};

void renew(const std::filesystem::path& place, const os::FileInfo& info) {
  const auto now = std::chrono::nanoseconds(os::system_clock().wall().time_since_epoch());
  if (now - std::chrono::nanoseconds(info.mtime_ns) < kAgeGrain) return;
  (void)os::set_mtime(place, now.count());  // where nothing can be written nothing is removed either
}

}  // namespace

Result<std::optional<Tree>> Tree::hold(const Digest& name, const std::filesystem::path& place) {
  for (;;) {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(place));
    if (!info || info->kind != base::FileKind::kDirectory) return std::optional<Tree>();
    Tree tree(name, place, info->inode);
    auto lock = os::FolderLock::try_lock(place, os::LockMode::kShared);
    if (lock && !*lock) {  // somebody is taking it away
      os::system_clock().sleep(kPause);
      continue;
    }
    if (lock) {
      LAMELLA_TRY_ASSIGN(const std::uint64_t inode, (*lock)->inode());
      LAMELLA_TRY_ASSIGN(const auto now, os::file_info(place));
      if (!now || now->inode != inode || inode != info->inode) continue;
      tree.lock_ = std::make_shared<const os::FolderLock>(*std::move(*lock));
    } else if (lock.error().fact("errno") == "ENOENT") {
      continue;
    }
    renew(place, *info);
    return std::optional<Tree>(std::move(tree));
  }
}

}  // namespace lamella::trees
