// SPDX-License-Identifier: Apache-2.0
//
// Owned file descriptors and the loops around read and write.  Every descriptor is opened close-on-exec;
// EINTR is retried.  Errors: io (os/system_error.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

#include "base/byte_stream.h"
#include "base/result.h"

namespace lamella::os {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// Opens a regular file for reading; a directory, FIFO or device is kRejected and never blocks.
Result<UniqueFd> open_file(const std::filesystem::path& path);
/// Opens for writing at the end, created with `mode` if absent.
Result<UniqueFd> open_append(const std::filesystem::path& path, unsigned mode = 0644);
Result<UniqueFd> open_directory(const std::filesystem::path& path);

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};
Result<Pipe> make_pipe();

/// Up to buffer.size() bytes; 0 at the end.
Result<std::size_t> read_some(int fd, std::span<std::byte> buffer);
Result<std::size_t> read_some_at(int fd, std::uint64_t offset, std::span<std::byte> buffer);
/// Exactly buffer.size() bytes, else kIo ("ends early").
Result<> read_exactly_at(int fd, std::uint64_t offset, std::span<std::byte> buffer);
Result<> write_all(int fd, std::span<const std::byte> bytes);
inline Result<> write_all(int fd, std::string_view text) { return write_all(fd, base::as_bytes(text)); }

/// Copies `length` bytes from `offset` of one file to the current offset of the other, within the kernel
/// where that works.  Ending early is kIo.
Result<> copy_range(int from, std::uint64_t offset, int to, std::uint64_t length);

/// A descriptor's bytes from its current offset; does not own it.
class FdSource final : public base::ByteSource {
 public:
  explicit FdSource(int fd) : fd_(fd) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override { return read_some(fd_, buffer); }

 private:
  int fd_;
};

}  // namespace lamella::os
