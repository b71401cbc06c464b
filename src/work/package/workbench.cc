// SPDX-License-Identifier: Apache-2.0
#include "package/workbench.h"

#include <unistd.h>

#include <cerrno>

#include "crypto/sha256.h"
#include "os/file.h"
#include "os/system_error.h"
#include "package/bytecode.h"
#include "sandbox/wrapper.h"

namespace lamella::package {
namespace {

namespace fs = std::filesystem;

/// To whom the step runs as: only an owner changes modes and dates.
Result<> hand_over(const fs::path& path) {
  if (::geteuid() != 0) return {};
  if (::lchown(path.c_str(), sandbox::kSandboxUser, sandbox::kSandboxGroup) == 0) return {};
  return os::system_error(errno, "cannot set the owner", path);
}

Result<> make_open(const fs::path& folder) {
  LAMELLA_TRY(os::make_directories(folder));
  LAMELLA_TRY(os::set_mode(folder, 0777));
  return hand_over(folder);
}

}  // namespace

Result<Workbench> Workbench::create(fs::path folder, Dates dates) {
  LAMELLA_TRY(make_open(folder));
  return Workbench(std::move(folder), dates);
}

Result<> Workbench::add_folder(const fs::path& below) const {
  fs::path at = path_;
  for (const fs::path& part : below) {
    at /= part;
    LAMELLA_TRY(make_open(at));
  }
  return {};
}

Result<> Workbench::write(const std::string& name, std::string_view bytes, bool executable) const {
  LAMELLA_TRY(add_folder(fs::path(name).parent_path()));
  const fs::path place = path_ / name;
  LAMELLA_TRY(os::write_file_atomic(place, bytes));
  LAMELLA_TRY(os::set_mode(place, executable ? 0777 : 0666));
  LAMELLA_TRY(hand_over(place));
  return dates_ == Dates::kNow ? Result<>() : os::set_mtime(place, kEpochSeconds * 1'000'000'000);
}

Result<> Workbench::copy(const LocalFile& file, const std::string& folder) const {
  LAMELLA_TRY_ASSIGN(const std::string bytes, os::read_file(file.path, kLargestFile));
  if (crypto::sha256(bytes) != file.sha256) {
    return Error(ErrorCode::kConflict, "a file changed while it was being copied")
        .at(file.path.string())
        .remedy("run the build again");
  }
  return write(folder.empty() ? file.name : folder + "/" + file.name, bytes, file.executable);
}

Result<Workbench::Left> Workbench::left_at(const fs::path& path) const {
  Left left;
  fs::path at;
  for (const fs::path& part : path) {
    at /= part;
    LAMELLA_TRY_ASSIGN(left.info, os::file_info(path_ / at));
    if (!left.info) return left;
    if (left.info->kind == base::FileKind::kSymlink) {
      left.link = at.string();
      return left;
    }
  }
  return left;
}

std::string last_words(std::string_view said, std::size_t most) {
  while (said.ends_with('\n')) said.remove_suffix(1);
  if (said.size() <= most) return std::string(said);
  said.remove_prefix(said.size() - most);
  const auto line = said.find('\n');
  return std::string(line == std::string_view::npos ? said : said.substr(line + 1));
}

}  // namespace lamella::package
