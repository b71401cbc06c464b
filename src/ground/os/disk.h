// SPDX-License-Identifier: Apache-2.0
//
// Room on a disk.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace lamella::os {

struct DiskSpace {
  std::uint64_t free = 0;  ///< bytes this user may still write
  std::uint64_t total = 0;
};

/// Of the file system that holds `path`, or its nearest parent that exists.  Errors: io.
Result<DiskSpace> disk_space(const std::filesystem::path& path);

}  // namespace lamella::os
