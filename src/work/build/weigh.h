// SPDX-License-Identifier: Apache-2.0
//
// What an artifact weighs, down to its packages and files: of one that was built here, or of a zip alone.
//
// Errors: io, corrupt, rejected.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "build/manifest.h"
#include "build/tools.h"
#include "model/size_difference.h"

namespace lamella::build {

Result<model::Weighed> weigh(const Tools& tools, const Made& made);

/// Fills in sizes, files and, where the bill beside the zip tells them, packages.
Result<> weigh_zip(const std::filesystem::path& zip, model::Weighed& into);

}  // namespace lamella::build
