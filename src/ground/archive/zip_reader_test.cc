// SPDX-License-Identifier: Apache-2.0
//
// One test per Z row of the promises that is the reader's to keep.
#include "archive/zip_reader.h"

#include <gtest/gtest.h>

#include "archive/zip_fixture.h"

namespace lamella::archive {
namespace {

using fixture::build;
using fixture::Member;
using fixture::Zip;

/// "" when the archive opens and its content is sound, else the rule it broke (with "limit:" for kLimit).
std::string rule(const std::string& zip, Profile profile = Profile::kWheel, const Limits& limits = {}) {
  const auto opened = ZipReader::open(base::as_bytes(zip), profile, limits);
  const auto sound = opened ? verify_content(*opened) : Result<>(Error(opened.error()));
  if (sound) return "";
  EXPECT_NE(sound.error().fact("rule"), "");
  return (sound.error().code() == ErrorCode::kLimit ? "limit:" : "") + sound.error().fact("rule");
}

std::string named(const std::string& name, const std::string& other = "") {
  Zip zip{.members = {Member{.name = name}}};
  if (!other.empty()) zip.members.push_back(Member{.name = other});
  return rule(build(zip));
}

TEST(ZipReader, ReadsAnHonestArchive) {
  const std::string bytes =
      build(Zip{.members = {Member{.name = "d/", .content = "", .method = 0, .attributes = 040755U << 16U},
                            Member{.name = "d/run.sh", .attributes = 0104755U << 16U},
                            Member{.name = "empty", .content = "", .method = 0}}});
  const auto zip = ZipReader::open(base::as_bytes(bytes), Profile::kWheel);
  ASSERT_TRUE(zip.has_value()) << zip.error().to_string();
  ASSERT_EQ(zip->entries().size(), 3U);
  EXPECT_EQ(zip->entries()[0].kind, EntryKind::kDirectory);
  const Entry* run = zip->find("d/run.sh");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->mode, 0755);
  EXPECT_TRUE(run->special_bits);  // Z3: setuid is told, not taken
  EXPECT_EQ(base::as_text(inflate_entry(*zip, *run, 100).value()), "hello hello hello");
  EXPECT_EQ(zip->unzipped_bytes(), 17U);
  EXPECT_EQ(zip->find("d/run"), nullptr);
}

TEST(ZipReader, Z1RefusesPathsThatLeave) {
  for (const char* bad : {"../x", "/abs", "C:\\x", "C:x", "c:/x", "\\\\server\\x", "a/../../b", "a/..", "./a",
                          "a/./b", "a//b", "..", ".", "/", "a\\b"}) {
    EXPECT_EQ(named(bad), "name") << bad;
  }
  EXPECT_EQ(named("python/...", "pythonX/a..b"), "");
}

TEST(ZipReader, Z2RefusesLinksInWheelsAndBadLinksElsewhere) {
  const std::uint32_t link = 0120777U << 16U;
  const auto linked = [&](const std::string& name, const std::string& target) {
    return build(
        Zip{.members = {Member{.name = name, .content = target, .method = 0, .attributes = link},
                        Member{.name = "d/file"},
                        Member{.name = "d/up", .content = "../d", .method = 0, .attributes = link}}});
  };
  EXPECT_EQ(rule(linked("l", "d/file")), "link");
  const auto checked = [&](const std::string& name, const std::string& target) {
    const std::string bytes = linked(name, target);
    const auto zip = ZipReader::open(base::as_bytes(bytes), Profile::kUploaded);
    return zip && verify_links(*zip).has_value();
  };
  EXPECT_TRUE(checked("l", "d/file"));
  EXPECT_TRUE(checked("d/l", "../d/up/up/file"));
  for (const char* bad : {"/etc/passwd", "../x", "d/../../x", "absent", "l", "d/file/x", ""}) {
    EXPECT_FALSE(checked("l", bad)) << bad;
  }
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "l", .content = "d", .method = 0, .attributes = link},
                                       Member{.name = "l/x"}}}),
                 Profile::kUploaded),
            "through-link");
}

