// SPDX-License-Identifier: Apache-2.0
#include "build/stale.h"

#include "build/tools.h"
#include "crypto/sha256.h"
#include "os/directory.h"
#include "os/file.h"

namespace lamella::build {

namespace fs = std::filesystem;

namespace {

/// Kernel time stamps advance with the timer tick, 4 to 10 ms.
constexpr std::int64_t kClockTickNs = 20'000'000;

bool is_file_of_size(const fs::path& path, std::uint64_t size) {
  const auto info = os::file_info(path);
  return info && *info && (*info)->kind == base::FileKind::kFile && (*info)->size == size;
}

/// What changed last before the index of the last build was written is what that build left; all else is hashed.
bool has_bytes(const fs::path& workspace, const fs::path& path, const Digest& sha256) {
  const auto info = os::file_info(path);
  const auto index = os::file_info(index_path(workspace));
  const bool both = info && *info && index && *index;
  if (both && (*info)->ctime_ns + kClockTickNs < (*index)->mtime_ns) return true;
  const auto file = os::MappedFile::open(path);
  return file && crypto::sha256(file->bytes()) == sha256;
}

}  // namespace

bool zip_is_present(const fs::path& workspace, const model::Artifact& artifact) {
  return is_file_of_size(workspace / artifact.path, artifact.zipped_bytes);
}

bool zip_is_intact(const fs::path& workspace, const fs::path& zip, std::uint64_t size, const Digest& sha256) {
  return is_file_of_size(zip, size) && has_bytes(workspace, zip, sha256);
}

std::vector<Reason> why_stale(const fs::path& workspace, const ArtifactPlan& plan, const Made* before,
                              Zips zips) {
  const bool present = before != nullptr && zip_is_present(workspace, before->artifact);
  if (present && zips == Zips::kVerified && before->key == plan.key() &&
      !has_bytes(workspace, workspace / before->artifact.path, before->artifact.sha256)) {
    return {{"zip-changed", before->artifact.path, "", "", "its zip is not what was built"}};
  }
  if (before == nullptr || before->key == plan.key()) return why_build(plan, before, present);
  const Made whole = with_files(workspace, *before);
  return why_build(plan, &whole, present);
}

bool is_up_to_date(const std::vector<Reason>& reasons) {
  return reasons.size() == 1 && reasons.front().kind == "up-to-date";
}

}  // namespace lamella::build
