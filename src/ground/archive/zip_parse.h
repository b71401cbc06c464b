// SPDX-License-Identifier: Apache-2.0
//
// The phases of ZipReader::open, one file each.  Internal to the room.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archive/entry.h"
#include "archive/zip_reader.h"
#include "base/result.h"

namespace lamella::archive::zip {

using Bytes = std::span<const std::byte>;

/// An error about the archive as a whole.
Error refuse(std::string_view rule, std::string why, ErrorCode code = ErrorCode::kRejected);
/// An error about one entry.
Error refuse_entry(std::string_view rule, std::string_view name, std::string why,
                   ErrorCode code = ErrorCode::kRejected);

/// What the end records say.
struct End {
  std::uint64_t count = 0;
  std::uint64_t directory_offset = 0;
  std::uint64_t directory_size = 0;
};

/// Finds the one end record and what belongs to it; the directory then ends exactly where they begin.
Result<End> read_end(Bytes bytes, Profile profile);

/// A central header and what is needed to check its local twin.
struct CentralEntry {
  Entry entry;
  std::uint16_t flags = 0;
  Bytes record;  ///< the header as it lies in the archive
};

/// Every central header; names, methods, flags, kinds and declared sizes are checked.
Result<std::vector<CentralEntry>> read_directory(Bytes bytes, const End& end, Profile profile,
                                                 const Limits& limits);

/// Finds each local header, compares it with its central twin, fills data_offset, and shows that
/// the local entries cover the archive up to the directory without gap or overlap.
Result<> check_local_entries(Bytes bytes, const End& end, Profile profile,
                             std::vector<CentralEntry>& entries);

/// No name twice, no file that is also a directory, nothing below a link; with `fold`, no different
/// files whose names are one on some file systems.  `by_name` is the order of the names.
Result<> check_names(const std::vector<Entry>& entries, const std::vector<std::uint32_t>& by_name, bool fold);

/// What the extra fields of one header say that matters.
struct Extra {
  std::uint64_t size = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t header_offset = 0;
  bool has_zip64 = false;
};

/// Reads `field`, replacing those of `narrow`'s numbers that say "see ZIP64".  `offset_too`: central.
Result<Extra> read_extra(Bytes field, std::string_view name, const Extra& narrow, bool offset_too);

}  // namespace lamella::archive::zip
