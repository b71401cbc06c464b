// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "archive/deflate.h"
#include "archive/deflate_splice.h"
#include "fuzz_target.h"

using namespace lamella;

/// Blocks ascend, the last ends with content and stream; and the content, moved by some bytes, is what its blocks
/// say in another stream.
static void check_blocks(fuzz::Bytes compressed, const std::vector<std::byte>& out, std::size_t moved) {
  std::vector<std::byte> noted(out.size());
  auto ends = archive::inflate_noting_blocks(compressed, noted);
  FUZZ_ASSERT(ends && noted == out);
  if (ends->empty()) return;
  FUZZ_ASSERT(std::ranges::is_sorted(*ends, {}, &archive::BlockEnd::bit) &&
              std::ranges::is_sorted(*ends, {}, &archive::BlockEnd::byte));
  FUZZ_ASSERT(ends->back().byte == out.size() && (ends->back().bit + 7) / 8 == compressed.size());
  noted.insert(noted.begin(), moved, std::byte{1});
  const archive::KeptRange kept{moved, noted.size(), 0};
  const auto spliced = archive::splice_deflate(noted, {compressed, *std::move(ends)}, std::span(&kept, 1));
  std::vector<std::byte> again(noted.size());
  FUZZ_ASSERT(archive::inflate_into(spliced, again) && again == noted);
}

/// The input is a level, a size and a deflate stream.  What it inflates to, deflated again, inflates to the
/// same.
FUZZ_TARGET(inflate) {
  if (input.size() < 3) return;
  std::vector<std::byte> out(std::to_integer<std::size_t>(input[1]) * 256 +
                             std::to_integer<std::size_t>(input[2]));
  if (!archive::inflate_into(input.subspan(3), out)) {
    return FUZZ_ASSERT(!archive::inflate_noting_blocks(input.subspan(3), out));
  }
  check_blocks(input.subspan(3), out, std::to_integer<std::size_t>(input[0]) / 9);
  const auto packed = archive::deflate(out, 1 + std::to_integer<int>(input[0]) % 9);
  std::vector<std::byte> again(out.size());
  FUZZ_ASSERT(archive::inflate_into(packed, again) && again == out);
  again.push_back(std::byte{0});
  FUZZ_ASSERT(!archive::inflate_into(packed, again));
}
