// SPDX-License-Identifier: Apache-2.0
#include "archive/elf_strip.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "archive/elf.h"
#include "archive/elf_fixture.h"
#include "archive/elf_format.h"
#include "archive/little_endian.h"

namespace lamella::archive {
namespace {

/// The segments' bytes by address, without the headers that may change: ELF header and program headers.
std::map<std::uint64_t, std::string> loaded(std::span<const std::byte> file) {
  std::map<std::uint64_t, std::string> image;
  const auto elf = read_elf(file).value();
  const std::size_t headers = elf::kHeaderSize + elf.segments.size() * elf::kProgramHeaderSize;
  for (const ElfSegment& segment : elf.segments) {
    if (segment.type != elf::kLoad) continue;
    EXPECT_EQ((segment.address - segment.offset) % 4096, 0U);
    auto bytes = std::string(base::as_text(file.subspan(segment.offset, segment.file_size)));
    if (segment.offset == 0) bytes.replace(0, headers, "");
    image[segment.address] =
        bytes + std::to_string(segment.memory_size) + "/" + std::to_string(segment.flags);
  }
  return image;
}

int call_answer(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    ADD_FAILURE() << dlerror();
    return 0;
  }
  const auto answer = reinterpret_cast<int (*)()>(dlsym(library, "answer"));
  const int result = answer == nullptr ? -1 : answer();
  dlclose(library);
  return result;
}

/// What is said to be as it was is, and it is nearly all.
void check_kept(std::span<const std::byte> original) {
  std::vector<std::byte> bytes(original.begin(), original.end());
  const auto kept = strip_elf_in_place(bytes);
  ASSERT_TRUE(kept.has_value());
  std::size_t end = 0;
  std::size_t same = 0;
  for (const KeptRange& range : *kept) {
    ASSERT_LE(end, range.begin);
    ASSERT_LT(range.begin, range.end);
    ASSERT_LE(range.end, bytes.size());
    end = range.end;
    same += range.end - range.begin;
    EXPECT_TRUE(std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(range.begin),
                           bytes.begin() + static_cast<std::ptrdiff_t>(range.end),
                           original.begin() + static_cast<std::ptrdiff_t>(range.before)));
  }
  EXPECT_GT(same, bytes.size() / 2);
}

void check_stripped(const fixture::Scratch& scratch, const std::string& original) {
  const auto stripped = strip_elf(base::as_bytes(original));
  ASSERT_TRUE(stripped.has_value());
  EXPECT_LT(stripped->size(), original.size());
  EXPECT_EQ(loaded(*stripped), loaded(base::as_bytes(original)));
  EXPECT_FALSE(strip_elf(*stripped).has_value()) << "stripping twice changes nothing";
  auto again = *stripped;
  EXPECT_FALSE(strip_elf_in_place(again));
  check_kept(base::as_bytes(original));
  EXPECT_EQ(again, *stripped) << "what cannot be stripped is not touched";
  const std::string path = scratch.write("stripped.so", base::as_text(*stripped));
  EXPECT_EQ(call_answer(path), 42);

  int status = 0;
  const std::string said =
      fixture::run("readelf --wide --sections --segments --dynamic --dyn-syms " + path, status);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(said.find("Warning"), std::string::npos) << said;
  EXPECT_EQ(said.find(".symtab"), std::string::npos);
  EXPECT_EQ(said.find(".debug_info"), std::string::npos);
  EXPECT_NE(said.find(".dynsym"), std::string::npos);

  const std::string reference = scratch.write("reference.so", original);
  fixture::run("strip -s " + reference, status);
  ASSERT_EQ(status, 0);
  const auto theirs = fixture::slurp(reference);
  EXPECT_EQ(loaded(base::as_bytes(theirs)), loaded(*stripped));
  EXPECT_LE(stripped->size(), theirs.size() + 64);
}

TEST(ElfStrip, LoadsTheSameBytesAsBefore) {
  const fixture::Scratch scratch;
  check_stripped(scratch, fixture::compile_library(scratch));
}

TEST(ElfStrip, SymbolsAloneAreWorthRemoving) {
  const fixture::Scratch scratch;
  check_stripped(scratch, fixture::compile_library(scratch, "-O1"));
}

/// What patchelf does: a loaded segment after the symbol tables.  Made here by moving the last loaded
/// segment of an honest library behind its end.
TEST(ElfStrip, ClosesTheHoleThatAnEditedFileHas) {
  const fixture::Scratch scratch;
  const std::string original = fixture::compile_library(scratch);
  const auto elf = read_elf(base::as_bytes(original)).value();
  std::string edited = original;
  const auto put = [&](std::size_t at, std::uint64_t value) {
    std::string number;
    append(number, value);
    edited.replace(at, number.size(), number);
  };
  std::size_t last = 0;
  for (std::size_t i = 0; i < elf.segments.size(); ++i) {
    if (elf.segments[i].type == elf::kLoad) last = i;
  }
  const ElfSegment moved = elf.segments[last];
  const std::uint64_t by = (original.size() / 4096 + 2) * 4096;
  edited.resize(moved.offset + by);
  edited += original.substr(moved.offset, moved.file_size) + '\0';
  const auto programs = load<std::uint64_t>(base::as_bytes(original), elf::kProgramOffsetAt);
  for (std::size_t i = 0; i < elf.segments.size(); ++i) {
    const bool inside = elf.segments[i].file_size != 0 && elf.segments[i].offset >= moved.offset &&
                        elf.segments[i].offset < moved.offset + moved.file_size;
    if (inside) put(programs + i * elf::kProgramHeaderSize + 8, elf.segments[i].offset + by);
  }
  const auto sections = load<std::uint64_t>(base::as_bytes(original), elf::kSectionOffsetAt);
  for (std::size_t i = 0; i < elf.sections.size(); ++i) {
    if (elf.sections[i].allocated() && elf.sections[i].offset >= moved.offset) {
      put(sections + i * elf::kSectionHeaderSize + 24, elf.sections[i].offset + by);
    }
  }
  ASSERT_EQ(call_answer(scratch.write("edited.so", edited)), 42);
  check_stripped(scratch, edited);
  EXPECT_LT(strip_elf(base::as_bytes(edited))->size(), original.size());
}

TEST(ElfStrip, LeavesAloneWhatItDoesNotKnow) {
  const fixture::Scratch scratch;
  const std::string library = fixture::compile_library(scratch);
  EXPECT_FALSE(strip_elf(base::as_bytes(library + "payload")).has_value());
  EXPECT_FALSE(strip_elf(base::as_bytes("not an ELF file")).has_value());
  EXPECT_FALSE(strip_elf({}).has_value());
  std::string relocatable = library;
  relocatable[16] = 1;
  EXPECT_FALSE(strip_elf(base::as_bytes(relocatable)).has_value());
}

}  // namespace
}  // namespace lamella::archive
