// SPDX-License-Identifier: Apache-2.0
#include "archive/elf_strip.h"

#include <algorithm>
#include <array>
#include <string>

#include "archive/elf.h"
#include "archive/elf_format.h"
#include "archive/little_endian.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

using namespace elf;
using Bytes = std::span<const std::byte>;

/// A range of the file that stays, and by how much it moves down.
struct Piece {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t shift = 0;
};

/// The largest page a kernel of the machine may use.
std::size_t page_of(const ElfFile& elf) { return elf.machine == kMachineX86_64 ? 4096 : 65'536; }

std::size_t aligned(std::size_t offset) { return (offset + 7U) & ~std::size_t{7}; }

/// What stays, ascending and apart from each other, with the shifts that close the holes between.
std::vector<Piece> pieces_of(const ElfFile& elf, Bytes file) {
  const auto programs = static_cast<std::size_t>(load<std::uint64_t>(file, kProgramOffsetAt));
  std::vector<Piece> all = {{0, kHeaderSize},
                            {programs, programs + elf.segments.size() * kProgramHeaderSize}};
  const auto keep = [&](std::uint64_t offset, std::uint64_t size) {
    if (size != 0) all.push_back({static_cast<std::size_t>(offset), static_cast<std::size_t>(offset + size)});
  };
  for (const ElfSegment& segment : elf.segments) keep(segment.offset, segment.file_size);
  for (const ElfSection& section : elf.sections) {
    if (section.allocated() && section.has_bytes()) keep(section.offset, section.size);
  }
  std::sort(all.begin(), all.end(), [](const Piece& a, const Piece& b) { return a.begin < b.begin; });

  std::vector<Piece> pieces;
  for (const Piece& piece : all) {
    if (!pieces.empty() && piece.begin <= pieces.back().end) {
      pieces.back().end = std::max(pieces.back().end, piece.end);
    } else {
      pieces.push_back(piece);
    }
  }
  const std::size_t page = page_of(elf);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::size_t hole = pieces[i].begin - pieces[i - 1].end;
    pieces[i].shift = pieces[i - 1].shift + hole / page * page;
  }
  return pieces;
}

/// By how much what stands at `offset` moves.
std::size_t shift_at(const std::vector<Piece>& pieces, std::uint64_t offset) {
  const auto after =
      std::upper_bound(pieces.begin(), pieces.end(), offset,
                       [](std::uint64_t value, const Piece& piece) { return value < piece.begin; });
  return std::prev(after)->shift;  // the first piece begins at 0
}

