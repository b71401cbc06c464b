// SPDX-License-Identifier: Apache-2.0
//
// What grew: artifacts of two states of a workspace, held against each other by name and target; their
// packages by name, their files by path.  Numbers are differences of what was weighed, never estimates.
//
// Invariants (size_difference_test.cc)
//   D1 equal sides give artifacts that are all "unchanged", with nothing in them.
//   D2 only what differs is listed, and what grew most comes first.
//   D3 where one side's packages are not known, "packages" is null.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "document/value.h"
#include "model/artifact.h"
#include "model/size_sums.h"

namespace lamella::model {

struct WeighedFile {
  std::string path;  ///< inside the zip
  std::uint64_t bytes = 0;
};

/// An artifact as it was weighed at one side.
struct Weighed {
  ArtifactKind kind = ArtifactKind::kLayer;
  std::string name;
  Target target;
  Digest sha256;
  Sizes sizes;
  std::optional<std::vector<PackageShare>> packages;  ///< nullopt: the zip does not say
  std::vector<WeighedFile> files;
};

/// The one of that kind, name and target, or nullptr.
const Weighed* find_weighed(const std::vector<Weighed>& side, ArtifactKind kind, std::string_view name,
                            const Target& target);

/// [{"kind","name","target","change":"unchanged"|"changed"|"new"|"removed",
///   "before":{"sha256","zipped_bytes","unzipped_bytes"}|null,"after":...,
///   "packages":[{"name","from","to","before_bytes","after_bytes"}]|null,
///   "types":[{"type","before_bytes","after_bytes"}],"files":[{"path","type","before_bytes","after_bytes"}]}]
///
/// In the order of `after`, then what is only in `before`.  Versions and bytes are null where a side has none.
document::Value size_differences(const std::vector<Weighed>& before, const std::vector<Weighed>& after);

}  // namespace lamella::model
