// SPDX-License-Identifier: Apache-2.0
//
// Raw deflate block by block: inflating with a note of where each block ends.  What a block says is told by
// its own bits and by the 32 KiB of content before it, so blocks can be carried from one stream into another
// (deflate_splice.h).
//
// Threads: free functions, from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace lamella::archive {

/// How far back a block may refer (RFC 1951, section 2).
inline constexpr std::uint64_t kDeflateWindow = 32'768;

struct BlockEnd {
  std::uint64_t bit = 0;   ///< of the stream, from its first bit
  std::uint64_t byte = 0;  ///< of the content
};

/// inflate_into(), which also gives where each block ends, the last included.  Slower: it inflates at half of
/// that one's pace.  None are given where the stream is too large to be noted (4 GiB), or of so many blocks that
/// somebody means harm: a block of nothing takes ten bits, its note sixteen bytes.
Result<std::vector<BlockEnd>> inflate_noting_blocks(std::span<const std::byte> compressed,
                                                    std::span<std::byte> out);

}  // namespace lamella::archive