TEST(ZipReader, Z3RefusesSpecialFiles) {
  for (const std::uint32_t type : {0010000U, 0020000U, 0060000U, 0140000U}) {
    EXPECT_EQ(rule(build(Member{.attributes = (type | 0644U) << 16U})), "special-file") << type;
  }
}

TEST(ZipReader, Z4RefusesDuplicatesAndOneSidedEntries) {
  EXPECT_EQ(named("a", "a"), "duplicate");
  EXPECT_EQ(named("a/b", "a/b"), "duplicate");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "b"}, Member{.name = "a", .central = false}}})), "gap");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "a", .central = false}, Member{.name = "b"}}})),
            "prefix-bytes");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "b"}, Member{.name = "a", .local = false}}})),
            "no-local");
}

TEST(ZipReader, Z5RefusesNamesThatFoldTogetherUnlessAlike) {
  const auto both = [](const std::string& a, const std::string& b, const std::string& content,
                       Profile profile) {
    return rule(build(Zip{.members = {Member{.name = a, .flags = 0x800},
                                      Member{.name = b, .content = content, .flags = 0x800}}}),
                profile);
  };
  EXPECT_EQ(both("Foo.py", "foo.py", "other", Profile::kWheel), "case-collision");
  EXPECT_EQ(both("Foo.py", "foo.py", "hello hello hello", Profile::kWheel), "");
  EXPECT_EQ(both("Foo.py", "foo.py", "other", Profile::kUploaded), "");
  EXPECT_EQ(both("\xc3\x89t\xc3\xa9", "e\xcc\x81te\xcc\x81", "other", Profile::kWheel), "case-collision");
  EXPECT_EQ(both("\xd0\x94", "\xd0\xb4", "other", Profile::kWheel), "case-collision");  // Cyrillic De
  EXPECT_EQ(both("A", "a/b", "other", Profile::kWheel), "file-and-directory");
}

TEST(ZipReader, Z6RefusesHeadersThatDisagree) {
  EXPECT_EQ(rule(build(Member{.local_name = "b.txt"})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_name = "a.txtx"})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_method = 0})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_crc = 1})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_size = 1})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_flags = 8})), "local-differs");
  EXPECT_EQ(rule(build(Member{.local_flags = 0x800})), "local-differs");
}

TEST(ZipReader, Z7RefusesForeignBytesAndSecondEnds) {
  const std::string honest = build(Member{});
  EXPECT_EQ(rule(honest + "x"), "trailing-bytes");
  EXPECT_EQ(rule(honest + std::string(70'000, 'x')), "no-end");
  EXPECT_EQ(rule("#!/bin/sh\n" + honest), "prefix-bytes");
  EXPECT_EQ(rule(build(Zip{.prefix = "#!/bin/sh\n"})), "prefix-bytes");
  EXPECT_EQ(rule(honest + honest), "prefix-bytes");
  EXPECT_EQ(rule(build(Zip{.comment = "PK\5\6 no more"})), "trailing-bytes");
  EXPECT_EQ(rule(build(Zip{.comment = std::string("PK\5\6", 4) + std::string(18, '\0')})), "two-ends");
  EXPECT_EQ(rule(build(Zip{.comment_size = 1})), "trailing-bytes");
  EXPECT_EQ(rule(build(Zip{.comment = "made by hand"})), "");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.before = "zz"}}})), "prefix-bytes");
  EXPECT_EQ(rule(build(Zip{.members = {Member{}, Member{.name = "b", .before = "zz"}}})), "gap");
}

TEST(ZipReader, Z8RefusesOverlapsBeforeInflating) {
  // Two directory entries share one local entry; then one whose data hold another's header.
  EXPECT_NE(
      rule(build(Zip{.members = {Member{.name = "a"}, Member{.name = "a", .offset = 0, .local = false}}})),
      "");
  std::string inner;
  const auto placed = fixture::append_local(inner, Member{.name = "b", .method = 0});
  Member outer{.name = "a", .content = inner, .method = 0};
  const std::string nested = build(Zip{
      .members = {outer, Member{.name = "b", .method = 0, .crc = placed.crc, .offset = 31, .local = false}}});
  EXPECT_EQ(rule(nested), "overlap");
  EXPECT_EQ(rule(build(Member{.method = 0, .size = 5000, .packed_size = 5000})), "overlap");
}

