// SPDX-License-Identifier: Apache-2.0
//
// Whether what was built is still what it would be built to, and its zip still what it was.
//
// Threads: any.  Errors: none; what cannot be read is stale.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/digest.h"
#include "base/reason.h"
#include "build/manifest.h"
#include "build/plan.h"

namespace lamella::build {

/// True if the manifest's zip is there and as long as it was; its content is verified where it is used.
bool zip_is_present(const std::filesystem::path& workspace, const model::Artifact& artifact);

/// True if the zip of an earlier build may be taken as it is.  It is hashed only if it changed after the last build
/// wrote its index.
bool zip_is_intact(const std::filesystem::path& workspace, const std::filesystem::path& zip,
                   std::uint64_t size, const Digest& sha256);

/// A zip that was made in this run need not be hashed again.
enum class Zips { kTrusted, kVerified };

/// why_build() of what lies in `workspace`; nullptr for what was never built.
std::vector<Reason> why_stale(const std::filesystem::path& workspace, const ArtifactPlan& plan,
                              const Made* before, Zips zips = Zips::kTrusted);

bool is_up_to_date(const std::vector<Reason>& reasons);

}  // namespace lamella::build
