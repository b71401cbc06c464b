// SPDX-License-Identifier: Apache-2.0
//
// The canonical zip writer.  The bytes are a function of the entries in the order given: date
// 1980-01-01 00:00:00, made by unix, modes 0644 and 0755, no extra fields, no data descriptors, no
// comment; the UTF-8 flag only where a name needs it, ZIP64 records only where a number needs them.
//
// Invariants (zip_writer_test.cc)
//   I1 the same calls give the same bytes; assembling segments gives the bytes that adding their
//      files one by one gives.
//   I2 ZipReader accepts the result with Profile::kOwn, and so do Python's zipfile and unzip.
//
// Canonical order of a layer: its distributions in the caller's order (segment by segment), names
// ascending within each, then the files of the repository, ascending.
//
// Threads: one ZipAssembler belongs to one thread.
// Errors end the assembly: what went to the sink is to be abandoned.
// They are rejected (two different files under one name, a file that is also a directory, an unsafe
// name), corrupt (a segment whose body does not match its checksum), those of sink and reader.
//
//   ZipAssembler zip(*blob);
//   for (const Segment& segment : segments) LAMELLA_TRY(zip.add_segment(segment));
//   LAMELLA_TRY(zip.add_file("python/app.py", /*executable=*/false, bytes));
//   LAMELLA_TRY_ASSIGN(const AssembledZip layer, zip.finish());
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "archive/deflate.h"
#include "archive/entry.h"
#include "archive/segment.h"
#include "base/byte_stream.h"
#include "base/digest.h"
#include "base/result.h"

namespace lamella::archive {

struct AssembledZip {
  Digest digest;  ///< SHA-256 of the whole zip; zero when hashing is off
  std::uint64_t size = 0;
  std::uint64_t entries = 0;
  std::uint64_t unzipped_bytes = 0;
};

enum class Hashing {
  kSha256,  ///< in the same pass as the copy
  kNone,    ///< the sink hashes, or the digest is known
};

class ZipAssembler {
 public:
  explicit ZipAssembler(base::ByteSink& sink, Hashing hashing = Hashing::kSha256);
  ~ZipAssembler();
  ZipAssembler(const ZipAssembler&) = delete;
  ZipAssembler& operator=(const ZipAssembler&) = delete;

  /// Copies the segment's body and verifies its checksum on the way.  An entry whose name is there
  /// already with the same mode, size and CRC is left out; with others it is rejected.
  Result<> add_segment(const Segment& segment);
  Result<> add_file(std::string_view name, bool executable, std::span<const std::byte> bytes,
                    int level = kDefaultLevel);
  Result<> add_symlink(std::string_view name, std::string_view target);
  /// Bytes that are compressed already: `from` gives method, CRC and sizes.
  Result<> add_raw(std::string_view name, bool executable, const Entry& from,
                   std::span<const std::byte> compressed);

  /// Writes the central directory.  REQUIRES: called once, last.
  Result<AssembledZip> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lamella::archive
