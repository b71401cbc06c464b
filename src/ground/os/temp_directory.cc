// SPDX-License-Identifier: Apache-2.0
#include "os/temp_directory.h"

#include <stdlib.h>

#include <cerrno>
#include <string>
#include <utility>

#include "os/clock.h"
#include "os/directory.h"
#include "os/environment.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

constexpr std::string_view kSuffix = "-XXXXXX";

}  // namespace

Result<TempDirectory> TempDirectory::create(std::string_view prefix) {
  return create_in(temporary_root(), prefix);
}

Result<TempDirectory> TempDirectory::create_in(const std::filesystem::path& parent, std::string_view prefix) {
  std::string name = (parent / (std::string(prefix) + std::string(kSuffix))).string();
  if (!::mkdtemp(name.data())) return system_error(errno, "cannot make a temporary directory", parent);
  return TempDirectory(std::filesystem::path(name));
}

Result<std::vector<std::filesystem::path>> TempDirectory::abandoned_in(const std::filesystem::path& parent,
                                                                       std::chrono::seconds age) {
  std::vector<std::filesystem::path> found;
  const auto info_of_parent = file_info(parent);
  if (info_of_parent && !*info_of_parent) return found;
  const auto now = std::chrono::nanoseconds(system_clock().wall().time_since_epoch());
  LAMELLA_TRY_ASSIGN(const auto entries, list_directory(parent));
  for (const DirectoryEntry& entry : entries) {
    const std::string& name = entry.name;
    if (name.size() < kSuffix.size() || name[name.size() - kSuffix.size()] != '-') continue;
    LAMELLA_TRY_ASSIGN(const auto info, file_info(parent / name));
    if (!info || info->kind != base::FileKind::kDirectory) continue;
    if (now - std::chrono::nanoseconds(info->mtime_ns) <= age) continue;
    const auto lock = FolderLock::try_lock(parent / name, LockMode::kExclusive);
    if (lock && *lock) found.push_back(parent / name);
  }
  return found;
}

TempDirectory::TempDirectory(std::filesystem::path path) : path_(std::move(path)) {
  if (auto lock = FolderLock::try_lock(path_, LockMode::kShared)) lock_ = std::move(*lock);
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, std::nullopt)) {}

TempDirectory& TempDirectory::operator=(TempDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

TempDirectory::~TempDirectory() {
  if (!path_.empty()) (void)remove_tree(path_);
}

std::filesystem::path TempDirectory::keep() {
  lock_.reset();
  return std::exchange(path_, {});
}

}  // namespace lamella::os
