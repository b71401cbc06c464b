// SPDX-License-Identifier: Apache-2.0
//
// One member of a zip as its readers and writers exchange it.
#pragma once

#include <cstdint>
#include <string>

namespace lamella::archive {

enum class Method : std::uint16_t { kStored = 0, kDeflated = 8 };

enum class EntryKind : std::uint8_t { kFile, kDirectory, kSymlink };

struct Entry {
  std::string name;  ///< checked: relative, '/'-separated, UTF-8; a directory's ends with '/'
  EntryKind kind = EntryKind::kFile;
  Method method = Method::kStored;
  std::uint16_t mode = 0644;  ///< permission bits as found, 0..0777; 0644/0755 where none are recorded
  bool special_bits = false;  ///< setuid, setgid or sticky was set and is not in `mode`
  std::uint32_t crc32 = 0;    ///< of the uncompressed bytes, as declared
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;           ///< uncompressed
  std::uint64_t header_offset = 0;  ///< of the local header
  std::uint64_t data_offset = 0;    ///< of the compressed bytes

  bool executable() const { return (mode & 0111) != 0; }
  bool operator==(const Entry&) const = default;
};

}  // namespace lamella::archive
