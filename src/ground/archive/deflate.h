// SPDX-License-Identifier: Apache-2.0
//
// Raw deflate over whole buffers.  The same input and level give the same bytes on every host as
// long as the compressor's version is the same; kDeflateEpoch names it, and every key over
// compressed bytes includes it.
//
// Threads: both functions may be called from any thread; each thread keeps its own tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::archive {

/// Level 6: a third of zlib 6's time and 1 % smaller; 9 costs 3.5 times as much for 0.7 %.
inline constexpr int kDefaultLevel = 6;

/// Changes whenever deflate() may give other bytes.
std::string_view deflate_epoch();

/// REQUIRES: 1 <= level <= 12.
std::vector<std::byte> deflate(std::span<const std::byte> bytes, int level = kDefaultLevel);

/// Decompresses `compressed` into exactly `out`.
/// Errors: rejected when the stream is invalid, truncated, followed by other bytes, or holds less
/// than `out`; limit when it holds more (nothing is written beyond `out`).
Result<> inflate_into(std::span<const std::byte> compressed, std::span<std::byte> out);

}  // namespace lamella::archive
