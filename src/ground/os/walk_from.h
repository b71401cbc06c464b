// SPDX-License-Identifier: Apache-2.0
//
// walk() from a directory that is open already.  Private to this room.
#pragma once

#include "os/fd.h"
#include "os/walk.h"

namespace lamella::os {

/// `shown` names the root in errors.
Result<std::vector<WalkEntry>> walk_from(int root, const std::filesystem::path& shown,
                                         const WalkOptions& options, std::stop_token stop);

}  // namespace lamella::os
