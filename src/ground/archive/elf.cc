// SPDX-License-Identifier: Apache-2.0
#include "archive/elf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "archive/elf_format.h"
#include "archive/little_endian.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

using namespace elf;
using Bytes = std::span<const std::byte>;

// What no real shared object comes near; together they keep time and memory linear in the file.
constexpr std::size_t kMaxSections = 65'280;  // SHN_LORESERVE
constexpr std::size_t kMaxName = 4096;
constexpr std::size_t kMaxSectionName = 256;
constexpr std::size_t kMaxNeeded = 4096;
constexpr std::size_t kMaxVersions = 16'384;

Error bad(std::string why) {
  return Error(ErrorCode::kRejected, "the ELF file is malformed").because(std::move(why)).with("rule", "elf");
}

/// The NUL-terminated string at `offset` of `table`.
Result<std::string> string_at(Bytes table, std::uint64_t offset, std::size_t longest) {
  if (offset >= table.size()) return bad("a name lies outside its string table");
  const std::string_view rest =
      base::as_text(table.subspan(static_cast<std::size_t>(offset))).substr(0, longest + 1);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return bad("a name has no end");
  return std::string(rest.substr(0, end));
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t colon = std::min(text.find(':', begin), text.size());
    parts.push_back(text.substr(begin, colon - begin));
    begin = colon + 1;
  }
  return parts;
}

class Reader {
 public:
  explicit Reader(Bytes file) : file_(file) {}

  Result<ElfFile> read();

 private:
  Result<> read_segments();
  Result<> read_sections();
  Result<> read_dynamic(Bytes table);
  Result<> read_dynamic_names(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& names);
  Result<> read_versions(std::uint64_t address, std::uint64_t count);
  Result<VersionNeed> read_version_need(Bytes table, std::size_t at, std::size_t& budget);
  Result<> check_loads() const;
  /// What the loader reads would be what the headers are, which no linker makes: rewriting those would change it.
  Result<> check_apart(Bytes table) const;
  /// The file's bytes from a virtual address to the end of its segment.
  Result<Bytes> at_address(std::uint64_t address) const;

  Bytes file_;
  ElfFile elf_;
  Bytes strings_;
};

Result<ElfFile> Reader::read() {
  constexpr std::size_t kIdentSize = 16;
  if (file_.size() < kIdentSize + 4 || binary_kind(file_) != BinaryKind::kElf)
    return bad("it is too short, or no ELF");
  const auto width = load<std::uint8_t>(file_, 4);
  const auto order = load<std::uint8_t>(file_, 5);
  if ((width != 1 && width != 2) || (order != 1 && order != 2))
    return bad("its class or byte order is unknown");
  elf_.is_64 = width == 2;
  elf_.little_endian = order == 1;
  elf_.type = load<std::uint16_t>(file_, 16);
  elf_.machine = load<std::uint16_t>(file_, 18);
  const auto swapped = [](std::uint16_t v) { return static_cast<std::uint16_t>(v << 8U | v >> 8U); };
  if (!elf_.little_endian) {
    elf_.type = swapped(elf_.type);
    elf_.machine = swapped(elf_.machine);
  }
  if (!elf_.is_64 || !elf_.little_endian) return std::move(elf_);
  if (file_.size() < kHeaderSize) return bad("its header is cut short");

  LAMELLA_TRY(read_segments());
  LAMELLA_TRY(check_loads());
  LAMELLA_TRY(read_sections());
  bool dynamic = false;
  bool interpreter = false;
  for (const ElfSegment& segment : elf_.segments) {
    interpreter = interpreter || segment.type == kInterpreter;
    // Without bytes in the file (debug information alone) its offset means nothing.
    if (segment.type != kDynamic || segment.file_size == 0) continue;
    if (dynamic) return bad("it has two dynamic segments");
    dynamic = true;
    elf_.is_shared_object = elf_.type == kDynamicObject;
    LAMELLA_TRY(read_dynamic(file_.subspan(static_cast<std::size_t>(segment.offset),
                                           static_cast<std::size_t>(segment.file_size))));
  }
  if (interpreter && !elf_.soname) elf_.is_shared_object = false;
  return std::move(elf_);
}

