// SPDX-License-Identifier: Apache-2.0
//
// CRC-32 as zip and gzip use it (IEEE 802.3, reflected), at memory speed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lamella::archive {

/// The checksum of `before` followed by `bytes`, where `previous` is that of `before` (0: nothing).
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t previous = 0);

}  // namespace lamella::archive
