// SPDX-License-Identifier: Apache-2.0
//
// What must hold between the parts of a workspace, without touching the disk.
#pragma once

#include "base/result.h"
#include "config/source_file.h"
#include "model/workspace.h"

namespace lamella::config {

/// Errors: usage; limit for more than five layers and for literal variables over 4 KB.
Result<> validate(const model::Workspace& workspace, const SourceFile& source);

}  // namespace lamella::config
