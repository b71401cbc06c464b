// SPDX-License-Identifier: Apache-2.0
//
// Makes the segments that plans need and nobody has made yet: fetches their wheels, all in parallel and
// verified, and makes each when its wheel is there, in the order of ReadyQueue.  What a wheel's files are at
// /opt is remembered on the way (proof::remember_opt_facts), so that no library is inflated again to be
// examined.
//
// A segment that cannot be made for a reason of its own is a SegmentFailure, so that the artifacts it is part
// of can be named; what every segment would meet (no disk, no interpreter) is an error, and so is a wheel
// that cannot be fetched, unless the build keeps going.  The first of either ends both the fetching and the
// making; an error of the fetching goes before those of the making.
//
// Errors: those of Fetcher and SegmentMaker.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "build/plan.h"
#include "build/tools.h"
#include "package/segment_record.h"

namespace lamella::build {

using Segments = std::map<Digest, package::SegmentRecord>;  ///< by recipe key

struct SegmentFailure {
  Digest key;
  std::string name;  ///< "numpy 1.24.3"
  Error error;
};

struct EnsuredSegments {
  Segments segments;
  std::vector<SegmentFailure> failures;  ///< in the plans' order; at most one unless the build keeps going
};

Result<EnsuredSegments> ensure_segments(const Tools& tools, const std::vector<const ArtifactPlan*>& plans,
                                        Again again, OnFailure on_failure, std::stop_token stop);

/// Makes sure that the archive is in the store, with the digest it is to have.
Result<> bring_archive(const Tools& tools, const package::ArchiveRecipe& archive, std::stop_token stop);

/// Makes sure that the recipes' wheels are in the store; of one that is built here, what its build needs.
Result<> fetch_wheels(const Tools& tools, const std::vector<const package::Recipe*>& recipes,
                      std::stop_token stop, const store::OnStored& stored = {});

}  // namespace lamella::build
