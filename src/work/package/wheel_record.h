// SPDX-License-Identifier: Apache-2.0
//
// RECORD: which files a wheel holds, with hash and size of each.  Internal to the room.
//
// Errors: rejected, as a sentence without the wheel's name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

namespace lamella::package {

struct Recorded {
  std::optional<Digest> sha256;  ///< absent: none is given, or one of sha384 and sha512
  std::optional<std::uint64_t> size;

  bool operator==(const Recorded&) const = default;
};

/// By path, as RECORD writes it.  A path may stand there twice if it says the same.  Hashes that can be
/// forged (md5, sha1) and those that nobody knows are refused, as the wheel format does.
Result<std::map<std::string, Recorded, std::less<>>> parse_record(std::string_view text);

/// Why `content` is not what RECORD says of it, or "".
std::string differs(const Recorded& recorded, std::span<const std::byte> content);

}  // namespace lamella::package
