// SPDX-License-Identifier: Apache-2.0
//
// A file on its way: written under a temporary name, then renamed into place.  Destroying it before
// commit() leaves nothing behind; a crash leaves at most a ".tmp-*" file that no reader takes for real.
//
// Small writes are gathered.  Threads: one.  Errors: io; after the first, every later call repeats it.
//
//   LAMELLA_TRY_ASSIGN(auto file, AtomicFile::create(path));
//   LAMELLA_TRY(zip.write_to(file));
//   LAMELLA_TRY(file.commit());
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_stream.h"
#include "base/result.h"
#include "os/fd.h"

namespace lamella::os {

/// kRename: complete or absent, but a power cut may lose it; for what can be derived again.
/// kFsync: on the disk when commit() returns; for journals, locks files, audit trail, state.
enum class Durability { kRename, kFsync };

class AtomicFile final : public base::ByteSink {
 public:
  /// The permission bits are `mode` less the umask.
  static Result<AtomicFile> create(const std::filesystem::path& path, unsigned mode = 0644);
  /// A temporary file in `directory` whose name is decided by commit_as(): for content-addressed files.
  static Result<AtomicFile> create_in(const std::filesystem::path& directory, unsigned mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile() override;

  Result<> write(std::span<const std::byte> bytes) override;
  Result<> write(std::string_view text) { return write(base::as_bytes(text)); }
  /// Writes out what was gathered, so that the descriptor may be used directly.
  Result<> flush();
  /// The descriptor, for copy_range and pread.  REQUIRES: flush() first.
  int fd() const { return fd_.get(); }
  /// Where the bytes are now; for programs that write the file themselves.
  const std::filesystem::path& temporary_path() const { return temporary_; }

  /// Publishes under the name given to create().  REQUIRES: made by create(), not committed.
  Result<> commit(Durability durability = Durability::kRename);
  /// Publishes under `path`, on the same file system, replacing what is there.
  Result<> commit_as(const std::filesystem::path& path, Durability durability = Durability::kRename);

 private:
  AtomicFile() = default;
  void abandon();
  Result<> fail(Error error);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  UniqueFd fd_;
  std::vector<std::byte> gathered_;
  std::optional<Error> broken_;
};

}  // namespace lamella::os
