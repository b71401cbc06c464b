// SPDX-License-Identifier: Apache-2.0
//
// Whole gzip files (RFC 1952), one member or several, in memory.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace lamella::archive {

/// Never takes more memory than twice `limit`, whatever the file claims.  Padding of zeros after the end is
/// allowed.
/// Errors: limit (it holds more than `limit`); rejected (no gzip, damaged, cut off, followed by other bytes).
Result<std::vector<std::byte>> gunzip(std::span<const std::byte> bytes, std::uint64_t limit);

}  // namespace lamella::archive
