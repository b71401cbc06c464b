// SPDX-License-Identifier: Apache-2.0
//
// Makes the segments that plans need and nobody has made yet: fetches their wheels, all in parallel and
// verified, then makes them, the largest wheel first.
//
// Errors: those of Fetcher and SegmentMaker; the first in the plans' order.
#pragma once

#include <map>
#include <stop_token>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "build/plan.h"
#include "build/tools.h"
#include "package/segment_record.h"

namespace lamella::build {

using Segments = std::map<Digest, package::SegmentRecord>;  ///< by recipe key

Result<Segments> ensure_segments(const Tools& tools, const std::vector<const ArtifactPlan*>& plans,
                                 Again again, std::stop_token stop);

}  // namespace lamella::build
