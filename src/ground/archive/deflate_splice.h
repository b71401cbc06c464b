// SPDX-License-Identifier: Apache-2.0
//
// Compressing what was changed a little without compressing it again: blocks of the old stream whose content
// stayed are carried over, bit by bit, and only what stands between them is deflated anew.  Stripping changes
// a library's first bytes and its end; of 118 MB of stripped libraries 93 need no compressor.
//
// Invariants (deflate_splice_test.cc)
//   I1 the result is one deflate stream of exactly `content`.
//   I2 it is a function of its arguments and of the compressor's version alone.
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archive/deflate.h"
#include "archive/deflate_blocks.h"

namespace lamella::archive {

/// Changes whenever splice_deflate() may give other bytes; part of every key over content made with it.
inline constexpr std::uint32_t kSpliceEpoch = 2;

/// Content that an edit left as it was: [begin, end) now, from `before` on then.
struct KeptRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t before = 0;
};

/// What an edited content was made of, as it was compressed.
struct DeflatedBefore {
  std::span<const std::byte> compressed;
  std::vector<BlockEnd> ends;  ///< of inflate_noting_blocks(); may be empty
};

/// `content`, deflated.  REQUIRES: `kept` ascends, does not overlap, and is true.
std::vector<std::byte> splice_deflate(std::span<const std::byte> content, const DeflatedBefore& before,
                                      std::span<const KeptRange> kept, int level = kDefaultLevel);

}  // namespace lamella::archive