TEST(ZipReader, Z9StopsBombsAtTheLimit) {
  const std::string zeros(1'000'000, '\0');
  const std::string bomb = build(Member{.content = zeros});
  EXPECT_EQ(rule(bomb, Profile::kWheel, Limits{.max_entry_size = 999'999}), "limit:entry-size");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "a", .content = zeros},
                                       Member{.name = "b", .content = zeros}}}),
                 Profile::kWheel, Limits{.max_total_size = 1'500'000}),
            "limit:total-size");
  EXPECT_EQ(rule(build(Member{.content = zeros, .size = 1024})), "limit:size-lie");
  EXPECT_EQ(rule(build(Member{.size = 0x7fffffff})), "limit:size-lie");  // refused without allocating it
  const auto zip = ZipReader::open(base::as_bytes(bomb), Profile::kWheel);
  EXPECT_EQ(inflate_entry(*zip, zip->entries()[0], 1000).error().code(), ErrorCode::kLimit);
}

TEST(ZipReader, Z10CountsUpToTheLimitAndReadsZip64) {
  for (const std::size_t count : {65'535U, 65'536U}) {
    Zip zip;
    zip.members.clear();
    for (std::size_t i = 0; i < count; ++i) {
      zip.members.push_back(Member{.name = std::to_string(i), .content = "", .method = 0});
    }
    std::string bytes = build(zip);
    if (count > 0xffff) {
      const auto size = static_cast<std::uint64_t>(bytes.size());
      const std::uint64_t directory = load<std::uint32_t>(base::as_bytes(bytes), bytes.size() - 10);
      const std::uint64_t offset = load<std::uint32_t>(base::as_bytes(bytes), bytes.size() - 6);
      EXPECT_EQ(rule(bytes), "bad-directory");  // the count wrapped around
      zip.count = 0xffff;
      zip.before_end = fixture::end_64(count, directory, offset, size - 22);
      bytes = build(zip);
    }
    EXPECT_EQ(rule(bytes), "") << count;
    EXPECT_EQ(rule(bytes, Profile::kWheel, Limits{.max_entries = count - 1}), "limit:entry-count");
  }
}

