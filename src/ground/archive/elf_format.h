// SPDX-License-Identifier: Apache-2.0
//
// Numbers of the ELF format (System V gABI, LSB symbol versions).  Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lamella::archive::elf {

inline constexpr std::size_t kHeaderSize = 64;
inline constexpr std::size_t kProgramHeaderSize = 56;
inline constexpr std::size_t kSectionHeaderSize = 64;
inline constexpr std::size_t kDynamicSize = 16;
inline constexpr std::size_t kVerneedSize = 16;
inline constexpr std::size_t kVernauxSize = 16;

inline constexpr std::size_t kProgramOffsetAt = 32;  ///< e_phoff
inline constexpr std::size_t kSectionOffsetAt = 40;  ///< e_shoff
inline constexpr std::size_t kProgramCountAt = 56;   ///< e_phnum
inline constexpr std::size_t kSectionCountAt = 60;   ///< e_shnum
inline constexpr std::size_t kSectionNamesAt = 62;   ///< e_shstrndx

inline constexpr std::uint16_t kExecutable = 2;
inline constexpr std::uint16_t kDynamicObject = 3;

inline constexpr std::uint32_t kLoad = 1;
inline constexpr std::uint32_t kDynamic = 2;
inline constexpr std::uint32_t kInterpreter = 3;

inline constexpr std::uint32_t kNullSection = 0;
inline constexpr std::uint32_t kStringSection = 3;
inline constexpr std::uint32_t kNoBits = 8;
inline constexpr std::uint64_t kAllocated = 2;

inline constexpr std::uint16_t kManyPrograms = 0xffff;    ///< PN_XNUM
inline constexpr std::uint16_t kNamesElsewhere = 0xffff;  ///< SHN_XINDEX

enum Tag : std::uint64_t {
  kTagNull = 0,
  kTagNeeded = 1,
  kTagStrings = 5,
  kTagStringsSize = 10,
  kTagSoname = 14,
  kTagRpath = 15,
  kTagRunpath = 29,
  kTagFlags1 = 0x6ffffffb,
  kTagVerneed = 0x6ffffffe,
  kTagVerneedCount = 0x6fffffff,
};
inline constexpr std::uint64_t kFlag1Pie = 0x08000000;

}  // namespace lamella::archive::elf