Result<> Reader::read_segments() {
  const auto count = load<std::uint16_t>(file_, kProgramCountAt);
  if (count == 0) return {};
  const auto offset = load<std::uint64_t>(file_, kProgramOffsetAt);
  if (count == kManyPrograms || load<std::uint16_t>(file_, 54) != kProgramHeaderSize ||
      !within(offset, count * kProgramHeaderSize, file_.size())) {
    return bad("its program headers lie outside the file");
  }
  if (offset < kHeaderSize) return bad("its program headers lie over its header");
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes at =
        file_.subspan(static_cast<std::size_t>(offset) + i * kProgramHeaderSize, kProgramHeaderSize);
    ElfSegment segment;
    segment.type = load<std::uint32_t>(at, 0);
    segment.flags = load<std::uint32_t>(at, 4);
    segment.offset = load<std::uint64_t>(at, 8);
    segment.address = load<std::uint64_t>(at, 16);
    segment.file_size = load<std::uint64_t>(at, 32);
    segment.memory_size = load<std::uint64_t>(at, 40);
    segment.align = load<std::uint64_t>(at, 48);
    if (segment.file_size != 0 && !within(segment.offset, segment.file_size, file_.size())) {
      return bad(fmt::format("segment {} lies outside the file", i));
    }
    elf_.segments.push_back(segment);
  }
  return {};
}

Result<> Reader::check_loads() const {
  std::uint64_t end = 0;
  for (const ElfSegment& segment : elf_.segments) {
    if (segment.type != kLoad) continue;
    if (segment.memory_size < segment.file_size || segment.address + segment.memory_size < segment.address) {
      return bad("a loaded segment is smaller in memory than in the file, or wraps around");
    }
    if ((segment.align & (segment.align - 1)) != 0)
      return bad("a loaded segment's alignment is no power of two");
    if (segment.address < end) return bad("loaded segments overlap or are not in order");
    end = segment.address + segment.memory_size;
  }
  return {};
}

Result<> Reader::read_sections() {
  const auto offset = load<std::uint64_t>(file_, kSectionOffsetAt);
  std::uint64_t count = load<std::uint16_t>(file_, kSectionCountAt);
  std::uint64_t names = load<std::uint16_t>(file_, kSectionNamesAt);
  if (offset == 0 || (count == 0 && offset == file_.size())) return {};
  if (load<std::uint16_t>(file_, 58) != kSectionHeaderSize ||
      !within(offset, kSectionHeaderSize, file_.size())) {
    return bad("its section table lies outside the file");
  }
  const Bytes table = file_.subspan(static_cast<std::size_t>(offset));
  if (count == 0) count = load<std::uint64_t>(table, 32);
  if (names == kNamesElsewhere) names = load<std::uint32_t>(table, 40);
  if (count > kMaxSections || count * kSectionHeaderSize > table.size()) {
    return bad(fmt::format("its {} section headers lie outside the file", count));
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Bytes at = table.subspan(i * kSectionHeaderSize, kSectionHeaderSize);
    ElfSection section;
    section.type = load<std::uint32_t>(at, 4);
    section.flags = load<std::uint64_t>(at, 8);
    section.address = load<std::uint64_t>(at, 16);
    section.offset = load<std::uint64_t>(at, 24);
    section.size = load<std::uint64_t>(at, 32);
    if (section.has_bytes() && !within(section.offset, section.size, file_.size())) {
      return bad(fmt::format("section {} lies outside the file", i));
    }
    elf_.sections.push_back(std::move(section));
  }
  if (names == 0) return {};
  if (names >= count || elf_.sections[names].type != kStringSection)
    return bad("its section names are missing");
  const Bytes strings = file_.subspan(static_cast<std::size_t>(elf_.sections[names].offset),
                                      static_cast<std::size_t>(elf_.sections[names].size));
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = load<std::uint32_t>(table, i * kSectionHeaderSize);
    if (elf_.sections[i].type == kNullSection) continue;
    LAMELLA_TRY_ASSIGN(elf_.sections[i].name, string_at(strings, name, kMaxSectionName));
  }
  return {};
}

