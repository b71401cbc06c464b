// SPDX-License-Identifier: Apache-2.0
//
// Random access to one blob: through its descriptor, or mapped into memory.  A move-only value; the
// blob stays readable through it even when the store drops it meanwhile.
//
// Threads: read_at() may be called from several threads at once; map() and the rest from one.
// Errors: io; corrupt where said.
//
//   LAMELLA_TRY_ASSIGN(const auto bytes, reader.map());        // zero-copy
//   LAMELLA_TRY(reader.stream_to(sink));                       // copies and verifies in one pass
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

#include "base/byte_stream.h"
#include "base/digest.h"
#include "base/result.h"

namespace lamella::store {

class BlobReader {
 public:
  /// Called when check() or stream_to() finds damage, so that the store can quarantine the blob.
  using OnDamage = std::function<void(const Digest&)>;

  /// Takes `descriptor`, open for reading on `size` bytes that should hash to `digest`.
  BlobReader(const Digest& digest, int descriptor, std::uint64_t size, OnDamage on_damage);
  BlobReader(BlobReader&& other) noexcept;
  BlobReader& operator=(BlobReader&& other) noexcept;
  ~BlobReader();

  const Digest& digest() const { return digest_; }
  std::uint64_t size() const { return size_; }
  /// For copy_file_range, sendfile and pread; stays the reader's.
  int descriptor() const { return descriptor_; }

  /// Fills `buffer` from `offset`.  Errors: io, also when the blob ends before the buffer does.
  Result<> read_at(std::uint64_t offset, std::span<std::byte> buffer) const;

  /// The whole blob in memory, read-only, until the reader goes.
  Result<std::span<const std::byte>> map();
  /// Gives back the memory that the mapped bytes take now; touching them reads the file again.
  void release() const;

  /// Sends every byte to `sink` and hashes on the way.  Errors: corrupt at the end if the bytes are
  /// not the digest's; what the sink got must then be thrown away.
  Result<> stream_to(base::ByteSink& sink) const;

  /// Hashes every byte now.  Errors: corrupt.
  Result<> check() const;

 private:
  Result<> compare(const Digest& got) const;
  void close();

  Digest digest_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  const std::byte* mapped_ = nullptr;
  OnDamage on_damage_;
};

}  // namespace lamella::store
