// SPDX-License-Identifier: Apache-2.0
#include "os/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/units.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

Error too_large(const std::filesystem::path& path, std::uint64_t max) {
  return Error(ErrorCode::kLimit, "a file is too large to read")
      .at(path.string())
      .because("at most " + base::format_size(max) + " are read");
}

bool is_absence(const Error& error) {
  const std::string name = error.fact("errno");
  return name == "ENOENT" || name == "ENOTDIR";
}

}  // namespace

Result<std::string> read_to_end(int fd, std::uint64_t max) {
  std::string text;
  struct stat info {};
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
    // One more, so that the end is seen without growing.
    text.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(static_cast<std::uint64_t>(info.st_size), max)) + 1);
  }
  std::size_t size = 0;
  while (true) {
    const std::size_t room = std::max<std::size_t>(text.capacity() - size, size == 0 ? 4096 : size);
    text.resize(size + room);
    LAMELLA_TRY_ASSIGN(const std::size_t n,
                       read_some(fd, std::as_writable_bytes(std::span(text.data() + size, room))));
    size += n;
    if (size > max) return too_large("/proc/self/fd/" + std::to_string(fd), max);
    if (n == 0) break;
  }
  text.resize(size);
  return text;
}

Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max) {
  LAMELLA_TRY_ASSIGN(const UniqueFd fd, open_file(path));
  LAMELLA_TRY_ASSIGN(const FileInfo info, file_info(fd.get()));
  if (info.size > max) return too_large(path, max);
  auto text = read_to_end(fd.get(), max);
  if (!text && text.error().code() == ErrorCode::kLimit) return too_large(path, max);
  return text;
}

Result<std::optional<std::string>> read_file_if_present(const std::filesystem::path& path,
                                                        std::uint64_t max) {
  auto text = read_file(path, max);
  if (text) return std::optional(std::move(text).value());
  if (is_absence(text.error())) return std::optional<std::string>();
  return std::move(text).error();
}

Result<> write_file_atomic(const std::filesystem::path& path, std::string_view bytes, Durability durability,
                           unsigned mode) {
  LAMELLA_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path, mode));
  LAMELLA_TRY(file.write(bytes));
  return file.commit(durability);
}

Result<> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode) {
  LAMELLA_TRY_ASSIGN(const UniqueFd source, open_file(from));
  LAMELLA_TRY_ASSIGN(const FileInfo info, file_info(source.get()));
  LAMELLA_TRY_ASSIGN(AtomicFile file, AtomicFile::create(to, mode));
  LAMELLA_TRY(copy_range(source.get(), 0, file.fd(), info.size));
  return file.commit();
}

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  LAMELLA_TRY_ASSIGN(const UniqueFd fd, open_file(path));
  LAMELLA_TRY_ASSIGN(const FileInfo info, file_info(fd.get()));
  MappedFile file;
  if (info.size == 0) return file;
  void* const data = ::mmap(nullptr, info.size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (data == MAP_FAILED) return system_error(errno, "cannot map a file", path);
  file.data_ = static_cast<const std::byte*>(data);
  file.size_ = info.size;
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

}  // namespace lamella::os
