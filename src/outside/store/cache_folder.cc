// SPDX-License-Identifier: Apache-2.0
#include "store/cache_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include "os/directory.h"

namespace lamella::store {
namespace {

namespace fs = std::filesystem;

Error foreign(const fs::path& path, std::string why) {
  return Error(ErrorCode::kIo, "this cache is not used")
      .at(path.string())
      .because(std::move(why))
      .remedy("set LAMELLA_CACHE_DIR to a folder of your own, or remove this one");
}

Result<> check_owner(const fs::path& path, const os::FileInfo& info) {
  if (info.owner == ::geteuid() || info.owner == 0) return {};
  return foreign(path, fmt::format("it belongs to user {}, who could put anything into it; you are user {}",
                                   info.owner, ::geteuid()));
}

}  // namespace

Result<> claim_cache_folder(const fs::path& root, std::initializer_list<fs::path> folders) {
  LAMELLA_TRY(os::make_directories(root, 0700));
  LAMELLA_TRY_ASSIGN(const auto itself, os::file_info(root));
  if (itself) LAMELLA_TRY(check_owner(root, *itself));
  if (itself && itself->kind == base::FileKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(const auto behind, os::file_info(root / "."));
    if (behind) LAMELLA_TRY(check_owner(root, *behind));
  }
  for (const fs::path& folder : folders) {
    LAMELLA_TRY(os::make_directories(folder, 0700));
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(folder));
    if (!info) continue;
    if (info->kind != base::FileKind::kDirectory)
      return foreign(folder, "it is a symbolic link in place of a folder");
    LAMELLA_TRY(check_owner(folder, *info));
  }
  return {};
}

bool is_read_only(const Error& error) {
  const std::string number = error.fact("errno");
  return number == "EROFS" || number == "EACCES" || number == "EPERM";
}

}  // namespace lamella::store