bool are_zeros(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Something follows that neither header, segments, sections nor tables account for.  (Zeros are
/// padding: patchelf leaves one.)
bool carries_more(const ElfFile& elf, Bytes file, std::size_t kept_end) {
  const auto table = static_cast<std::size_t>(load<std::uint64_t>(file, kSectionOffsetAt));
  std::size_t end = std::max(kept_end, table + elf.sections.size() * kSectionHeaderSize);
  for (const ElfSection& section : elf.sections) {
    if (section.has_bytes()) end = std::max(end, static_cast<std::size_t>(section.offset + section.size));
  }
  return !are_zeros(file.subspan(end));
}

template <std::unsigned_integral T>
void put(std::span<std::byte> out, std::size_t at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out[at + i] = static_cast<std::byte>(static_cast<unsigned char>(std::uint64_t{value} >> (8 * i)));
  }
}

/// The new section table and its names.  Kept sections keep their index, since dynamic symbols name
/// sections by it; a removed one in between becomes a null.
struct SectionTable {
  std::string headers;
  std::string names = std::string(1, '\0');
  std::size_t count = 0;
};

void append_names_section(SectionTable& out, std::size_t names_offset) {
  const auto name = static_cast<std::uint32_t>(out.names.size());
  out.names += std::string(".shstrtab") + '\0';
  append(out.headers, name);
  append(out.headers, kStringSection);
  append(out.headers, std::uint64_t{0});  // flags
  append(out.headers, std::uint64_t{0});  // address
  append(out.headers, std::uint64_t{names_offset});
  append(out.headers, std::uint64_t{out.names.size()});
  append(out.headers, std::uint64_t{0});  // link, info
  append(out.headers, std::uint64_t{1});  // alignment
  append(out.headers, std::uint64_t{0});  // entry size
}

SectionTable rebuild(const ElfFile& elf, Bytes table, const std::vector<Piece>& pieces,
                     std::size_t names_offset) {
  const auto last = std::find_if(elf.sections.rbegin(), elf.sections.rend(),
                                 [](const ElfSection& section) { return section.allocated(); });
  const auto kept = static_cast<std::size_t>(elf.sections.rend() - last);
  SectionTable out;
  for (std::size_t i = 0; i < std::max<std::size_t>(kept, 1); ++i) {
    if (i >= kept || !elf.sections[i].allocated()) {
      out.headers.append(kSectionHeaderSize, '\0');
      continue;
    }
    const Bytes old = table.subspan(i * kSectionHeaderSize, kSectionHeaderSize);
    std::array<std::byte, kSectionHeaderSize> record{};
    std::copy(old.begin(), old.end(), record.begin());
    const std::uint64_t old_offset = elf.sections[i].offset;
    const std::uint64_t moved = old_offset - shift_at(pieces, old_offset);
    // An empty section keeps nothing in the file, and may have stood where nothing is any more.
    const std::uint64_t offset =
        elf.sections[i].has_bytes() ? std::min<std::uint64_t>(moved, names_offset) : moved;
    const auto link = load<std::uint32_t>(old, 40);
    put(record, 0, static_cast<std::uint32_t>(out.names.size()));
    put(record, 24, offset);
    if (link >= kept || !elf.sections[link].allocated()) put(record, 40, std::uint32_t{0});
    out.headers += base::as_text(record);
    out.names += elf.sections[i].name + '\0';
  }
  append_names_section(out, names_offset);
  out.count = out.headers.size() / kSectionHeaderSize;
  return out;
}

/// A section that must lie on more than a page's boundary needs its segment's own alignment.
bool wants_more_than_a_page(const ElfFile& elf, Bytes table) {
  for (std::size_t i = 0; i < elf.sections.size(); ++i) {
    const auto alignment = load<std::uint64_t>(table, i * kSectionHeaderSize + 48);
    if (elf.sections[i].allocated() && alignment > page_of(elf)) return true;
  }
  return false;
}

/// Points the program headers at where their segments stand now.
void move_segments(const ElfFile& elf, const std::vector<Piece>& pieces, std::span<std::byte> out) {
  const auto programs = load<std::uint64_t>(out, kProgramOffsetAt);
  const auto table = static_cast<std::size_t>(programs - shift_at(pieces, programs));
  put(out, kProgramOffsetAt, std::uint64_t{table});
  for (std::size_t i = 0; i < elf.segments.size(); ++i) {
    const ElfSegment& segment = elf.segments[i];
    const std::size_t shift = shift_at(pieces, segment.offset);
    if (shift == 0) continue;
    const std::size_t at = table + i * kProgramHeaderSize;
    put(out, at + 8, segment.offset - shift);
    if (segment.type == kLoad && segment.align > page_of(elf)) put(out, at + 48, std::uint64_t{page_of(elf)});
  }
}

/// Moves what stays to where it belongs, zeros in between, and gives what is as it was.  Pieces only move
/// down, so ascending order is safe.
std::vector<KeptRange> close_holes(const std::vector<Piece>& pieces, std::vector<std::byte>& bytes) {
  const auto at = [&](std::size_t offset) { return bytes.begin() + static_cast<std::ptrdiff_t>(offset); };
  std::vector<KeptRange> kept;
  Piece last;
  for (const Piece& piece : pieces) {
    const bool joins = !kept.empty() && piece.shift == last.shift &&
                       are_zeros(Bytes(bytes).subspan(last.end, piece.begin - last.end));
    const std::size_t begin = piece.begin - piece.shift;
    const std::size_t end = piece.end - piece.shift;
    if (piece.shift != 0) std::copy(at(piece.begin), at(piece.end), at(begin));
    std::fill(at(last.end - last.shift), at(begin), std::byte{0});
    if (joins) {
      kept.back().end = end;
    } else {
      kept.push_back({begin, end, piece.begin});
    }
    last = piece;
  }
  return kept;
}

/// `kept` but for what stood in [begin, end) before.
std::vector<KeptRange> without(const std::vector<KeptRange>& kept, std::size_t begin, std::size_t end) {
  std::vector<KeptRange> rest;
  const auto add = [&](const KeptRange& of, std::size_t from, std::size_t to) {
    if (from < to) rest.push_back({from - of.before + of.begin, to - of.before + of.begin, from});
  };
  for (const KeptRange& range : kept) {
    const std::size_t range_end = range.before + (range.end - range.begin);
    add(range, range.before, std::min(begin, range_end));
    add(range, std::max(end, range.before), range_end);
  }
  return rest;
}

}  // namespace

std::optional<std::vector<KeptRange>> strip_elf_in_place(std::vector<std::byte>& bytes) {
  const auto parsed = read_elf(bytes);
  if (!parsed || !parsed->is_64 || !parsed->little_endian) return std::nullopt;
  const ElfFile& elf = *parsed;
  const bool loadable = elf.type == kDynamicObject || elf.type == kExecutable;
  if (!loadable || elf.segments.empty() || elf.sections.empty()) return std::nullopt;
  const Bytes file = bytes;
  const Bytes table = file.subspan(static_cast<std::size_t>(load<std::uint64_t>(file, kSectionOffsetAt)));
  const std::vector<Piece> pieces = pieces_of(elf, file);
  if (carries_more(elf, file, pieces.back().end) || wants_more_than_a_page(elf, table)) return std::nullopt;

  const std::size_t kept = pieces.back().end - pieces.back().shift;
  const SectionTable sections = rebuild(elf, table, pieces, kept);
  const std::size_t new_table = aligned(kept + sections.names.size());
  const std::size_t size = new_table + sections.headers.size();
  if (size >= bytes.size() || bytes.size() - size < bytes.size() / kWorthStripping) return std::nullopt;

  const auto programs = static_cast<std::size_t>(load<std::uint64_t>(file, kProgramOffsetAt));
  const std::size_t programs_end = programs + elf.segments.size() * kProgramHeaderSize;
  auto same = without(without(close_holes(pieces, bytes), 0, kHeaderSize), programs, programs_end);
  bytes.resize(kept);
  move_segments(elf, pieces, bytes);
  const Bytes names = base::as_bytes(sections.names);
  const Bytes headers = base::as_bytes(sections.headers);
  bytes.insert(bytes.end(), names.begin(), names.end());
  bytes.resize(new_table);
  bytes.insert(bytes.end(), headers.begin(), headers.end());
  put(bytes, kSectionOffsetAt, std::uint64_t{new_table});
  put(bytes, kSectionCountAt, static_cast<std::uint16_t>(sections.count));
  put(bytes, kSectionNamesAt, static_cast<std::uint16_t>(sections.count - 1));
  return same;
}

std::optional<std::vector<std::byte>> strip_elf(std::span<const std::byte> bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  if (!strip_elf_in_place(copy)) return std::nullopt;
  return copy;
}

}  // namespace lamella::archive
