// SPDX-License-Identifier: Apache-2.0
#include "archive/elf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "archive/elf_fixture.h"
#include "archive/elf_format.h"
#include "archive/elf_strip.h"
#include "archive/little_endian.h"

namespace lamella::archive {
namespace {

class Elf : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const fixture::Scratch scratch;
    library_ = fixture::compile_library(scratch);
  }
  static void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t width) {
    std::string number;
    append(number, value);
    bytes.replace(at, width, number, 0, width);
  }
  /// The file with `width` bytes at `at` changed to `value`.
  static Result<ElfFile> with(std::size_t at, std::uint64_t value, std::size_t width) {
    std::string bytes = library_;
    put(bytes, at, value, width);
    return read_elf(base::as_bytes(bytes));
  }
  static inline std::string library_;
};

TEST_F(Elf, ReadsWhatTheLinkerWrote) {
  const auto elf = read_elf(base::as_bytes(library_));
  ASSERT_TRUE(elf.has_value()) << elf.error().to_string();
  EXPECT_TRUE(elf->is_shared_object);
  EXPECT_EQ(elf->soname, "libfixture.so.1");
  EXPECT_NE(std::find(elf->needed.begin(), elf->needed.end(), "libc.so.6"), elf->needed.end());
  EXPECT_EQ(elf->rpath.size() + elf->runpath.size(), 1U);
  EXPECT_EQ((elf->rpath.empty() ? elf->runpath : elf->rpath)[0], "$ORIGIN/../libs");
  EXPECT_TRUE(std::any_of(elf->sections.begin(), elf->sections.end(),
                          [](const auto& s) { return s.name == ".dynsym"; }));
  const auto glibc = highest_version(*elf, "GLIBC");
  ASSERT_GE(glibc.size(), 2U);
  EXPECT_EQ(glibc[0], 2U);
  EXPECT_FALSE(highest_version(*elf, "GLIBCXX").empty());
  EXPECT_TRUE(highest_version(*elf, "GLIB").empty());
}

TEST_F(Elf, KnowsForeignBinaries) {
  const auto kind = [](const std::string& bytes) { return binary_kind(base::as_bytes(bytes)); };
  EXPECT_EQ(kind(library_), BinaryKind::kElf);
  EXPECT_EQ(kind("\xcf\xfa\xed\xfe...."), BinaryKind::kMachO);
  EXPECT_EQ(kind(std::string("\xca\xfe\xba\xbe\0\0\0\2", 8)), BinaryKind::kMachO);
  EXPECT_EQ(kind(std::string("\xca\xfe\xba\xbe\0\0\0\x41", 8)), BinaryKind::kOther);  // a Java class
  std::string pe(68, '\0');
  pe.replace(0, 2, "MZ");
  put(pe, 60, 64, 4);
  pe.replace(64, 2, "PE");
  EXPECT_EQ(kind(pe), BinaryKind::kPe);
  put(pe, 60, 0xffffffff, 4);
  EXPECT_EQ(kind(pe), BinaryKind::kOther);
  EXPECT_EQ(kind("MZ"), BinaryKind::kOther);
  EXPECT_EQ(kind(""), BinaryKind::kOther);
}

TEST_F(Elf, SaysNoMoreOfOtherClassesThanTheyAre) {
  std::string arm32 = library_.substr(0, 52);
  arm32[4] = 1;
  put(arm32, 18, 40, 2);
  const auto elf = read_elf(base::as_bytes(arm32));
  ASSERT_TRUE(elf.has_value());
  EXPECT_FALSE(elf->is_64);
  EXPECT_EQ(machine_name(elf->machine), "machine 40");
  std::string big = library_.substr(0, 64);
  big[5] = 2;
  std::swap(big[18], big[19]);
  EXPECT_EQ(read_elf(base::as_bytes(big))->machine, read_elf(base::as_bytes(library_))->machine);
}

