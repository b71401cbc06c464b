// SPDX-License-Identifier: Apache-2.0
//
// Randomness, passed in.  Threads: every method from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace lamella::os {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;

  std::uint64_t next();
  /// Uniform in [0, bound).  REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// A version 4 UUID in lower case, e.g. for request and revision ids.
  std::string uuid4();
  /// `bytes` random bytes as hexadecimal.
  std::string hex(std::size_t bytes);
};

/// The kernel's generator, good for keys.
Random& system_random();

/// The same sequence for the same seed; for tests and simulation.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override;

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace lamella::os
