// SPDX-License-Identifier: Apache-2.0
//
// What is known of a made segment: its blob, and where its bytes went.  Kept in the ActionCache under the
// recipe's key (kind "segment", JSON, schema 2: docs/formats/segment-record.md).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "document/value.h"
#include "store/action_cache.h"

namespace lamella::package {

/// Files that one rule took, or one word saved.
struct Dropped {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Dropped&) const = default;
};

struct SegmentRecord {
  Digest blob;
  std::string distribution;
  std::string version;
  std::uint64_t wheel_bytes = 0;         ///< unzipped, before anything was left out
  std::uint64_t wheel_zipped_bytes = 0;  ///< of the wheel file itself
  std::uint64_t unzipped_bytes = 0;      ///< of the segment
  std::uint64_t zipped_bytes = 0;        ///< of its body
  std::uint64_t entries = 0;
  std::uint64_t stripped_bytes = 0;  ///< freed by stripping
  std::uint64_t bytecode_bytes = 0;  ///< added as bytecode
  std::uint64_t source_bytes = 0;    ///< freed where bytecode stands in place of source
  std::map<std::string, Dropped>
      dropped;                          ///< by rule that names a file here; no files: others took them first
  std::map<std::string, Dropped> kept;  ///< by word that names a file here: what would else have been dropped
  std::map<std::string, std::uint64_t> stripped;  ///< libraries, by path below site-packages: bytes freed

  bool operator==(const SegmentRecord&) const = default;
};

/// All but the blob; what is zero or empty is left out.
document::Value to_value(const SegmentRecord& record);
/// What is absent or malformed is zero or empty.
SegmentRecord segment_from_value(const document::Value& value, const Digest& blob);

store::ActionRecord to_action(const SegmentRecord& record);
/// Errors: corrupt, for a record of another schema or kind.
Result<SegmentRecord> from_action(const store::ActionRecord& action);

}  // namespace lamella::package
