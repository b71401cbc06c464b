// SPDX-License-Identifier: Apache-2.0
//
// Which parts of an artifact bring different files under one name, once assembling them has failed for it.
//
// Threads: any.  Errors: none; where no clash is found, the error stays what it was.
#pragma once

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "build/plan.h"
#include "store/content_store.h"

namespace lamella::build {

/// `error` of assembling `parts`, told with the file and where both of its kinds come from.
/// REQUIRES: `parts` are of `plan`, in its order.
Error with_origins(Error error, store::ContentStore& store, const ArtifactPlan& plan,
                   const std::vector<Part>& parts, const std::filesystem::path& workspace);

}  // namespace lamella::build
