// SPDX-License-Identifier: Apache-2.0
#include "archive/crc32.h"

#include <libdeflate.h>

namespace lamella::archive {

std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t previous) {
  return libdeflate_crc32(previous, bytes.data(), bytes.size());
}

}  // namespace lamella::archive
