// SPDX-License-Identifier: Apache-2.0
#include "archive/source_archive.h"

#include "archive/tar_reader.h"
#include "fuzz_target.h"

using namespace lamella;

/// A tar, not packed: every member's content lies in it; as an archive every path stays below the top folder.
FUZZ_TARGET(source_archive) {
  const auto members = archive::read_tar(input, 1000);
  if (!members) return FUZZ_ASSERT(!members.error().fact("rule").empty());
  for (const archive::TarMember& member : *members) {
    if (member.content.empty()) continue;
    const auto offset = static_cast<std::size_t>(member.content.data() - input.data());
    FUZZ_ASSERT(offset <= input.size() && member.content.size() <= input.size() - offset);
  }
  const auto source = archive::SourceArchive::open_tar(input, {.entries = 1000, .bytes = 1'000'000});
  if (!source) return;
  for (const auto& [path, file] : source->files()) {
    FUZZ_ASSERT(path.starts_with(source->top() + "/") && path.find("/../") == std::string::npos);
  }
}