TEST(ZipReader, Z10ReadsZip64WithoutNeedAndRefusesItsLies) {
  const std::string plain = build(Member{});
  const std::uint64_t size = load<std::uint32_t>(base::as_bytes(plain), plain.size() - 10);
  const std::uint64_t offset = load<std::uint32_t>(base::as_bytes(plain), plain.size() - 6);
  const auto with = [](const std::string& records) { return rule(build(Zip{.before_end = records})); };
  EXPECT_EQ(with(fixture::end_64(1, size, offset, offset + size)), "");
  EXPECT_EQ(with(fixture::end_64(2, size, offset, offset + size)), "bad-zip64");
  EXPECT_EQ(with(fixture::end_64(1, size, offset, offset + size + 1)), "bad-zip64");
  EXPECT_EQ(with(fixture::end_64(1, size, offset, ~std::uint64_t{0})), "bad-zip64");
  EXPECT_EQ(with(fixture::end_64(1, size, offset + 1, offset + size)), "bad-zip64");
  EXPECT_EQ(rule(build(Zip{.count = 0xffff, .directory_offset = 0xffffffff, .directory_size = 0xffffffff})),
            "bad-zip64");
  EXPECT_EQ(rule(build(Zip{.before_end = fixture::end_64(~std::uint64_t{0} / 2, size, offset, offset + size),
                           .count = 0xffff})),
            "limit:entry-count");

  EXPECT_EQ(rule(build(
                Zip{.before_end = fixture::end_64(1'000'000, size, offset, offset + size), .count = 0xffff})),
            "limit:entry-count");

  const std::string text = "hello hello hello";
  const auto packed = fixture::deflated(text).size();
  const std::string both = fixture::extra(1, fixture::numbers(text.size(), 8) + fixture::numbers(packed, 8));
  const Member wide{
      .local_extra = both, .central_extra = both, .size = 0xffffffff, .packed_size = 0xffffffff};
  EXPECT_EQ(rule(build(wide)), "");
  Member lie = wide;
  lie.local_extra = fixture::extra(1, fixture::numbers(text.size() + 1, 8) + fixture::numbers(packed, 8));
  EXPECT_EQ(rule(build(lie)), "local-differs");
  const Member again{.local_extra = both};
  EXPECT_EQ(rule(build(again)), "") << "as CPython writes it with force_zip64";
  Member lies_again = again;
  lies_again.local_extra =
      fixture::extra(1, fixture::numbers(text.size(), 8) + fixture::numbers(packed + 1, 8));
  EXPECT_EQ(rule(build(lies_again)), "bad-zip64");
  Member cut = wide;
  cut.central_extra = fixture::extra(1, fixture::numbers(text.size(), 8));
  EXPECT_EQ(rule(build(cut)), "bad-zip64");
  Member twice = wide;
  twice.central_extra = both + both;
  EXPECT_EQ(rule(build(twice)), "bad-zip64");
  Member absent = wide;
  absent.central_extra.clear();
  EXPECT_EQ(rule(build(absent)), "bad-zip64");
  Member huge = wide;
  huge.central_extra = huge.local_extra =
      fixture::extra(1, fixture::numbers(1ULL << 40U, 8) + fixture::numbers(packed, 8));
  EXPECT_EQ(rule(build(huge)), "limit:size-lie");
}

TEST(ZipReader, Z11VerifiesChecksumsAndDescriptors) {
  EXPECT_EQ(rule(build(Member{.crc = 1})), "crc");
  EXPECT_EQ(rule(build(Member{.method = 0, .crc = 1})), "crc");
  EXPECT_EQ(rule(build(Member{.descriptor = true})), "");
  EXPECT_EQ(rule(build(Member{.descriptor = true, .crc = 0})), "crc");
  EXPECT_EQ(rule(build(Member{.descriptor = true, .descriptor_bytes = std::string(16, 'x')})),
            "bad-descriptor");
  EXPECT_EQ(rule(build(Member{.descriptor = true, .descriptor_bytes = ""})), "bad-descriptor");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.flags = 8}, Member{.name = "b"}}})), "bad-descriptor");
  const std::string text = "hello hello hello";
  const auto packed = fixture::deflated(text).size();
  const std::string crc = fixture::numbers(crc32(base::as_bytes(text)), 4);
  for (const std::string& sign : {fixture::numbers(0x08074b50, 4), std::string()}) {
    for (const std::size_t width : {4U, 8U}) {
      const std::string good =
          sign + crc + fixture::numbers(packed, width) + fixture::numbers(text.size(), width);
      EXPECT_EQ(rule(build(Member{.descriptor = true, .descriptor_bytes = good})), "") << width;
      const std::string bad =
          sign + crc + fixture::numbers(packed, width) + fixture::numbers(text.size() + 1, width);
      EXPECT_EQ(rule(build(Member{.descriptor = true, .descriptor_bytes = bad})), "bad-descriptor") << width;
    }
  }
}

TEST(ZipReader, Z12NamesTheMethodItRefuses) {
  for (const std::uint16_t method : std::initializer_list<std::uint16_t>{1, 6, 9, 12, 14, 93, 95, 97, 99}) {
    EXPECT_EQ(rule(build(Member{.method = method})), "method") << method;
  }
  const auto bzip2 = ZipReader::open(base::as_bytes(build(Member{.method = 12})), Profile::kUploaded);
  EXPECT_NE(bzip2.error().what().find("bzip2"), std::string::npos);
  EXPECT_EQ(rule(build(Member{.flags = 1})), "encrypted");
  EXPECT_EQ(rule(build(Member{.central_extra = fixture::extra(0x9901, "1234567")})), "encrypted");
  EXPECT_EQ(rule(build(Zip{.disk = 1})), "split-disk");
  EXPECT_EQ(rule(build(Member{.flags = 0x20})), "method");
  EXPECT_EQ(rule(build(Member{.flags = 0x10})), "flags");
  EXPECT_EQ(rule(build(Member{.needs = 64})), "version");
}

