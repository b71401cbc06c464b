// SPDX-License-Identifier: Apache-2.0
//
// A short name for "these texts, in this order".  For file names in a private cache only: it is a hash
// that keeps different inputs apart by chance, not against an adversary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::sandbox {

/// 16 hexadecimal digits (FNV-1a, 64 bits, each text with its length).
std::string short_identity(const std::vector<std::string_view>& texts);

}  // namespace lamella::sandbox
