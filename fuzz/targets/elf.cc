// SPDX-License-Identifier: Apache-2.0
#include "archive/elf.h"

#include <algorithm>

#include "archive/elf_strip.h"
#include "fuzz_target.h"

using namespace lamella::archive;

/// Stripping makes a file shorter, once, in place as beside, and leaves what the loader asks of it.
FUZZ_TARGET(elf) {
  const auto before = read_elf(input);
  const auto stripped = strip_elf(input);
  std::vector<std::byte> in_place(input.begin(), input.end());
  const auto kept = strip_elf_in_place(in_place);
  FUZZ_ASSERT(kept.has_value() == stripped.has_value());
  for (std::size_t i = 0; kept && i < kept->size(); ++i) {
    const KeptRange& range = (*kept)[i];
    FUZZ_ASSERT(range.begin < range.end && range.end <= in_place.size() &&
                (i == 0 || range.begin >= (*kept)[i - 1].end));
    FUZZ_ASSERT(std::ranges::equal(std::span(in_place).subspan(range.begin, range.end - range.begin),
                                   input.subspan(range.before, range.end - range.begin)));
  }
  if (!stripped) return FUZZ_ASSERT(std::equal(in_place.begin(), in_place.end(), input.begin(), input.end()));
  const auto after = read_elf(*stripped);
  FUZZ_ASSERT(before && after && in_place == *stripped && stripped->size() < input.size() &&
              !strip_elf(in_place));
  FUZZ_ASSERT(after->soname == before->soname && after->needed == before->needed &&
              after->rpath == before->rpath);
  FUZZ_ASSERT(after->segments.size() == before->segments.size() && after->machine == before->machine);
  for (std::size_t i = 0; i < after->segments.size(); ++i) {
    const auto &a = after->segments[i], &b = before->segments[i];
    FUZZ_ASSERT(a.address == b.address && a.file_size == b.file_size && a.offset <= b.offset);
    if (a.file_size == 0) continue;
    const auto skip = b.offset < 4096 ? std::min<std::size_t>(b.file_size, 4096) : 0;  // headers may change
    FUZZ_ASSERT(std::ranges::equal(std::span(*stripped).subspan(a.offset + skip, a.file_size - skip),
                                   input.subspan(b.offset + skip, b.file_size - skip)));
  }
}
