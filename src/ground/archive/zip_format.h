// SPDX-License-Identifier: Apache-2.0
//
// The records of a zip as we write them (APPNOTE 6.3.10, sections 4.3.7 to 4.3.16), and the
// numbers both reader and writer need.  Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "archive/entry.h"

namespace lamella::archive::zip {

inline constexpr std::uint32_t kLocalSignature = 0x04034b50;
inline constexpr std::uint32_t kCentralSignature = 0x02014b50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074b50;
inline constexpr std::uint32_t kEndSignature = 0x06054b50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064b50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064b50;

inline constexpr std::size_t kLocalSize = 30;
inline constexpr std::size_t kCentralSize = 46;
inline constexpr std::size_t kEndSize = 22;
inline constexpr std::size_t kEnd64Size = 56;
inline constexpr std::size_t kLocator64Size = 20;

inline constexpr std::uint16_t kFlagDescriptor = 1U << 3;
inline constexpr std::uint16_t kFlagUtf8 = 1U << 11;
inline constexpr std::uint16_t kExtraZip64 = 0x0001;
inline constexpr std::uint16_t kExtraUnicodePath = 0x7075;

inline constexpr std::uint16_t kIn64For16 = 0xffff;      ///< the number stands in a ZIP64 record
inline constexpr std::uint32_t kIn64For32 = 0xffffffff;  ///< likewise

/// st_mode's file type bits.
inline constexpr std::uint32_t kTypeMask = 0170000;
inline constexpr std::uint32_t kTypeFile = 0100000;
inline constexpr std::uint32_t kTypeDirectory = 0040000;
inline constexpr std::uint32_t kTypeSymlink = 0120000;

/// The modes we write: 0644, 0755, and 0777 for links.
std::uint16_t canonical_mode(EntryKind kind, bool executable);

/// Appends the entry's local header.  Everything but its offsets counts.
void append_local_header(std::string& out, const Entry& entry);
/// Its length without writing it.
std::uint64_t local_header_size(const Entry& entry);
/// Appends the entry's central header; data_offset does not count.
void append_central_header(std::string& out, const Entry& entry);
/// Appends the end record, after ZIP64's end record and locator where a number needs them.
void append_end(std::string& out, std::uint64_t count, std::uint64_t directory_offset,
                std::uint64_t directory_size);

bool is_ascii(std::string_view text);

}  // namespace lamella::archive::zip
