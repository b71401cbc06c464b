// SPDX-License-Identifier: Apache-2.0
//
// Names in a layer's `allow_source` that none of its packages has: a slip in one allows nothing.
#pragma once

#include <vector>

#include "build/tools.h"
#include "commands/session.h"

namespace lamella::commands {

/// Emits one warning for each, with what was perhaps meant.
void tell_idle_sources(const Session& session, const std::vector<build::GroupLock>& locks);

}  // namespace lamella::commands