Result<> Reader::check_apart(Bytes table) const {
  const auto begin = static_cast<std::uint64_t>(table.data() - file_.data());
  const auto programs = load<std::uint64_t>(file_, kProgramOffsetAt);
  const std::uint64_t programs_end = programs + elf_.segments.size() * kProgramHeaderSize;
  const bool over = begin < kHeaderSize || (begin < programs_end && begin + table.size() > programs);
  return over && !table.empty() ? bad("a dynamic table lies over its headers") : Result<>();
}

Result<Bytes> Reader::at_address(std::uint64_t address) const {
  for (const ElfSegment& segment : elf_.segments) {
    if (segment.type != kLoad || address < segment.address || address - segment.address >= segment.file_size)
      continue;
    const std::uint64_t skip = address - segment.address;
    return file_.subspan(static_cast<std::size_t>(segment.offset + skip),
                         static_cast<std::size_t>(segment.file_size - skip));
  }
  return bad("a dynamic table lies outside its loaded segments");
}

Result<> Reader::read_dynamic(Bytes table) {
  LAMELLA_TRY(check_apart(table));
  std::vector<std::pair<std::uint64_t, std::uint64_t>> names;  // tag, offset in the string table
  std::uint64_t strings = 0;
  std::uint64_t strings_size = 0;
  std::uint64_t versions = 0;
  std::uint64_t version_count = 0;
  for (std::size_t at = 0; at + kDynamicSize <= table.size(); at += kDynamicSize) {
    const auto tag = load<std::uint64_t>(table, at);
    const auto value = load<std::uint64_t>(table, at + 8);
    if (tag == kTagNull) break;
    switch (tag) {
      case kTagNeeded:
      case kTagSoname:
      case kTagRpath:
      case kTagRunpath: names.emplace_back(tag, value); break;
      case kTagStrings: strings = value; break;
      case kTagStringsSize: strings_size = value; break;
      case kTagVerneed: versions = value; break;
      case kTagVerneedCount: version_count = value; break;
      case kTagFlags1:
        if ((value & kFlag1Pie) != 0) elf_.is_shared_object = false;
        break;
      default: break;
    }
    if (names.size() > kMaxNeeded) return bad("it needs more libraries than any real file");
  }
  if (names.empty() && version_count == 0) return {};
  LAMELLA_TRY_ASSIGN(const Bytes from_strings, at_address(strings));
  if (strings_size > from_strings.size()) return bad("its dynamic string table leaves its segment");
  strings_ = from_strings.first(static_cast<std::size_t>(strings_size));
  LAMELLA_TRY(check_apart(strings_));
  LAMELLA_TRY(read_dynamic_names(names));
  return version_count == 0 ? Result<>() : read_versions(versions, version_count);
}

Result<> Reader::read_dynamic_names(const std::vector<std::pair<std::uint64_t, std::uint64_t>>& names) {
  for (const auto& [tag, offset] : names) {
    LAMELLA_TRY_ASSIGN(std::string name, string_at(strings_, offset, kMaxName));
    switch (tag) {
      case kTagNeeded: elf_.needed.push_back(std::move(name)); break;
      case kTagSoname: elf_.soname = std::move(name); break;
      case kTagRpath: elf_.rpath = split(name); break;
      default: elf_.runpath = split(name); break;
    }
  }
  return {};
}

