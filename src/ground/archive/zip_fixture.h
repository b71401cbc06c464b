// SPDX-License-Identifier: Apache-2.0
//
// For tests: zips made byte by byte, each number free to lie.  Without overrides the result is honest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "archive/crc32.h"
#include "archive/deflate.h"
#include "archive/little_endian.h"
#include "base/encoding.h"

namespace lamella::archive::fixture {

struct Member {
  std::string name = "a.txt";
  std::string content = "hello hello hello";
  std::uint16_t method = 8;
  std::uint16_t flags = 0;
  std::uint16_t made_by = 0x0314;
  std::uint16_t needs = 20;  ///< version to read it
  std::uint32_t attributes = 0100644U << 16U;
  std::uint32_t date_time = 0x00210000;
  bool descriptor = false;  ///< zeros in the local header, numbers after the data
  std::string local_extra;
  std::string central_extra;
  std::optional<std::string> local_name;
  std::optional<std::uint16_t> local_method;
  std::optional<std::uint16_t> local_flags;
  std::optional<std::string> packed;  ///< the compressed bytes
  std::optional<std::uint32_t> crc;   ///< in both headers
  std::optional<std::uint32_t> local_crc;
  std::optional<std::uint32_t> size;         ///< in both headers
  std::optional<std::uint32_t> packed_size;  ///< in both headers
  std::optional<std::uint32_t> local_size;
  std::optional<std::string> descriptor_bytes;
  std::optional<std::uint32_t> offset;  ///< in the central header
  std::string before;                   ///< stray bytes in front of the local header
  bool central = true;                  ///< false: only the local header exists
  bool local = true;                    ///< false: only the central header exists
};

struct Zip {
  std::vector<Member> members = {Member{}};
  std::string prefix;
  std::string comment;
  std::string suffix;
  std::string before_end;  ///< ZIP64 records
  std::optional<std::uint16_t> count;
  std::optional<std::uint16_t> comment_size;
  std::optional<std::uint32_t> directory_offset;
  std::optional<std::uint32_t> directory_size;
  std::uint16_t disk = 0;
};

inline std::string deflated(const std::string& text) {
  const auto bytes = deflate(base::as_bytes(text));
  return std::string(base::as_text(bytes));
}

inline std::string numbers(std::uint64_t value, std::size_t bytes) {
  std::string out;
  append(out, value);
  return out.substr(0, bytes);
}

struct Placed {
  std::string packed;
  std::uint32_t crc = 0;
  std::uint32_t size = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t offset = 0;
};

inline Placed append_local(std::string& out, const Member& m) {
  Placed p;
  p.packed = m.packed.value_or(m.method == 8 ? deflated(m.content) : m.content);
  p.crc = m.crc.value_or(crc32(base::as_bytes(m.content)));
  p.size = m.size.value_or(static_cast<std::uint32_t>(m.content.size()));
  p.packed_size = m.packed_size.value_or(static_cast<std::uint32_t>(p.packed.size()));
  out += m.before;
  p.offset = m.offset.value_or(static_cast<std::uint32_t>(out.size()));
  if (!m.local) return p;
  const std::string name = m.local_name.value_or(m.name);
  const std::uint16_t flags =
      m.local_flags.value_or(static_cast<std::uint16_t>(m.flags | (m.descriptor ? 8 : 0)));
  append(out, std::uint32_t{0x04034b50});
  append(out, std::uint16_t{20});
  append(out, flags);
  append(out, m.local_method.value_or(m.method));
  append(out, m.date_time);
  append(out, m.descriptor ? 0 : m.local_crc.value_or(p.crc));
  append(out, m.descriptor ? 0 : p.packed_size);
  append(out, m.descriptor ? 0 : m.local_size.value_or(p.size));
  append(out, static_cast<std::uint16_t>(name.size()));
  append(out, static_cast<std::uint16_t>(m.local_extra.size()));
  out += name + m.local_extra + p.packed;
  if (!m.descriptor) return p;
  out += m.descriptor_bytes.value_or(numbers(0x08074b50, 4) + numbers(p.crc, 4) + numbers(p.packed_size, 4) +
                                     numbers(p.size, 4));
  return p;
}

inline void append_central(std::string& out, const Member& m, const Placed& p) {
  append(out, std::uint32_t{0x02014b50});
  append(out, m.made_by);
  append(out, m.needs);
  append(out, static_cast<std::uint16_t>(m.flags | (m.descriptor ? 8 : 0)));
  append(out, m.method);
  append(out, m.date_time);
  append(out, p.crc);
  append(out, p.packed_size);
  append(out, p.size);
  append(out, static_cast<std::uint16_t>(m.name.size()));
  append(out, static_cast<std::uint16_t>(m.central_extra.size()));
  out += numbers(0, 6);  // comment, disk, internal attributes
  append(out, m.attributes);
  append(out, p.offset);
  out += m.name + m.central_extra;
}

inline std::string build(const Zip& zip) {
  std::string out = zip.prefix;
  std::string directory;
  std::uint16_t count = 0;
  for (const Member& member : zip.members) {
    const Placed placed = append_local(out, member);
    if (!member.central) continue;
    append_central(directory, member, placed);
    ++count;
  }
  const auto offset = static_cast<std::uint32_t>(out.size());
  out += directory + zip.before_end;
  append(out, std::uint32_t{0x06054b50});
  append(out, zip.disk);
  append(out, zip.disk);
  append(out, zip.count.value_or(count));
  append(out, zip.count.value_or(count));
  append(out, zip.directory_size.value_or(static_cast<std::uint32_t>(directory.size())));
  append(out, zip.directory_offset.value_or(offset));
  append(out, zip.comment_size.value_or(static_cast<std::uint16_t>(zip.comment.size())));
  return out + zip.comment + zip.suffix;
}

inline std::string build(const Member& member) { return build(Zip{.members = {member}}); }

/// An extra field of one record.
inline std::string extra(std::uint16_t id, const std::string& payload) {
  return numbers(id, 2) + numbers(payload.size(), 2) + payload;
}

/// ZIP64 end record and locator; `record_at` is where the former stands.
inline std::string end_64(std::uint64_t count, std::uint64_t size, std::uint64_t offset,
                          std::uint64_t record_at) {
  return numbers(0x06064b50, 4) + numbers(44, 8) + numbers(45, 2) + numbers(45, 2) + numbers(0, 8) +
         numbers(count, 8) + numbers(count, 8) + numbers(size, 8) + numbers(offset, 8) +
         numbers(0x07064b50, 4) + numbers(0, 4) + numbers(record_at, 8) + numbers(1, 4);
}

}  // namespace lamella::archive::fixture
