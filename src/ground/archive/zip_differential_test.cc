// SPDX-License-Identifier: Apache-2.0
//
// Whatever we accept, Python's zipfile reads identically; and no mutation makes us crash.  The
// mutations go to one Python process as one file: [length, bytes]...
#include <gtest/gtest.h>

#include <random>

#include "archive/archive_test_support.h"
#include "archive/zip_fixture.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

constexpr const char* kJudge = R"(
import io, struct, sys, warnings, zipfile, zlib
warnings.simplefilter("ignore")
data = open(sys.argv[1], "rb").read()
at = 0
while at < len(data):
    (size,) = struct.unpack_from("<Q", data, at)
    at += 8
    try:
        z = zipfile.ZipFile(io.BytesIO(data[at:at + size]))
        rows = sorted((i.filename.encode().hex(), zlib.crc32(z.read(i)), i.file_size) for i in z.infolist())
        print(" ".join("%s:%d:%d" % row for row in rows))
    except Exception as e:
        print("error", type(e).__name__, e)
    at += size
)";

/// As the judge prints it, or "" when we refuse.
std::string our_view(const std::string& bytes, Profile profile) {
  const auto zip = ZipReader::open(base::as_bytes(bytes), profile);
  if (!zip) return "";
  std::vector<std::tuple<std::string, std::uint32_t, std::uint64_t>> rows;
  for (const Entry& entry : zip->entries()) {
    const auto content = inflate_entry(*zip, entry, 10'000'000);
    if (!content) return "";
    rows.emplace_back(base::to_hex(base::as_bytes(entry.name)), crc32(*content), content->size());
  }
  std::sort(rows.begin(), rows.end());
  std::string out;
  for (const auto& [name, crc, size] : rows) {
    out += (out.empty() ? "" : " ") + name + ":" + std::to_string(crc) + ":" + std::to_string(size);
  }
  return out;
}

std::vector<std::string> seeds() {
  using fixture::Member;
  const fixture::Zip plain{.members = {Member{.name = "p/__init__.py", .content = "", .method = 0},
                                       Member{.name = "p/a.py"}, Member{.name = "p/d", .descriptor = true},
                                       Member{.name = "x\xc3\xa9", .flags = 0x800}}};
  const std::string text = "hello hello hello";
  const std::string both = fixture::extra(
      1, fixture::numbers(text.size(), 8) + fixture::numbers(fixture::deflated(text).size(), 8));
  const fixture::Zip wide{
      .members = {
          Member{.local_extra = both, .central_extra = both, .size = 0xffffffff, .packed_size = 0xffffffff},
          Member{.name = "b/c", .content = "c", .method = 0}}};
  return {fixture::build(plain), fixture::build(wide),
          fixture::write_zip({{"a", {"x"}}, {"b/c", {text + text, true}}})};
}

std::string mutate(std::string bytes, std::mt19937& random) {
  for (unsigned i = 0; i <= random() % 2; ++i) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 6) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random() % 8))); break;
      case 2: bytes.erase(at, 1 + random() % 4); break;
      case 3: bytes.insert(at, 1 + random() % 4, static_cast<char>(random())); break;
      case 4: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 80)); break;
      default: bytes[at] = random() % 2 != 0 ? '\0' : '\xff'; break;
    }
  }
  return bytes;
}

TEST(ZipDifferential, WhatWeAcceptPythonReadsTheSame) {
  std::mt19937 random(7);
  const auto originals = seeds();
  std::vector<std::string> ours;
  std::string batch;
  const auto judge = [&](const std::string& bytes) {
    for (const Profile profile : {Profile::kUploaded, Profile::kWheel, Profile::kOwn}) {
      const std::string view = our_view(bytes, profile);
      if (view.empty()) continue;
      ours.push_back(view);
      append(batch, std::uint64_t{bytes.size()});
      batch += bytes;
      break;
    }
  };
  for (const std::string& original : originals) judge(original);
  ASSERT_EQ(ours.size(), originals.size());
  for (int round = 0; round < 6000; ++round) judge(mutate(originals[random() % originals.size()], random));
  EXPECT_GT(ours.size(), originals.size()) << "some mutations (of dates, modes) must be harmless";

  const fixture::Scratch scratch;
  int status = 0;
  const std::string theirs = fixture::run(
      "python3.11 " + scratch.write("judge.py", kJudge) + " " + scratch.write("batch", batch), status);
  ASSERT_EQ(status, 0) << theirs;
  std::string expected;
  for (const std::string& view : ours) expected += view + "\n";
  EXPECT_EQ(theirs, expected);
}

TEST(ZipDifferential, AcceptsWhatCommonToolsMake) {
  const fixture::Scratch scratch;
  scratch.write("a.txt", "hello hello hello");
  const std::string in = "cd " + scratch.file("") + " && mkdir -p d && ln -sf ../a.txt d/l && ";
  const std::pair<const char*, std::string> makers[] = {
      {"zip", in + "zip -qr t1.zip a.txt d && cat t1.zip > out.zip"},
      {"zip with links", in + "zip -qry t2.zip a.txt d && cat t2.zip > out.zip"},
      {"zip streamed", in + "zip -qr - a.txt d | cat > out.zip"},
      {"python", in + "python3.11 -m zipfile -c out.zip a.txt d"},
      {"python streamed", in + "python3.11 -c 'import "
                               "sys,zipfile\nz=zipfile.ZipFile(sys.stdout.buffer,\"w\",8)\nz.writestr(\"x/"
                               "y\",\"hi\"*99)\nz.close()' > out.zip"}};
  for (const auto& [who, command] : makers) {
    int status = 0;
    const std::string said = fixture::run(command, status);
    ASSERT_EQ(status, 0) << who << said;
    const std::string bytes = fixture::slurp(scratch.file("out.zip"));
    const auto zip = ZipReader::open(base::as_bytes(bytes), Profile::kUploaded);
    ASSERT_TRUE(zip.has_value()) << who << "\n" << zip.error().to_string();
    EXPECT_TRUE(verify_content(*zip).has_value()) << who;
    EXPECT_TRUE(verify_links(*zip).has_value()) << who;
  }
}

}  // namespace
}  // namespace lamella::archive
