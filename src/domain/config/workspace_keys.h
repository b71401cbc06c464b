// SPDX-License-Identifier: Apache-2.0
//
// The one table of lamella.toml's keys.  It is complete from the first release: what is not built yet
// is marked so, and refused as such.
#pragma once

#include <span>

#include "config/key_table.h"

namespace lamella::config {

/// The shape of the document itself is "workspace".
std::span<const Key> workspace_keys();

}  // namespace lamella::config
