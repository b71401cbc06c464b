// SPDX-License-Identifier: Apache-2.0
//
// stat relative to an open directory.  Private to this room.
#pragma once

#include <cstdint>

#include "os/directory.h"

namespace lamella::os {

base::FileKind kind_of_mode(std::uint32_t mode);
/// Of a directory entry's d_type; kOther also when the file system does not tell.
base::FileKind kind_of_entry(unsigned char type);

/// False with errno set.  `flags` are statx's.
bool stat_at(int directory, const char* name, int flags, FileInfo& info);

}  // namespace lamella::os
