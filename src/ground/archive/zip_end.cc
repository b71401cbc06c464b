// SPDX-License-Identifier: Apache-2.0
//
// Readers disagree about archives with more than one plausible end: some take the last signature, some
// the last whose comment fits, some trust the locator.  So every candidate but one is a reason to refuse.
#include <algorithm>
#include <array>
#include <optional>

#include "archive/little_endian.h"
#include "archive/zip_format.h"
#include "archive/zip_parse.h"
#include "base/encoding.h"

namespace lamella::archive::zip {
namespace {

constexpr std::size_t kMaxComment = 0xffff;

/// The offset of the end record.
Result<std::size_t> find_end(Bytes bytes) {
  if (bytes.size() < kEndSize) return refuse("no-end", "it is too short to be a zip archive");
  const std::size_t window = std::min(bytes.size(), kEndSize + kMaxComment);
  const std::size_t base = bytes.size() - window;
  const std::string_view tail = base::as_text(bytes.subspan(base));
  constexpr std::string_view kSignature("PK\5\6", 4);

  const std::size_t last = tail.rfind(kSignature);
  if (last == std::string_view::npos) return refuse("no-end", "it has no end-of-directory record");
  const auto ends_the_file = [&](std::size_t at) {
    return at + kEndSize <= window && at + kEndSize + load<std::uint16_t>(bytes, base + at + 20) == window;
  };
  if (!ends_the_file(last)) {
    return refuse("trailing-bytes",
                  "bytes follow its end-of-directory record, or there are two such records");
  }
  for (std::size_t at = tail.find(kSignature); at < last; at = tail.find(kSignature, at + 1)) {
    if (ends_the_file(at)) return refuse("two-ends", "it has two end-of-directory records");
  }
  return base + last;
}

struct Narrow {  // the plain end record
  std::uint16_t count = 0;
  std::uint32_t size = 0;
  std::uint32_t offset = 0;
};

template <class Wide, class Small>
bool agrees(Wide wide, Small small) {
  return small == static_cast<Small>(~Small{0}) || wide == small;
}

/// Replaces the narrow numbers by those of the ZIP64 records before `at`.  Returns where these begin.
Result<std::size_t> read_end_64(Bytes bytes, std::size_t at, const Narrow& narrow, End& end) {
  const std::size_t locator = at - kLocator64Size;
  const auto record = load<std::uint64_t>(bytes, locator + 8);
  const bool one_disk =
      load<std::uint32_t>(bytes, locator + 4) == 0 && load<std::uint32_t>(bytes, locator + 16) == 1;
  if (!one_disk) return refuse("split-disk", "it is one part of several");
  if (locator < kEnd64Size || record != locator - kEnd64Size) {
    return refuse("bad-zip64", "its ZIP64 locator does not point at the record before it");
  }
  const auto begin = static_cast<std::size_t>(record);
  if (load<std::uint32_t>(bytes, begin) != kEnd64Signature ||
      load<std::uint64_t>(bytes, begin + 4) != kEnd64Size - 12) {
    return refuse("bad-zip64", "its ZIP64 end record is malformed");
  }
  const auto count = load<std::uint64_t>(bytes, begin + 32);
  if (load<std::uint64_t>(bytes, begin + 16) != 0 || load<std::uint64_t>(bytes, begin + 24) != count) {
    return refuse("split-disk", "it is one part of several");
  }
  end = {count, load<std::uint64_t>(bytes, begin + 48), load<std::uint64_t>(bytes, begin + 40)};
  if (!agrees(end.count, narrow.count) || !agrees(end.directory_size, narrow.size) ||
      !agrees(end.directory_offset, narrow.offset)) {
    return refuse("bad-zip64", "its ZIP64 end record contradicts the plain one");
  }
  return begin;
}

bool is_canonical(Bytes bytes, const End& end, std::size_t from) {
  std::string expected;
  append_end(expected, end.count, end.directory_offset, end.directory_size);
  return base::as_text(bytes.subspan(from)) == expected;
}

}  // namespace

Result<End> read_end(Bytes bytes, Profile profile) {
  LAMELLA_TRY_ASSIGN(const std::size_t at, find_end(bytes));
  const auto count = load<std::uint16_t>(bytes, at + 10);
  if (load<std::uint32_t>(bytes, at + 4) != 0 || load<std::uint16_t>(bytes, at + 8) != count) {
    return refuse("split-disk", "it is one part of several");
  }
  const Narrow narrow{count, load<std::uint32_t>(bytes, at + 12), load<std::uint32_t>(bytes, at + 16)};
  End end{narrow.count, narrow.offset, narrow.size};
  std::size_t begin = at;
  if (at >= kLocator64Size && load<std::uint32_t>(bytes, at - kLocator64Size) == kLocator64Signature) {
    LAMELLA_TRY_ASSIGN(begin, read_end_64(bytes, at, narrow, end));
  } else if (narrow.size == kIn64For32 || narrow.offset == kIn64For32) {
    return refuse("bad-zip64", "it refers to ZIP64 records that are not there");
  }
  if (!within(end.directory_offset, end.directory_size, begin) ||
      end.directory_offset + end.directory_size != begin) {
    return refuse("prefix-bytes",
                  "its directory is not where the end record says: bytes were put before or between");
  }
  if (profile == Profile::kOwn && !is_canonical(bytes, end, begin)) {
    return refuse("not-canonical", "its end record is not as we write it");
  }
  return end;
}

}  // namespace lamella::archive::zip
