// SPDX-License-Identifier: Apache-2.0
#include "archive/source_archive.h"

#include <gtest/gtest.h>

#include "archive/gzip.h"
#include "archive/tar_fixture.h"
#include "archive/zip_fixture.h"

namespace lamella::archive {
namespace {

using fixture::gzip_of;
using fixture::tar_of;
using fixture::TarEntry;

Result<SourceArchive> open(const std::vector<TarEntry>& entries, const SourceLimits& limits = {}) {
  const std::string bytes = gzip_of(tar_of(entries));
  return SourceArchive::open(base::as_bytes(bytes), "top-1.0.tar.gz", limits);
}

/// "" when it opens, else the rule it broke (with "limit:" for kLimit).
std::string rule(const std::vector<TarEntry>& entries, const SourceLimits& limits = {}) {
  const auto opened = open(entries, limits);
  if (opened) return "";
  return (opened.error().code() == ErrorCode::kLimit ? "limit:" : "") + opened.error().fact("rule");
}

std::string named(const std::string& name) { return rule({{}, {.name = name, .content = "x"}}); }

TEST(SourceArchive, ReadsAnHonestTar) {
  const std::string deep = "top-1.0/" + std::string(120, 'd') + "/f";
  const auto source =
      open({{.name = "top-1.0/", .type = '5'},
            {.name = "pax_global_header", .content = "18 comment=abcdef\n", .type = 'g'},
            {.name = "top-1.0/setup.py", .content = "print()\n", .mode = 0755},
            {.name = "x", .content = "140 path=" + deep + "\n", .type = 'x'},
            {.name = "short", .content = "pax"},
            {.name = "././@LongLink", .content = deep + "2" + std::string(1, '\0'), .type = 'L'},
            {.name = "short", .content = "gnu"},
            {.name = "./top-1.0/dot", .content = ""}});
  ASSERT_TRUE(source.has_value()) << source.error().to_string();
  EXPECT_EQ(source->top(), "top-1.0");
  EXPECT_EQ(source->files().size(), 4U);
  EXPECT_EQ(source->read("top-1.0/setup.py").value(), "print()\n");
  EXPECT_TRUE(source->stat("top-1.0/setup.py").value()->executable);
  EXPECT_EQ(source->read(deep).value(), "pax");
  EXPECT_EQ(source->read(deep + "2").value(), "gnu");
  EXPECT_EQ(source->read("top-1.0/dot").value(), "");
  EXPECT_EQ(source->read("top-1.0/none").value(), std::nullopt);
  EXPECT_EQ(source->stat("top-1.0").value()->kind, base::FileKind::kDirectory);
  EXPECT_EQ(source->list("").value().size(), 4U);
}

TEST(SourceArchive, ReadsAnHonestZip) {
  const std::string bytes = fixture::build({.members = {{.name = "top-1.0/a"}, {.name = "top-1.0/b/c"}}});
  const auto source = SourceArchive::open(base::as_bytes(bytes), "top-1.0.zip");
  ASSERT_TRUE(source.has_value()) << source.error().to_string();
  EXPECT_EQ(source->read("top-1.0/b/c").value(), "hello hello hello");
}

TEST(SourceArchive, I1NothingLeavesItsFolder) {
  for (const char* bad : {"../x", "/abs", "top-1.0/../../x", "top-1.0/..", "C:\\x", "top-1.0//x",
                          "top-1.0/./x", "a\\b", "top-1.0/\x1b[2J"}) {
    EXPECT_EQ(named(bad), "name") << bad;
  }
  EXPECT_EQ(named("top-1.00/x"), "top");
  EXPECT_EQ(named("other"), "top");
  EXPECT_EQ(named("top-1.0/x"), "");
  const std::string zip = fixture::build({.members = {{.name = "top/a"}, {.name = "../b"}}});
  EXPECT_EQ(SourceArchive::open(base::as_bytes(zip), "top.zip").error().fact("rule"), "name");
}

TEST(SourceArchive, I1NamesAreThereOnce) {
  EXPECT_EQ(rule({{}, {.content = "other"}}), "duplicate");
  EXPECT_EQ(rule({{}, {}}), "");
  EXPECT_EQ(rule({{}, {.name = "top-1.0/a.txt/b"}}), "file-and-folder");
  EXPECT_EQ(rule({{}, {.name = "top-1.0/a.txt", .type = '5'}}), "file-and-folder");
  EXPECT_EQ(rule({{.name = "top-1.0/", .type = '5'}}), "empty");
}

TEST(SourceArchive, I2LinksToFilesAreThoseFilesAndNoOthersPass) {
  const auto link = [](const std::string& target, char type = '2') {
    return std::vector<TarEntry>{
        {}, {.name = "top-1.0/sub/link", .type = type, .target = target}, {.name = "top-1.0/sub/b"}};
  };
  const auto source = open(link("../a.txt"));
  ASSERT_TRUE(source.has_value()) << source.error().to_string();
  EXPECT_EQ(source->read("top-1.0/sub/link").value(), "hello");
  EXPECT_EQ(rule(link("top-1.0/a.txt", '1')), "");
  for (const char* bad : {"/etc/passwd", "../../../etc/passwd", "nowhere", "link", "..", "."}) {
    EXPECT_EQ(rule(link(bad)), "link") << bad;
  }
  EXPECT_EQ(rule(link("../x", '1')), "link");
  EXPECT_EQ(rule({{}, {.name = "top-1.0/d", .type = '2', .target = "/tmp"}, {.name = "top-1.0/d/x"}}),
            "link");
  for (const char device : {'3', '4', '6', 'S'}) {
    EXPECT_EQ(rule({{}, {.name = "top-1.0/dev", .content = "", .type = device}}), "tar-type") << device;
  }
}

TEST(SourceArchive, I3Bounded) {
  const std::vector<TarEntry> two{{.content = std::string(5000, 'x')}, {.name = "top-1.0/b"}};
  EXPECT_EQ(rule(two, {.bytes = 5000}), "limit:size");
  EXPECT_EQ(rule(two, {.bytes = 5005}), "");
  EXPECT_EQ(rule(two, {.entries = 1}), "limit:count");
  const std::string bomb = gzip_of(std::string(50'000'000, '\0'));
  EXPECT_LT(bomb.size(), 100'000U);
  EXPECT_EQ(gunzip(base::as_bytes(bomb), 49'999'999).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(gunzip(base::as_bytes(bomb), 50'000'000).value().size(), 50'000'000U);
  std::vector<TarEntry> links{{.content = std::string(5000, 'x')}};
  for (int i = 0; i < 10; ++i) {
    links.push_back({.name = "top-1.0/l" + std::to_string(i), .type = '2', .target = "a.txt"});
  }
  EXPECT_EQ(rule(links, {.bytes = 50'000}), "limit:size");
}

TEST(SourceArchive, DamageIsRejected) {
  EXPECT_EQ(rule({{.wrong_sum = true}}), "tar-header");
  std::string bytes = gzip_of(tar_of({{}}));
  const auto broken = [&](const std::string& text) {
    const auto opened = SourceArchive::open(base::as_bytes(text), "a.tar.gz");
    return opened ? std::string("none") : opened.error().fact("rule");
  };
  EXPECT_EQ(broken(bytes.substr(0, bytes.size() - 9)), "bad-gzip");
  EXPECT_EQ(broken("not gzip"), "bad-gzip");
  EXPECT_EQ(broken(bytes + "x"), "bad-gzip");
  EXPECT_EQ(broken(gzip_of(tar_of({{}}).substr(0, 700))), "tar-end");
  EXPECT_EQ(broken(gzip_of(fixture::tar_entry({}).substr(0, 514))), "tar-end");
  EXPECT_EQ(broken(gzip_of(tar_of({{}}) + tar_of({{.name = "top-1.0/hidden"}}))), "tar-end");
  EXPECT_TRUE(SourceArchive::open(base::as_bytes(bytes + std::string(100, '\0')), "a.tar.gz").has_value());
  EXPECT_EQ(SourceArchive::open(base::as_bytes(bytes), "a.tar.bz2").error().fact("rule"), "kind");
}

}  // namespace
}  // namespace lamella::archive