TEST(ZipReader, Z13RefusesBadDeflate) {
  const std::string good = fixture::deflated("hello hello hello");
  EXPECT_EQ(rule(build(Member{.packed = good.substr(0, good.size() - 2)})), "bad-deflate");
  EXPECT_EQ(rule(build(Member{.packed = good + "x"})), "bad-deflate");
  EXPECT_EQ(rule(build(Member{.packed = "\7" + good})), "bad-deflate");  // block type 3
  EXPECT_EQ(rule(build(Member{.packed = ""})), "bad-deflate");
  EXPECT_EQ(rule(build(Member{.size = 18})), "size-lie");
}

TEST(ZipReader, Z14RefusesNamesThatReadersSeeDifferently) {
  for (const std::string& bad :
       {std::string(), std::string(65'000, 'a'), std::string("a/") + std::string(256, 'b'),
        std::string("a\0b", 3), std::string("a\nb"), std::string("a\x1b[31mb"), std::string("\x7f"),
        std::string("\xff"), std::string("\xc0\xaf"), std::string("\xed\xa0\x80")}) {
    EXPECT_EQ(rule(build(Member{.name = bad, .flags = 0x800})), "name");
  }
  EXPECT_EQ(rule(build(Member{.name = "\xc3\xa9"})), "name-encoding");
  EXPECT_EQ(rule(build(Member{.name = "\xc3\xa9"}), Profile::kUploaded), "");
  EXPECT_EQ(rule(build(Member{.name = "\xc3\xa9", .flags = 0x800})), "");
  const auto unicode_path = [](const std::string& name) {
    return fixture::extra(0x7075, "\1" + fixture::numbers(crc32(base::as_bytes("a.txt")), 4) + name);
  };
  EXPECT_EQ(rule(build(Member{.central_extra = unicode_path("a.txt")})), "");
  EXPECT_EQ(rule(build(Member{.central_extra = unicode_path("../b")})), "unicode-path");
  EXPECT_EQ(rule(build(Member{.local_extra = unicode_path("b")})), "unicode-path");
  EXPECT_EQ(rule(build(Member{.central_extra = "\1\1\xff"})), "bad-extra");

  const auto refused = ZipReader::open(base::as_bytes(build(Member{.name = "x\x1b[31m"})), Profile::kWheel);
  EXPECT_EQ(refused.error().fact("entry"), "x\\x1b[31m");
  EXPECT_EQ(refused.error().to_string().find('\x1b'), std::string::npos);
}

TEST(ZipReader, Z15RefusesDirectoriesWithDataAndFilesWithChildren) {
  const std::uint32_t directory = 040755U << 16U;
  EXPECT_EQ(rule(build(Member{.name = "d/", .attributes = directory})), "directory-data");
  EXPECT_EQ(rule(build(Member{.name = "d", .attributes = directory})), "kind");
  EXPECT_EQ(rule(build(Member{.name = "d", .made_by = 0x0014, .attributes = 0x10})), "kind");
  EXPECT_EQ(named("a", "a/b"), "file-and-directory");
  EXPECT_EQ(named("a/b/c", "a"), "file-and-directory");
  EXPECT_EQ(named("a-b", "a/b"), "");
}

TEST(ZipReader, Z15TakesADirectoryWhoseNothingIsDeflated) {
  const std::string nothing("\3\0", 2);
  const std::string stored_nothing("\1\0\0\xff\xff", 5);  // zlib at level 0
  Member directory{.name = "d/", .content = "", .attributes = 0};
  const auto packed = [&](const std::string& bytes, Profile profile = Profile::kWheel) {
    directory.packed = bytes;
    return rule(build(Zip{.members = {directory, Member{}}}), profile);
  };
  EXPECT_EQ(packed(nothing), "");
  EXPECT_EQ(packed(stored_nothing), "");
  EXPECT_EQ(packed(nothing, Profile::kUploaded), "");
  EXPECT_EQ(packed(nothing, Profile::kOwn), "directory-data");
  for (const Profile profile : {Profile::kWheel, Profile::kUploaded}) {
    EXPECT_EQ(packed("xy", profile), "directory-data");
    EXPECT_EQ(packed(nothing + "x", profile), "directory-data");
    EXPECT_EQ(packed(fixture::deflated("x"), profile), "directory-data");
    EXPECT_EQ(packed(stored_nothing + nothing, profile), "directory-data");
  }
  directory.method = 0;
  EXPECT_EQ(packed(nothing), "directory-data");
  directory.method = 8;
  directory.size = 2;
  EXPECT_EQ(packed(nothing), "directory-data");
}

TEST(ZipReader, Z16TakesAnyDate) {
  for (const std::uint32_t date : {0U, 0xffffffffU, 0x00200000U, 0xeda00000U}) {
    EXPECT_EQ(rule(build(Member{.date_time = date})), "") << date;
  }
}

TEST(ZipReader, Z17ReadsModesOfAnyOrigin) {
  const auto mode = [](std::uint16_t made_by, std::uint32_t attributes) {
    const std::string bytes = build(Member{.made_by = made_by, .attributes = attributes});
    return ZipReader::open(base::as_bytes(bytes), Profile::kWheel).value().entries()[0].mode;
  };
  EXPECT_EQ(mode(0x0314, 0100000U << 16U), 0);
  EXPECT_EQ(mode(0x0314, 0600U << 16U), 0600);
  EXPECT_EQ(mode(0x0314, 0), 0644);
  EXPECT_EQ(mode(0x0014, 0x20), 0644);  // made on Windows
  EXPECT_EQ(mode(0x0014, 0100755U << 16U), 0644);
  EXPECT_EQ(mode(0x1314, 0100755U << 16U), 0755);  // macOS
}

TEST(ZipReader, Z18RefusesArchivesWithoutFiles) {
  EXPECT_EQ(rule(""), "no-end");
  EXPECT_EQ(rule("PK\5\6"), "no-end");
  EXPECT_EQ(rule(build(Zip{.members = {}})), "empty");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "d/", .content = "", .method = 0, .attributes = 0}}})),
            "empty");
}

