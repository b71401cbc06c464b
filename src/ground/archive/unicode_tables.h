// SPDX-License-Identifier: Apache-2.0
//
// The character data behind collision_key().  Internal to the room.
#pragma once

#include <cstdint>
#include <span>

namespace lamella::archive::zip {

/// first, first + stride, ..., last each fold to themselves + delta.
struct FoldRange {
  char32_t first;
  char32_t last;
  std::uint32_t stride;
  std::int32_t delta;
};

/// `composed` is canonically equivalent to `first` followed by `second` (0: `first` alone).
struct Decomposition {
  char32_t composed;
  char32_t first;
  char32_t second;
};

/// Both sorted by their first member.
std::span<const FoldRange> folds();
std::span<const Decomposition> decompositions();

}  // namespace lamella::archive::zip