TEST_F(Elf, Z24RefusesTablesOutsideTheFile) {
  EXPECT_FALSE(with(32, ~std::uint64_t{0} - 55, 8).has_value()) << "e_phoff near 2^64";
  EXPECT_FALSE(with(32, library_.size() - 8, 8).has_value()) << "e_phoff at the end";
  EXPECT_FALSE(with(32, 40, 8).has_value()) << "e_phoff within the header";
  EXPECT_FALSE(with(56, 0xffff, 2).has_value()) << "e_phnum is PN_XNUM";
  EXPECT_FALSE(with(56, 0xfffe, 2).has_value()) << "e_phnum too large";
  EXPECT_FALSE(with(40, library_.size() - 1, 8).has_value()) << "e_shoff at the end";
  EXPECT_FALSE(with(40, ~std::uint64_t{0}, 8).has_value()) << "e_shoff at 2^64";
  EXPECT_FALSE(with(60, 0xfeff, 2).has_value()) << "e_shnum too large";
  EXPECT_FALSE(with(62, 0xfff0, 2).has_value()) << "e_shstrndx outside";
  const auto programs = load<std::uint64_t>(base::as_bytes(library_), 32);
  EXPECT_FALSE(with(programs + 32, 1ULL << 62U, 8).has_value()) << "first segment's file size";
  EXPECT_FALSE(with(programs + 40, 0, 8).has_value()) << "smaller in memory than in the file";
  EXPECT_FALSE(with(programs + 40, ~std::uint64_t{0}, 8).has_value()) << "overlaps all others";
}

TEST_F(Elf, Z24RefusesADynamicTableOverTheHeaders) {
  const auto programs = load<std::uint64_t>(base::as_bytes(library_), 32);
  const auto segments = read_elf(base::as_bytes(library_)).value().segments;
  const auto dynamic = std::find_if(segments.begin(), segments.end(),
                                    [](const ElfSegment& one) { return one.type == elf::kDynamic; });
  ASSERT_NE(dynamic, segments.end());
  const auto at =
      programs + static_cast<std::size_t>(dynamic - segments.begin()) * elf::kProgramHeaderSize + 8;
  for (const std::uint64_t offset : {std::uint64_t{9}, std::uint64_t{63}, programs, programs + 8}) {
    const auto read = with(static_cast<std::size_t>(at), offset, 8);
    ASSERT_FALSE(read.has_value()) << offset;
    EXPECT_NE(read.error().why().find("over its headers"), std::string::npos) << offset;
  }
}

TEST_F(Elf, Z24TruncatedAnywhereIsRefusedOrWhole) {
  for (std::size_t size = 0; size < library_.size(); size += 1 + size / 64) {
    const std::string cut = library_.substr(0, size);
    EXPECT_FALSE(read_elf(base::as_bytes(cut)).has_value()) << size;
    EXPECT_FALSE(strip_elf(base::as_bytes(cut)).has_value()) << size;
  }
}

/// Nothing to assert but that sanitizers stay silent: the heap copy has no slack behind it.
TEST_F(Elf, Z24MutationsStayInBounds) {
  std::mt19937 random(24);
  const auto elf = read_elf(base::as_bytes(library_)).value();
  std::vector<std::size_t> tables = {
      0, static_cast<std::size_t>(load<std::uint64_t>(base::as_bytes(library_), 40))};
  for (const ElfSection& section : elf.sections) {
    if (section.name == ".dynamic" || section.name == ".gnu.version_r")
      tables.push_back(static_cast<std::size_t>(section.offset));
  }
  int accepted = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<char> bytes(library_.begin(), library_.end());
    for (unsigned i = 0; i <= random() % 3; ++i) {
      const std::size_t at = tables[random() % tables.size()] + random() % 600;
      if (at < bytes.size()) bytes[at] = random() % 2 != 0 ? static_cast<char>(random()) : '\xff';
    }
    const std::span<const std::byte> view = std::as_bytes(std::span(bytes));
    accepted += read_elf(view).has_value() ? 1 : 0;
    (void)strip_elf(view);
  }
  EXPECT_GT(accepted, 0);
  EXPECT_LT(accepted, 4000);
}

}  // namespace
}  // namespace lamella::archive
