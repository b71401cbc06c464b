// SPDX-License-Identifier: Apache-2.0
//
// Removing what the loader never maps: symbol and string tables, debug sections, comments.  What
// program headers and allocated sections cover stays; holes of a page and more between those ranges
// (patchelf leaves them) are closed by moving what follows down by whole pages.  Virtual addresses
// never change, so nothing inside the image has to be relocated.  A small section table of the
// allocated sections is put back, so that auditwheel, patchelf and gdb can still read the file.
//
// Invariants (elf_strip_test.cc, against `strip -s` and dlopen)
//   I1 every segment is as it was at its virtual address: same size, same bytes, but for the ELF header's
//      e_phoff, e_shoff, e_shnum, e_shstrndx and the program headers' p_offset and p_align.
//   I2 p_offset and address still agree modulo the page; every section keeps its index.
//   I3 the result is shorter than the input, and cannot be stripped again.
//
// Errors: none.  What cannot be shortened safely is left alone.  Threads: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "archive/deflate_splice.h"

namespace lamella::archive {

/// Changes whenever strip_elf() may give other bytes; part of every key over stripped content.
inline constexpr std::uint32_t kStripEpoch = 2;

/// A library that would lose less than this part of itself is left alone, so that its bytes can stay as they are
/// compressed.  pandas' are stripped already: 26 MB of them would lose 25 kB.
inline constexpr std::size_t kWorthStripping = 200;

/// The stripped file, or nullopt when it is not a well-formed 64-bit little-endian shared object or
/// executable with a section table, carries bytes that no table accounts for, wants an alignment
/// above the page, or would not become shorter by one part in kWorthStripping.
std::optional<std::vector<std::byte>> strip_elf(std::span<const std::byte> bytes);

/// The same within the memory of the file itself, with what stayed as it was, ascending; nullopt, and `bytes`
/// untouched, where strip_elf() gives nothing.
std::optional<std::vector<KeptRange>> strip_elf_in_place(std::vector<std::byte>& bytes);

}  // namespace lamella::archive
