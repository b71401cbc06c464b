// SPDX-License-Identifier: Apache-2.0
//
// A fuzz target: a function over bytes that states a law and aborts where it does not hold.  One source gives
// two programs: clang's libFuzzer drives one target (preset `fuzz`), and `fuzz_replay` runs the seeds of any
// of them under gcc as an ordinary test.
//
//   FUZZ_TARGET(requirement) {
//     const auto parsed = config::parse_requirement(base::as_text(input));
//     if (parsed) FUZZ_ASSERT(config::parse_requirement(to_string(*parsed)).has_value());
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

#define FUZZ_ASSERT(law) ::lamella::fuzz::require(static_cast<bool>(law), #law, __FILE__, __LINE__)

namespace lamella::fuzz {

using Bytes = std::span<const std::byte>;
using Target = void (*)(Bytes input);

inline void require(bool holds, const char* law, const char* file, int line) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, law);
  std::abort();
}

/// The pieces between NULs; at least one.
inline std::vector<std::string_view> pieces_of(Bytes input) {
  std::string_view rest(reinterpret_cast<const char*>(input.data()), input.size());
  std::vector<std::string_view> pieces;
  for (auto nul = rest.find('\0'); nul != std::string_view::npos; nul = rest.find('\0')) {
    pieces.push_back(rest.substr(0, nul));
    rest.remove_prefix(nul + 1);
  }
  pieces.push_back(rest);
  return pieces;
}

/// For fuzz_replay; always true.
bool add_target(const char* name, Target target);

}  // namespace lamella::fuzz

#ifdef LAMELLA_FUZZ_REPLAY
#define FUZZ_TARGET(name)                                                                            \
  static void fuzz_##name(::lamella::fuzz::Bytes input);                                             \
  [[maybe_unused]] static const bool added_##name = ::lamella::fuzz::add_target(#name, fuzz_##name); \
  static void fuzz_##name(::lamella::fuzz::Bytes input)
#else
#define FUZZ_TARGET(name)                                                             \
  static void fuzz_##name(::lamella::fuzz::Bytes input);                              \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    fuzz_##name(std::as_bytes(std::span(data, size)));                                \
    return 0;                                                                         \
  }                                                                                   \
  static void fuzz_##name(::lamella::fuzz::Bytes input)
#endif
