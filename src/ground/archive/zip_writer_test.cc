// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_writer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "archive/archive_test_support.h"
#include "archive/zip_format.h"
#include "crypto/sha256.h"

namespace lamella::archive {
namespace {

using fixture::File;
using fixture::Tree;

/// Any tree: names from a few letters (so that they share folders), contents from empty to compressible.
rc::Gen<Tree> any_tree() {
  const auto part =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', 'b', 'Z', '.', '-', ' ', '_')));
  return rc::gen::map(
      rc::gen::container<std::vector<std::tuple<std::vector<std::string>, std::string, bool, bool>>>(
          rc::gen::tuple(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(part)),
                         rc::gen::arbitrary<std::string>(), rc::gen::arbitrary<bool>(),
                         rc::gen::arbitrary<bool>())),
      [](const auto& rows) {
        Tree tree = {{"always", {"here"}}};
        for (const auto& [parts, content, executable, repeat] : rows) {
          std::string name = "n";  // never "." or ".."
          for (const std::string& one : parts) name += one.substr(0, 8) + "/d";
          name.resize(std::min<std::size_t>(name.size(), 400));
          name +=
              "\xc3\xa9"
              "f";  // a file's name never equals a folder's
          std::string text = content;
          for (int i = 0; repeat && i < 6; ++i) text += text;
          tree[name] = {text, executable};
        }
        return tree;
      });
}

Tree read_back(const std::string& bytes) {
  const auto zip = ZipReader::open(base::as_bytes(bytes), Profile::kOwn);
  if (!zip) throw std::runtime_error(zip.error().to_string());
  Tree tree;
  for (const Entry& entry : zip->entries()) {
    const auto content = inflate_entry(*zip, entry, 1'000'000'000).value();
    tree[entry.name] = {std::string(base::as_text(content)), entry.executable(),
                        entry.kind == EntryKind::kSymlink};
  }
  return tree;
}

bool same(const Tree& a, const Tree& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.content == y.second.content &&
           x.second.executable == y.second.executable;
  });
}

RC_GTEST_PROP(ZipWriter, ReadsBackWhatItWrote, ()) {
  const Tree tree = *any_tree();
  AssembledZip result;
  const std::string bytes = fixture::write_zip(tree, &result);
  RC_ASSERT(same(read_back(bytes), tree));
  RC_ASSERT(result.size == bytes.size());
  RC_ASSERT(result.entries == tree.size());
  RC_ASSERT(result.digest == crypto::sha256(bytes));
  RC_ASSERT(fixture::write_zip(tree) == bytes);
}

RC_GTEST_PROP(ZipWriter, AssemblingSegmentsIsWritingFiles, ()) {
  const Tree all = *any_tree();
  Tree first, second;
  for (const auto& [name, file] : all) (first.size() * 2 < all.size() ? first : second)[name] = file;
  const std::string segments[] = {fixture::write_segment(first), fixture::write_segment(second)};
  const SpanReader reader(base::as_bytes(segments[1]));
  base::StringSink sink;
  ZipAssembler zip(sink);
  RC_ASSERT(zip.add_segment(open_segment(base::as_bytes(segments[0])).value()).has_value());
  RC_ASSERT(zip.add_segment(open_segment(reader).value()).has_value());
  const auto result = zip.finish();
  AssembledZip direct;
  RC_ASSERT(sink.text() == fixture::write_zip(all, &direct));
  RC_ASSERT(result->digest == direct.digest);
  RC_ASSERT(result->unzipped_bytes == direct.unzipped_bytes);
}

TEST(ZipWriter, BytesAreTheFormatOfRecord) {
  AssembledZip result;
  fixture::write_zip({{"a.txt", {"hello hello hello"}},
                      {"b\xc3\xa9/run", {"#!/bin/sh\n", true}},
                      {"link", {"a.txt", false, true}}},
                     &result);
  // Changing this changes every layer's digest: raise the epochs of whatever stores them.
  EXPECT_EQ(result.digest.hex(), "5fee9a9d86978fda3909d0ab0811d62207344a3902f295c98c981872d4593777");
}

TEST(ZipWriter, DeflatedBytesAreThoseOfTheEpoch) {
  if (deflate_epoch() != "libdeflate-1.14") GTEST_SKIP() << "another epoch, other bytes";
  std::string text;
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * i % 977) + " ";
  EXPECT_EQ(crypto::sha256(deflate(base::as_bytes(text))).hex(),
            "d72ab5997f0b25d9c938ac63c942ba92808a711b34cb8c2da4abde264083ec20");
}