TEST(ZipReader, RefusesADirectoryThatDoesNotAddUp) {
  EXPECT_EQ(rule(build(Zip{.count = 2})), "bad-directory");
  EXPECT_EQ(rule(build(Zip{.members = {Member{.name = "a"}, Member{.name = "b"}}, .count = 1})),
            "bad-directory");
  EXPECT_EQ(rule(build(Zip{.directory_size = 3})), "prefix-bytes");
  EXPECT_EQ(rule(build(Zip{.before_end = "stray"})), "prefix-bytes");
}

TEST(ZipReader, OwnTakesOnlyWhatWeWrite) {
  EXPECT_EQ(rule(build(Member{}), Profile::kOwn), "");  // the fixture's defaults are canonical
  EXPECT_EQ(rule(build(Member{.attributes = 0100600U << 16U}), Profile::kOwn), "not-canonical");
  EXPECT_EQ(rule(build(Member{.date_time = 0x58210000}), Profile::kOwn), "not-canonical");
  EXPECT_EQ(rule(build(Member{.descriptor = true}), Profile::kOwn), "not-canonical");
  EXPECT_EQ(rule(build(Member{.local_extra = fixture::extra(0x5455, "12345")}), Profile::kOwn),
            "not-canonical");
  EXPECT_EQ(rule(build(Zip{.comment = "hi"}), Profile::kOwn), "not-canonical");
}

}  // namespace
}  // namespace lamella::archive
