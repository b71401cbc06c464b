// SPDX-License-Identifier: Apache-2.0
//
// The strict zip reader.  It accepts an archive only when every reader on earth would see the same
// files in it: one directory, one end, no byte that is not accounted for.
//
// Invariants of an opened archive (zip_reader_test.cc, one test per Z row of the promises)
//   I1 covered: local entries follow each other from byte 0 without gap or overlap, then comes the
//      central directory, then its end record, then nothing.
//   I2 agreed: local and central header name the same file, method, sizes and CRC.
//   I3 safe names: relative, no "..", no empty or "." part, no backslash, drive, control character or
//      invalid UTF-8; no two alike; none is both a file and a directory.
//   I4 plain: stored or deflated, not encrypted, one disk; files, directories, and in `kUploaded` and
//      `kOwn` symbolic links (whose targets verify_links() checks).
//   I5 bounded: counts and declared sizes are under Limits, and no entry declares more than deflate
//      could make of its bytes.  Opening allocates for what the directory holds, not what it claims.
//
// What open() cannot know is checked on inflating: the CRC, and that the declared size is true.
//
// Threads: const methods may be called from any thread.  The bytes must outlive the reader.
// Errors: rejected (malformed or hostile), limit (too many or too large); each names the entry,
// escaped, and the reason, and carries the facts "entry" and "rule".
//
//   LAMELLA_TRY_ASSIGN(const auto zip, ZipReader::open(mapped.bytes(), Profile::kWheel));
//   for (const Entry& entry : zip.entries()) {
//     LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip, entry, 64'000'000));
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "archive/deflate_blocks.h"
#include "archive/entry.h"
#include "base/result.h"

namespace lamella::archive {

enum class Profile {
  kWheel,     ///< no links; names that fold to the same one differ in nothing else
  kOwn,       ///< exactly what ZipAssembler writes, byte for byte in the headers
  kUploaded,  ///< what a user sends to the endpoint: links and case variants are theirs to choose
};

struct Limits {
  std::uint64_t max_entries = 262'144;
  std::uint64_t max_entry_size = 2'147'483'648;  ///< uncompressed, each
  std::uint64_t max_total_size = 4'294'967'296;  ///< uncompressed, all
};

class ZipReader {
 public:
  static Result<ZipReader> open(std::span<const std::byte> bytes, Profile profile, const Limits& limits = {});

  /// In the order of the central directory.
  const std::vector<Entry>& entries() const { return entries_; }
  /// By exact name, or nullptr.
  const Entry* find(std::string_view name) const;
  /// The entry's bytes as they lie in the archive.
  std::span<const std::byte> compressed(const Entry& entry) const {
    return bytes_.subspan(static_cast<std::size_t>(entry.data_offset),
                          static_cast<std::size_t>(entry.compressed_size));
  }
  std::uint64_t unzipped_bytes() const { return unzipped_bytes_; }

 private:
  std::span<const std::byte> bytes_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> by_name_;
  std::uint64_t unzipped_bytes_ = 0;
};

/// The entry's content; size and CRC are verified.
/// `ends`, where given, gets what inflate_noting_blocks() notes; nothing where the entry is stored.
/// Errors: limit when it is larger than `limit` or than it declares; rejected.
Result<std::vector<std::byte>> inflate_entry(const ZipReader& zip, const Entry& entry, std::uint64_t limit,
                                             std::vector<BlockEnd>* ends = nullptr);

/// The same into a buffer of the caller's.  REQUIRES: out.size() == entry.size.
Result<> inflate_entry_into(const ZipReader& zip, const Entry& entry, std::span<std::byte> out,
                            std::vector<BlockEnd>* ends = nullptr);

/// Inflates every entry and verifies its size and CRC.
Result<> verify_content(const ZipReader& zip);

/// Every symbolic link is relative, stays inside the archive's root, ends at a file or directory of
/// the archive, and none is a loop.
Result<> verify_links(const ZipReader& zip);

}  // namespace lamella::archive
