// SPDX-License-Identifier: Apache-2.0
#include "change/write_out.h"

#include "os/directory.h"
#include "os/file.h"

namespace lamella::change {
namespace {

constexpr unsigned kPlainMode = 0644;
constexpr unsigned kExecutableMode = 0755;

Result<std::string> content_of(const Snapshot& snapshot, const SnapshotFile& file) {
  LAMELLA_TRY_ASSIGN(auto bytes, snapshot.read(file.path));
  if (bytes) return *std::move(bytes);
  return Error(ErrorCode::kInternal, "a file is listed and not there").at(file.path);
}

}  // namespace

Result<> write_out(const Snapshot& snapshot, const std::filesystem::path& folder) {
  LAMELLA_TRY_ASSIGN(const auto files, snapshot.files(""));
  std::filesystem::path made;
  for (const SnapshotFile& file : files) {
    const auto path = folder / file.path;
    if (file.kind != base::FileKind::kOther && path.parent_path() != made) {
      made = path.parent_path();
      LAMELLA_TRY(os::make_directories(made));
    }
    if (file.kind != base::FileKind::kFile) continue;
    LAMELLA_TRY_ASSIGN(const std::string bytes, content_of(snapshot, file));
    LAMELLA_TRY(os::write_file_atomic(path, bytes, os::Durability::kRename,
                                      file.executable ? kExecutableMode : kPlainMode));
  }
  for (const SnapshotFile& file : files) {
    if (file.kind != base::FileKind::kSymlink) continue;
    LAMELLA_TRY_ASSIGN(const std::string target, content_of(snapshot, file));
    LAMELLA_TRY(os::make_symlink(target, folder / file.path));
  }
  return {};
}

}  // namespace lamella::change
