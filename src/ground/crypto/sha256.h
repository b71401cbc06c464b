// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 and HMAC-SHA-256.  Nothing here can fail: a libcrypto that cannot hash ends the process.
//
// Threads: functions from any thread; a Sha256 belongs to one.
//
//   Sha256 hasher;
//   hasher.update(header).update(body);
//   const Digest digest = hasher.finish();
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/byte_stream.h"
#include "base/digest.h"
#include "base/result.h"

namespace lamella::crypto {

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;

  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text) { return update(base::as_bytes(text)); }
  /// The digest of all that was added; the hasher then starts anew.
  Digest finish();

 private:
  std::unique_ptr<void, void (*)(void*)> context_;
};

Digest sha256(std::span<const std::byte> bytes);
inline Digest sha256(std::string_view text) { return sha256(base::as_bytes(text)); }

std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> data);
inline std::array<std::byte, 32> hmac_sha256(std::string_view key, std::string_view data) {
  return hmac_sha256(base::as_bytes(key), base::as_bytes(data));
}

/// Passes everything on to `inner` (which outlives it) and hashes what got through.
class HashingSink final : public base::ByteSink {
 public:
  explicit HashingSink(base::ByteSink& inner) : inner_(inner) {}
  Result<> write(std::span<const std::byte> bytes) override {
    LAMELLA_TRY(inner_.write(bytes));
    hasher_.update(bytes);
    size_ += bytes.size();
    return {};
  }
  std::uint64_t size() const { return size_; }
  Digest finish() { return hasher_.finish(); }

 private:
  base::ByteSink& inner_;
  Sha256 hasher_;
  std::uint64_t size_ = 0;
};

}  // namespace lamella::crypto
