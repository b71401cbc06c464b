// SPDX-License-Identifier: Apache-2.0
//
// The members of a tar archive (ustar, GNU's and pax's long names), as they stand in it.  Which names and links
// are safe is for whoever takes them to judge.
//
// Errors: rejected (malformed: a header's checksum or number, a member that is cut off, a device, a pipe or a
// sparse file, bytes after the end); limit (more members than `most`).  Each carries the fact "rule".
// Threads: pure.  The spans point into the archive's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace lamella::archive {

enum class TarKind : std::uint8_t { kFile, kDirectory, kSymlink, kHardLink };

struct TarMember {
  std::string name;  ///< as written; a directory's may end with '/'
  TarKind kind = TarKind::kFile;
  bool executable = false;
  std::string target;  ///< of a link
  std::span<const std::byte> content;
};

Result<std::vector<TarMember>> read_tar(std::span<const std::byte> bytes, std::uint64_t most);

}  // namespace lamella::archive
