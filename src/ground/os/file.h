// SPDX-License-Identifier: Apache-2.0
//
// Whole files: read, map, replace.  Includes the rest of what a user of files needs.
//
// A file is never overwritten in place: writers make a temporary file in the same directory and rename
// it (PERFORMANCE: truncating is also slower).
//
// Threads: free functions from any thread.  Errors: io with the fact "errno"; kLimit where a bound is
// passed; kRejected for what is no regular file.
//
//   LAMELLA_TRY_ASSIGN(const std::string text, read_file(root / "lamella.toml", 16 << 20));
//   LAMELLA_TRY(write_file_atomic(path, text));
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/atomic_file.h"
#include "os/directory.h"
#include "os/fd.h"

namespace lamella::os {

inline constexpr std::uint64_t kDefaultReadLimit = std::uint64_t{1} << 30;

/// The file's bytes.  Links are followed.  More than `max` bytes is kLimit, before they are in memory.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t max = kDefaultReadLimit);
/// The same; nullopt if nothing is there.
Result<std::optional<std::string>> read_file_if_present(const std::filesystem::path& path,
                                                        std::uint64_t max = kDefaultReadLimit);
/// Everything from `fd`'s current offset to its end.
Result<std::string> read_to_end(int fd, std::uint64_t max = kDefaultReadLimit);

/// Replaces `path` whole: readers see the old bytes or the new ones.
Result<> write_file_atomic(const std::filesystem::path& path, std::string_view bytes,
                           Durability durability = Durability::kRename, unsigned mode = 0644);

/// Copies bytes (not ownership or times) into a new file that replaces `to`.
Result<> copy_file(const std::filesystem::path& from, const std::filesystem::path& to, unsigned mode = 0644);

/// A file's bytes in memory, read-only.  For immutable files only: truncating one while it is mapped ends
/// the process.
class MappedFile {
 public:
  static Result<MappedFile> open(const std::filesystem::path& path);
  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return base::as_text(bytes()); }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lamella::os
