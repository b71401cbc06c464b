// SPDX-License-Identifier: Apache-2.0
//
// Versions and specifiers as Python packages write them (PEP 440).
//
// Threads: pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::resolve {

class Version {
 public:
  /// nullopt for what is no version, also when a number passes 64 bits.
  static std::optional<Version> parse(std::string_view text);

  /// In the order of PEP 440; trailing zeros of the release do not count.
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }

  const std::vector<std::uint64_t>& release() const { return release_; }
  bool is_prerelease() const { return pre_rank_ < 0 || dev_ != kNone; }

 private:
  friend bool satisfies(const Version& version, std::string_view specifier);
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::uint64_t epoch_ = 0;
  std::vector<std::uint64_t> release_;
  int pre_rank_ = 0;  ///< -3 alpha, -2 beta, -1 candidate, 0 none
  std::uint64_t pre_ = 0;
  std::uint64_t post_ = kNone;
  std::uint64_t dev_ = kNone;
  std::vector<std::string> local_;
};

/// True if `version` meets all of ">=1.2,!=1.3.*"; "" is met by all, a malformed specifier by none.
bool satisfies(const Version& version, std::string_view specifier);

}  // namespace lamella::resolve