TEST(ZipWriter, OthersReadIt) {
  Tree tree = {{"python/pkg/__init__.py", {""}},
               {"python/pkg/caf\xc3\xa9.py", {"x = 1\n"}},
               {"python/pkg/data.bin", {std::string(300'000, 'z')}},
               {"bin/run", {"#!/bin/sh\n", true}},
               {"lib/l", {"../bin/run", false, true}}};
  const fixture::Scratch scratch;
  const std::string path = scratch.write("x.zip", fixture::write_zip(tree));
  int status = 0;
  EXPECT_NE(fixture::run("unzip -t " + path, status).find("No errors"), std::string::npos);
  const std::string listing = fixture::run(
      "python3.11 -c 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip())\n"
      "for i in z.infolist(): print(ascii(i.filename), i.file_size, oct(i.external_attr>>16), i.date_time, "
      "i.flag_bits, i.extra)' " +
          path,
      status);
  EXPECT_EQ(listing,
            "None\n"
            "'bin/run' 10 0o100755 (1980, 1, 1, 0, 0, 0) 0 b''\n"
            "'lib/l' 10 0o120777 (1980, 1, 1, 0, 0, 0) 0 b''\n"
            "'python/pkg/__init__.py' 0 0o100644 (1980, 1, 1, 0, 0, 0) 0 b''\n"
            "'python/pkg/caf\\xe9.py' 6 0o100644 (1980, 1, 1, 0, 0, 0) 2048 b''\n"
            "'python/pkg/data.bin' 300000 0o100644 (1980, 1, 1, 0, 0, 0) 0 b''\n");
}

TEST(ZipWriter, LeavesOutWhatIsThereAndRefusesWhatDiffers) {
  const std::string one = fixture::write_segment({{"a", {"same"}}, {"b", {"one"}}});
  const std::string two = fixture::write_segment({{"0", {"two"}}, {"a", {"same"}}, {"z", {"end"}}});
  base::StringSink sink;
  ZipAssembler zip(sink);
  ASSERT_TRUE(zip.add_segment(open_segment(base::as_bytes(one)).value()));
  ASSERT_TRUE(zip.add_segment(open_segment(base::as_bytes(two)).value()));
  ASSERT_TRUE(zip.add_file("b", false, base::as_bytes("one")));
  EXPECT_EQ(zip.add_file("b", false, base::as_bytes("two")).error().fact("rule"), "duplicate");
  EXPECT_EQ(zip.add_file("b/c", false, {}).error().fact("rule"), "file-and-directory");
  EXPECT_EQ(zip.add_file("../c", false, {}).error().fact("rule"), "name");
  EXPECT_EQ(zip.add_file("dir/", false, {}).error().fact("rule"), "name");
  EXPECT_EQ(zip.finish()->entries, 4U);
  const Tree read = read_back(sink.text());
  EXPECT_EQ(read.at("0").content + read.at("a").content + read.at("b").content + read.at("z").content,
            "twosameoneend");
}

TEST(ZipWriter, FileUnderADirectoryOfAnotherSegment) {
  base::StringSink sink;
  ZipAssembler zip(sink);
  ASSERT_TRUE(zip.add_file("a/b/c", false, {}));
  EXPECT_EQ(zip.add_file("a/b", false, {}).error().fact("rule"), "file-and-directory");
}

TEST(ZipWriter, ManyEntriesNeedZip64AndGetIt) {
  base::StringSink sink;
  ZipAssembler zip(sink);
  for (int i = 0; i < 65'536; ++i) ASSERT_TRUE(zip.add_file(std::to_string(i), false, {}));
  ASSERT_TRUE(zip.finish());
  const auto read = ZipReader::open(base::as_bytes(sink.text()), Profile::kOwn);
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(read->entries().size(), 65'536U);
  const fixture::Scratch scratch;
  const std::string path = scratch.write("x.zip", sink.text());
  int status = 0;
  EXPECT_EQ(
      fixture::run(
          "python3.11 -c 'import sys,zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))' " + path,
          status),
      "65536\n");
}

TEST(ZipWriter, HeadersBeyondFourGigabytesUseZip64) {
  Entry entry;
  entry.name = "big";
  entry.size = entry.compressed_size = 5'000'000'000;
  entry.header_offset = 6'000'000'000;
  std::string local, central;
  zip::append_local_header(local, entry);
  zip::append_central_header(central, entry);
  EXPECT_EQ(local.size(), zip::local_header_size(entry));
  EXPECT_EQ(local.size(), 30U + 3 + 4 + 16);
  EXPECT_EQ(central.size(), 46U + 3 + 4 + 24);
  EXPECT_EQ(local.substr(14 + 4, 8), std::string(8, '\xff'));
}

TEST(ZipWriter, HashingCanBeLeftToTheSink) {
  base::StringSink sink;
  ZipAssembler zip(sink, Hashing::kNone);
  ASSERT_TRUE(zip.add_file("a", false, {}));
  EXPECT_TRUE(zip.finish()->digest.is_zero());
}

TEST(ZipWriter, ASegmentWhoseBodyRottedIsRefused) {
  std::string segment = fixture::write_segment({{"a", {"some content"}}});
  segment[16 + 31] = static_cast<char>(segment[16 + 31] ^ 1);
  base::StringSink sink;
  ZipAssembler zip(sink);
  EXPECT_EQ(zip.add_segment(open_segment(base::as_bytes(segment)).value()).error().code(),
            ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace lamella::archive
