// SPDX-License-Identifier: Apache-2.0
#include "sandbox/identity.h"

#include <fmt/format.h>

namespace lamella::sandbox {

std::string short_identity(const std::vector<std::string_view>& texts) {
  std::uint64_t hash = 14695981039346656037ull;
  const auto mix = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211ull; };
  for (const std::string_view text : texts) {
    for (std::uint64_t rest = text.size(), i = 0; i < 8; ++i, rest >>= 8)
      mix(static_cast<unsigned char>(rest));
    for (const char one : text) mix(static_cast<unsigned char>(one));
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace lamella::sandbox
