// SPDX-License-Identifier: Apache-2.0
//
// What a shared object says about itself: machine, names, what it needs.  The input is hostile until
// read: every offset and count is checked against the file before it is used, and loops are bounded
// by the file's size (elf_test.cc: the corpus of Z24, and thousands of mutations under ASan).
//
// Errors: rejected, with the reason.  Threads: pure functions.
//
//   if (binary_kind(bytes) == BinaryKind::kElf) {
//     LAMELLA_TRY_ASSIGN(const ElfFile elf, read_elf(bytes));
//     for (const VersionNeed& need : elf.version_needs) ...  // {"libc.so.6", {"GLIBC_2.14", ...}}
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lamella::archive {

/// By the first bytes alone.
enum class BinaryKind { kOther, kElf, kMachO, kPe };
BinaryKind binary_kind(std::span<const std::byte> bytes);

inline constexpr std::uint16_t kMachineX86_64 = 62;
inline constexpr std::uint16_t kMachineAarch64 = 183;

/// A program header.
struct ElfSegment {
  std::uint32_t type = 0;
  std::uint32_t flags = 0;
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t file_size = 0;
  std::uint64_t memory_size = 0;
  std::uint64_t align = 0;
};

/// A section header.
struct ElfSection {
  std::string name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;

  bool allocated() const;  ///< part of the loaded image
  bool has_bytes() const;  ///< occupies the file (not .bss)
};

/// Symbol versions wanted of one library.
struct VersionNeed {
  std::string library;                ///< a soname, e.g. "libc.so.6"
  std::vector<std::string> versions;  ///< as listed, e.g. "GLIBC_2.14"
};

struct ElfFile {
  bool is_64 = true;          ///< false: only this, little_endian, machine and type are filled
  bool little_endian = true;  ///< false: likewise
  std::uint16_t machine = 0;
  std::uint16_t type = 0;
  std::vector<ElfSegment> segments;
  std::vector<ElfSection> sections;  ///< empty when the file has no section table
  std::optional<std::string> soname;
  std::vector<std::string> needed;  ///< DT_NEEDED, in order
  std::vector<std::string> rpath;   ///< split at ':'
  std::vector<std::string> runpath;
  std::vector<VersionNeed> version_needs;

  /// ET_DYN with a dynamic segment, and neither a position-independent executable nor an interpreter
  /// without a soname: something dlopen takes.
  bool is_shared_object = false;
};

Result<ElfFile> read_elf(std::span<const std::byte> bytes);

/// "x86_64", "aarch64", or "machine 8" for the others.
std::string machine_name(std::uint16_t machine);

/// The highest of "PREFIX_a.b.c" among the version needs, e.g. {2, 14} for "GLIBC"; empty when none.
std::vector<unsigned> highest_version(const ElfFile& elf, std::string_view prefix);

}  // namespace lamella::archive
