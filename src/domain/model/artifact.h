// SPDX-License-Identifier: Apache-2.0
//
// The record of one built zip, as `build --json` prints it.  Its identity is name + target + sha256.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/reason.h"
#include "base/result.h"
#include "document/value.h"
#include "model/target.h"

namespace lamella::model {

enum class ArtifactKind { kLayer, kFunction };
std::string_view to_string(ArtifactKind kind);

enum class ArtifactAction {
  kBuilt,      ///< assembled in this run
  kReused,     ///< taken from the store
  kUnchanged,  ///< nothing was opened
};
std::string_view to_string(ArtifactAction action);

/// One distribution inside, with the bytes it brings (unzipped).
struct PackageShare {
  std::string name;
  std::string version;
  std::uint64_t bytes = 0;

  bool operator==(const PackageShare&) const = default;
};

struct Artifact {
  ArtifactKind kind = ArtifactKind::kLayer;
  std::string name;
  Target target;
  std::string path;  ///< of the zip, relative to the workspace
  Digest sha256;
  std::uint64_t zipped_bytes = 0;
  std::uint64_t unzipped_bytes = 0;
  std::string release;  ///< semantic version of the content, "" when there is none yet
  bool proved = false;
  std::vector<std::string> unproved;  ///< what this machine could not show, and why
  ArtifactAction action = ArtifactAction::kBuilt;
  std::vector<Reason> reasons;
  std::vector<PackageShare> packages;
};

/// The record of DESIGN section 10.  "release" is null when there is none; "unproved" is there when something
/// is.
document::Value to_value(const Artifact& artifact);
/// The inverse of to_value().  Errors: corrupt.
Result<Artifact> artifact_from_value(const document::Value& value);

document::Value to_value(const Reason& reason);
Result<Reason> reason_from_value(const document::Value& value);

}  // namespace lamella::model
