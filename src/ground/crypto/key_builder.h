// SPDX-License-Identifier: Apache-2.0
//
// A digest over named parts.  Every part is written with its lengths, so no two lists of parts give the
// same bytes; the order of calls is part of the key.
//
//   const Digest key = KeyBuilder("segment").add("wheel", wheel.sha256).add("strip", true).finish();
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "crypto/sha256.h"

namespace lamella::crypto {

class KeyBuilder {
 public:
  explicit KeyBuilder(std::string_view kind) { add("kind", kind); }

  KeyBuilder& add(std::string_view name, std::string_view value) {
    const std::uint64_t lengths[2] = {name.size(), value.size()};
    hasher_.update(std::as_bytes(std::span(lengths))).update(name).update(value);
    return *this;
  }
  KeyBuilder& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
  KeyBuilder& add(std::string_view name, const Digest& value) {
    return add(name, base::as_text(value.bytes()));
  }
  KeyBuilder& add(std::string_view name, std::integral auto value) {
    return add(name, std::to_string(value));
  }

  Digest finish() { return hasher_.finish(); }

 private:
  Sha256 hasher_;
};

}  // namespace lamella::crypto
