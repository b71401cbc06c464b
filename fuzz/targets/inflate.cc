// SPDX-License-Identifier: Apache-2.0
#include "archive/deflate.h"
#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// The input is a level, a size and a deflate stream.  What it inflates to, deflated again, inflates to the
/// same.
FUZZ_TARGET(inflate) {
  if (input.size() < 3) return;
  std::vector<std::byte> out(std::to_integer<std::size_t>(input[1]) * 256 +
                             std::to_integer<std::size_t>(input[2]));
  if (!archive::inflate_into(input.subspan(3), out)) return;
  const auto packed = archive::deflate(out, 1 + std::to_integer<int>(input[0]) % 9);
  std::vector<std::byte> again(out.size());
  FUZZ_ASSERT(archive::inflate_into(packed, again) && again == out);
  again.push_back(std::byte{0});
  FUZZ_ASSERT(!archive::inflate_into(packed, again));
}