Result<VersionNeed> Reader::read_version_need(Bytes table, std::size_t at, std::size_t& budget) {
  VersionNeed need;
  LAMELLA_TRY_ASSIGN(need.library, string_at(strings_, load<std::uint32_t>(table, at + 4), kMaxName));
  const auto count = load<std::uint16_t>(table, at + 2);
  std::uint64_t aux = at + std::uint64_t{load<std::uint32_t>(table, at + 8)};
  for (std::uint16_t i = 0; i < count; ++i) {
    if (!within(aux, kVernauxSize, table.size())) return bad("a symbol version lies outside its segment");
    if (budget-- == 0) return bad("it wants more symbol versions than any real file");
    const auto here = static_cast<std::size_t>(aux);
    LAMELLA_TRY(check_apart(table.subspan(here, kVernauxSize)));
    LAMELLA_TRY_ASSIGN(std::string version,
                       string_at(strings_, load<std::uint32_t>(table, here + 8), kMaxSectionName));
    need.versions.push_back(std::move(version));
    const auto next = load<std::uint32_t>(table, here + 12);
    if (next == 0) break;
    aux += next;
  }
  return need;
}

Result<> Reader::read_versions(std::uint64_t address, std::uint64_t count) {
  LAMELLA_TRY_ASSIGN(const Bytes table, at_address(address));
  std::size_t budget = kMaxVersions;
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!within(at, kVerneedSize, table.size())) return bad("its symbol versions leave their segment");
    if (budget-- == 0) return bad("it wants more symbol versions than any real file");
    const auto here = static_cast<std::size_t>(at);
    LAMELLA_TRY(check_apart(table.subspan(here, kVerneedSize)));
    LAMELLA_TRY_ASSIGN(auto need, read_version_need(table, here, budget));
    elf_.version_needs.push_back(std::move(need));
    const auto next = load<std::uint32_t>(table, here + 12);
    if (next == 0) break;
    at += next;
  }
  return {};
}

/// "2.14" as {2, 14}; empty when it is anything else.
std::vector<unsigned> parse_version(std::string_view text) {
  std::vector<unsigned> parts;
  while (true) {
    unsigned part = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc()) return {};
    parts.push_back(part);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return parts;
    if (text.front() != '.') return {};
    text.remove_prefix(1);
  }
}

}  // namespace

bool ElfSection::allocated() const { return (flags & kAllocated) != 0; }
bool ElfSection::has_bytes() const { return type != kNullSection && type != kNoBits; }

BinaryKind binary_kind(std::span<const std::byte> bytes) {
  if (bytes.size() < 4) return BinaryKind::kOther;
  switch (load<std::uint32_t>(bytes, 0)) {
    case 0x464c457f: return BinaryKind::kElf;
    case 0xfeedface:
    case 0xfeedfacf:
    case 0xcefaedfe:
    case 0xcffaedfe: return BinaryKind::kMachO;
    case 0xbebafeca:  // also a Java class: there the next number is a version above any count of slices
      return bytes.size() >= 8 && load<std::uint8_t>(bytes, 7) < 20 && load<std::uint8_t>(bytes, 6) == 0
                 ? BinaryKind::kMachO
                 : BinaryKind::kOther;
    default: break;
  }
  if (base::as_text(bytes.first(2)) != "MZ" || bytes.size() < 64) return BinaryKind::kOther;
  const auto header = load<std::uint32_t>(bytes, 60);
  const bool pe = within(header, 4, bytes.size()) && load<std::uint32_t>(bytes, header) == 0x00004550;
  return pe ? BinaryKind::kPe : BinaryKind::kOther;
}

Result<ElfFile> read_elf(std::span<const std::byte> bytes) { return Reader(bytes).read(); }

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case kMachineX86_64: return "x86_64";
    case kMachineAarch64: return "aarch64";
    default: return fmt::format("machine {}", machine);
  }
}

std::vector<unsigned> highest_version(const ElfFile& elf, std::string_view prefix) {
  std::vector<unsigned> highest;
  for (const VersionNeed& need : elf.version_needs) {
    for (const std::string_view version : need.versions) {
      if (!version.starts_with(prefix) || version.substr(prefix.size(), 1) != "_") continue;
      highest = std::max(highest, parse_version(version.substr(prefix.size() + 1)));
    }
  }
  return highest;
}

}  // namespace lamella::archive
