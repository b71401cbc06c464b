// SPDX-License-Identifier: Apache-2.0
//
// From content to an entry that can be written.  Internal to the room.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "archive/entry.h"

namespace lamella::archive::zip {

struct Packed {
  Entry entry;
  std::vector<std::byte> deflated;  ///< empty when the entry is stored

  /// What to write: the deflated bytes, or `original` itself.
  std::span<const std::byte> data(std::span<const std::byte> original) const {
    return entry.method == Method::kStored ? original : std::span<const std::byte>(deflated);
  }
};

/// Deflates `bytes`; stores them when that is not smaller.
Packed pack(std::string_view name, bool executable, std::span<const std::byte> bytes, int level);
/// The same of bytes that were deflated already.
Packed pack_deflated(std::string_view name, bool executable, std::span<const std::byte> bytes,
                     std::vector<std::byte> deflated);
Entry link_entry(std::string_view name, std::string_view target);
/// `from`'s method, CRC and sizes under a final name and mode.
Entry raw_entry(std::string_view name, bool executable, const Entry& from);

}  // namespace lamella::archive::zip
