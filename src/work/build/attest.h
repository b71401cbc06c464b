// SPDX-License-Identifier: Apache-2.0
//
// Writes what is told of an artifact (proof/bill.h) beside its zip: ZIP.cdx.json and ZIP.intoto.json.  They
// are made with the zip and go with it; a build that makes nothing opens neither.
//
// Threads: any; two artifacts never share a file.  Errors: io.
#pragma once

#include <array>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "build/plan.h"
#include "build/tools.h"
#include "model/artifact.h"

namespace lamella::build {

/// The files beside a zip, whether they are there or not.
std::array<std::filesystem::path, 2> attestations_of(const std::filesystem::path& zip);

/// For a zip that was just made, or taken from an earlier build.
Result<> attest(const Tools& tools, const model::Workspace& workspace, const std::vector<GroupLock>& locks,
                const ArtifactPlan& plan, const model::Artifact& artifact);

}  // namespace lamella::build
