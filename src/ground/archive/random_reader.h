// SPDX-License-Identifier: Apache-2.0
//
// Random access to immutable bytes: a blob of the store, a mapped file, a test's string.  Archives
// that must not be mapped whole are copied through this door in pieces.
//
// Threads: const methods may be called from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace lamella::archive {

class RandomReader {
 public:
  virtual ~RandomReader() = default;
  virtual std::uint64_t size() const = 0;
  /// Fills all of `out` from `offset` on.  Errors: corrupt when the bytes end before; io.
  virtual Result<> read_at(std::uint64_t offset, std::span<std::byte> out) const = 0;
};

/// Reads a span that outlives it.
class SpanReader final : public RandomReader {
 public:
  explicit SpanReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<> read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset) {
      return Error(ErrorCode::kCorrupt, "read beyond the end");
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace lamella::archive
