// SPDX-License-Identifier: Apache-2.0
#include "os/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "os/directory.h"
#include "os/random.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

constexpr std::size_t kGather = std::size_t{64} << 10;

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path, unsigned mode) {
  LAMELLA_TRY_ASSIGN(AtomicFile file, create_in(directory_of(path), mode));
  file.path_ = path;
  return file;
}

Result<AtomicFile> AtomicFile::create_in(const std::filesystem::path& directory, unsigned mode) {
  AtomicFile file;
  for (int attempt = 0;; ++attempt) {
    auto name = directory / (".tmp-" + system_random().hex(8));
    // Read and write: what was written may be hashed again through the same descriptor.
    UniqueFd fd(retry([&] { return ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode); }));
    if (fd) {
      file.temporary_ = std::move(name);
      file.fd_ = std::move(fd);
      return file;
    }
    if (errno != EEXIST || attempt == 8) return system_error(errno, "cannot make a file", directory);
  }
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)),
      gathered_(std::move(other.gathered_)),
      broken_(std::move(other.broken_)) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  abandon();
  path_ = std::move(other.path_);
  temporary_ = std::exchange(other.temporary_, {});
  fd_ = std::move(other.fd_);
  gathered_ = std::move(other.gathered_);
  broken_ = std::move(other.broken_);
  return *this;
}

AtomicFile::~AtomicFile() { abandon(); }

void AtomicFile::abandon() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

Result<> AtomicFile::fail(Error error) {
  broken_ = error;
  return error;
}

Result<> AtomicFile::write(std::span<const std::byte> bytes) {
  if (broken_) return *broken_;
  if (gathered_.size() + bytes.size() <= kGather) {
    gathered_.insert(gathered_.end(), bytes.begin(), bytes.end());
    return {};
  }
  LAMELLA_TRY(flush());
  if (bytes.size() <= kGather) {
    gathered_.assign(bytes.begin(), bytes.end());
    return {};
  }
  auto written = write_all(fd_.get(), bytes);
  return written ? written : fail(std::move(written).error());
}

Result<> AtomicFile::flush() {
  if (broken_) return *broken_;
  auto written = write_all(fd_.get(), gathered_);
  gathered_.clear();
  return written ? written : fail(std::move(written).error());
}

Result<> AtomicFile::commit(Durability durability) {
  return commit_as(std::filesystem::path(path_), durability);
}

Result<> AtomicFile::commit_as(const std::filesystem::path& path, Durability durability) {
  LAMELLA_TRY(flush());
  if (durability == Durability::kFsync && ::fsync(fd_.get()) != 0) {
    return fail(system_error(errno, "cannot bring a file to the disk", path));
  }
  if (::rename(temporary_.c_str(), path.c_str()) != 0) {
    return fail(system_error(errno, "cannot put a file in place", path));
  }
  temporary_.clear();
  fd_.reset();
  if (durability == Durability::kFsync) return sync_directory(directory_of(path));
  return {};
}

}  // namespace lamella::os
