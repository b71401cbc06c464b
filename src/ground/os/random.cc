// SPDX-License-Identifier: Apache-2.0
#include "os/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <vector>

#include "base/encoding.h"
#include "os/retry.h"

namespace lamella::os {
namespace {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = retry([&] { return ::getrandom(bytes.data(), bytes.size(), 0); });
      if (n < 0) std::abort();  // no kernel we run on lacks it, and no caller could go on
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
};

}  // namespace

std::uint64_t Random::next() {
  std::uint64_t value = 0;
  fill(std::as_writable_bytes(std::span(&value, 1)));
  return value;
}

std::uint64_t Random::below(std::uint64_t bound) {
  // Values in the last, incomplete round would favour small answers.
  const std::uint64_t rounds = std::numeric_limits<std::uint64_t>::max() / bound * bound;
  std::uint64_t value = next();
  while (value >= rounds) value = next();
  return value % bound;
}

std::string Random::hex(std::size_t bytes) {
  std::vector<std::byte> buffer(bytes);
  fill(buffer);
  return base::to_hex(buffer);
}

std::string Random::uuid4() {
  std::array<std::byte, 16> bytes{};
  fill(bytes);
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
  const std::string digits = base::to_hex(bytes);
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

Random& system_random() {
  static SystemRandom random;
  return random;
}

void SeededRandom::fill(std::span<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  while (!bytes.empty()) {
    // splitmix64, public domain by Sebastiano Vigna.
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    const std::size_t n = std::min(bytes.size(), sizeof z);
    std::memcpy(bytes.data(), &z, n);
    bytes = bytes.subspan(n);
  }
}

}  // namespace lamella::os
