// SPDX-License-Identifier: Apache-2.0
//
// Facts of the merged-/opt proof, read from the bytes of a segment or a zip.  The file list is read each time;
// what must be inflated for (libraries, a few small Python files) can be remembered as a record by the digest
// of the bytes.  What is malformed inside is no fact: making the segment has refused it, or nothing loads it.
//
// Threads: pure functions.  Errors: corrupt, rejected (a segment or zip that is none).
#pragma once

#include <cstddef>
#include <span>

#include "base/result.h"
#include "document/value.h"
#include "model/opt_facts.h"
#include "proof/binary_facts.h"

namespace lamella::proof {

/// Raised when the same bytes give other facts.
inline constexpr int kOptFactsEpoch = 2;

enum class Packed {
  kSegment,
  kZip,       ///< of our own
  kUploaded,  ///< made elsewhere
};

/// Names, sizes and checksums: nothing is inflated.
Result<std::vector<model::OptFile>> read_opt_files(std::span<const std::byte> bytes, Packed packed);

/// All but the files.  What was noted is not inflated.
Result<model::OptPart> read_opt_facts(std::span<const std::byte> bytes, Packed packed,
                                      const BinaryFacts& noted = {});

/// The record of read_opt_facts().  Errors of the inverse: corrupt.
document::Value to_value(const model::OptPart& facts);
Result<model::OptPart> opt_facts_from_value(const document::Value& value);

}  // namespace lamella::proof
