// SPDX-License-Identifier: Apache-2.0
#include "os/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <memory>

#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

std::filesystem::path name_of(int fd) {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), ignored);
}

constexpr std::size_t kCopyBuffer = std::size_t{256} << 10;  // PERFORMANCE A: smaller is 15 to 30 % slower

Result<> copy_through_memory(int from, std::uint64_t offset, int to, std::uint64_t length) {
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(kCopyBuffer);
  while (length > 0) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(length, kCopyBuffer));
    LAMELLA_TRY(read_exactly_at(from, offset, {buffer.get(), want}));
    LAMELLA_TRY(write_all(to, std::span<const std::byte>(buffer.get(), want)));
    offset += want;
    length -= want;
  }
  return {};
}

}  // namespace

void UniqueFd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<UniqueFd> open_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO would otherwise wait for a writer.  It means nothing to a regular file.
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  if (!fd) return system_error(errno, "cannot open a file", path);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return system_error(errno, "cannot look at a file", path);
  if (!S_ISREG(info.st_mode)) {
    return Error(ErrorCode::kRejected, "this is not a regular file")
        .at(path.string())
        .because(S_ISDIR(info.st_mode) ? "it is a directory" : "it is a device, FIFO or socket");
  }
  return fd;
}

Result<UniqueFd> open_append(const std::filesystem::path& path, unsigned mode) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode); }));
  if (!fd) return system_error(errno, "cannot open a file to append to", path);
  return fd;
}

Result<UniqueFd> open_directory(const std::filesystem::path& path) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) return system_error(errno, "cannot open a directory", path);
  return fd;
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "cannot make a pipe", "");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<std::size_t> read_some(int fd, std::span<std::byte> buffer) {
  const ssize_t n = retry([&] { return ::read(fd, buffer.data(), buffer.size()); });
  if (n < 0) return system_error(errno, "cannot read", name_of(fd));
  return static_cast<std::size_t>(n);
}

Result<std::size_t> read_some_at(int fd, std::uint64_t offset, std::span<std::byte> buffer) {
  if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max())) return std::size_t{0};
  const ssize_t n =
      retry([&] { return ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
  if (n < 0) return system_error(errno, "cannot read", name_of(fd));
  return static_cast<std::size_t>(n);
}

Result<> read_exactly_at(int fd, std::uint64_t offset, std::span<std::byte> buffer) {
  while (!buffer.empty()) {
    LAMELLA_TRY_ASSIGN(const std::size_t n, read_some_at(fd, offset, buffer));
    if (n == 0) return Error(ErrorCode::kIo, "a file ends early").at(name_of(fd).string());
    buffer = buffer.subspan(n);
    offset += n;
  }
  return {};
}

Result<> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = retry([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (n < 0) return system_error(errno, "cannot write", name_of(fd));
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Result<> copy_range(int from, std::uint64_t offset, int to, std::uint64_t length) {
  while (length > 0) {
    auto position = static_cast<off_t>(offset);
    const std::size_t piece = std::min<std::uint64_t>(length, std::uint64_t{1} << 30);
    const ssize_t n = retry([&] { return ::copy_file_range(from, &position, to, nullptr, piece, 0); });
    if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO)) {
      return system_error(errno, "cannot write", name_of(to));
    }
    // Across file systems, into pipes and on old kernels the kernel refuses, or copies nothing: then by hand,
    // which also finds the real reason.
    if (n <= 0) return copy_through_memory(from, offset, to, length);
    offset += static_cast<std::uint64_t>(n);
    length -= static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace lamella::os
