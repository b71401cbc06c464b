// SPDX-License-Identifier: Apache-2.0
#include "package/wheel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "package/wheel_fixture.h"

namespace lamella::package {
namespace {

using fixture::WheelMaker;
using testing::ElementsAre;
using testing::HasSubstr;

/// Paths as installed, executables marked with '*'; or the error's text.
struct Installed {
  std::vector<std::string> paths;
  std::string error;
  ErrorCode code = ErrorCode::kInternal;
};

Installed install(const WheelMaker& maker) {
  const std::string bytes = maker.bytes();
  const auto zip = archive::ZipReader::open(base::as_bytes(bytes), archive::Profile::kWheel);
  if (!zip) return {{}, zip.error().to_string(), zip.error().code()};
  const auto files = read_wheel(*zip, maker.pinned(bytes));
  if (!files) return {{}, files.error().to_string(), files.error().code()};
  Installed installed;
  for (const WheelFile& file : *files) installed.paths.push_back(file.path + (file.executable ? "*" : ""));
  return installed;
}

void expect_rejected(const WheelMaker& maker, const std::string& words) {
  const Installed installed = install(maker);
  EXPECT_EQ(installed.code, ErrorCode::kRejected);
  EXPECT_THAT(installed.error, HasSubstr(words));
  EXPECT_THAT(installed.error, HasSubstr(maker.distribution + "-" + maker.version + "-py3-none-any.whl"));
}

TEST(Wheel, GivesItsFilesInInstalledOrderWithoutRecord) {
  WheelMaker maker;
  maker.files = {{"tiny/b.py", ""}, {"tiny/a.py", ""}, {"_tiny.so", "x"}};
  EXPECT_THAT(install(maker).paths, ElementsAre("_tiny.so", "tiny-1.0.dist-info/METADATA",
                                                "tiny-1.0.dist-info/WHEEL", "tiny/a.py", "tiny/b.py"));
}

TEST(Wheel, NeedsExactlyOneDistInfo) {
  WheelMaker none;
  none.dist_info = "tiny-1.0.egg-info";
  expect_rejected(none, "0 dist-info folders");
  WheelMaker two;
  two.files["other-1.0.dist-info/METADATA"] = "";
  expect_rejected(two, "2 dist-info folders");
}

TEST(Wheel, NeedsItsMetadata) {
  WheelMaker no_metadata;
  no_metadata.metadata = false;
  expect_rejected(no_metadata, "no tiny-1.0.dist-info/METADATA");
  WheelMaker no_wheel;
  no_wheel.wheel = false;
  expect_rejected(no_wheel, "no tiny-1.0.dist-info/WHEEL");
}

TEST(Wheel, IsTheDistributionAndVersionThatTheLockNames) {
  WheelMaker other_name;
  other_name.dist_info = "tinier-1.0.dist-info";
  expect_rejected(other_name, "is not for tiny");
  WheelMaker other_version;
  other_version.dist_info = "tiny-1.1.dist-info";
  expect_rejected(other_version, "is not for version 1.0");
  WheelMaker no_version;
  no_version.dist_info = "tiny.dist-info";
  expect_rejected(no_version, "is not for tiny");
}

TEST(Wheel, FoldsSpellingsOfOneNameAndVersion) {
  for (const auto& [distribution, version, folder] : std::vector<std::array<std::string, 3>>{
           {"python-dateutil", "2.8.2", "python_dateutil-2.8.2.dist-info"},
           {"ruamel-yaml", "0.17", "ruamel.yaml-0.17.0.dist-info"},
           {"certifi", "2018.1.18", "Certifi-2018.01.18.dist-info"},
           {"torch", "2.0+cu118", "torch-2.0+CU118.dist-info"},
           {"zero", "0.0", "zero-0.0.dist-info"}}) {
    WheelMaker maker;
    maker.distribution = distribution;
    maker.version = version;
    maker.dist_info = folder;
    EXPECT_EQ(install(maker).error, "");
  }
  for (const auto& [version, folder] : std::vector<std::pair<std::string, std::string>>{
           {"1.10", "tiny-1.1.dist-info"}, {"1.0", "tiny-10.dist-info"}, {"1.0", "tiny-1.0.1.dist-info"}}) {
    WheelMaker maker;
    maker.version = version;
    maker.dist_info = folder;
    EXPECT_THAT(install(maker).error, HasSubstr("is not for version"));
  }
}

TEST(Wheel, AgreesWithItsRecord) {
  WheelMaker absent;
  absent.record = absent.honest_record() + "tiny/gone.py,,\n";
  expect_rejected(absent, "RECORD names 'tiny/gone.py', which is not there");
  WheelMaker missed;
  missed.record = missed.honest_record();
  missed.files["tiny/extra.py"] = "";
  expect_rejected(missed, "RECORD misses 'tiny/extra.py'");
  WheelMaker outside;
  outside.record = outside.honest_record() + "../../etc/passwd,,\n";
  expect_rejected(outside, "../../etc/passwd");
  WheelMaker another_record;  // only its own RECORD need not be listed
  another_record.record = another_record.honest_record();
  another_record.files["tiny/RECORD"] = "";
  expect_rejected(another_record, "RECORD misses 'tiny/RECORD'");
}

TEST(Wheel, ReadsRecordAsCsv) {
  WheelMaker maker;
  maker.files = {{"tiny/a,b \"c\".txt", ""}};
  maker.record = "\"tiny/a,b \"\"c\"\".txt\"," + WheelMaker::recorded("") +
                 "\r\ntiny-1.0.dist-info/METADATA,,\r\n"
                 "tiny-1.0.dist-info/WHEEL,,\r\ntiny-1.0.dist-info/RECORD,,";
  EXPECT_EQ(install(maker).error, "");
}

TEST(Wheel, Z19HasOneNameAndOneVersion) {
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"Name: tiny\nVersion: 1.0\nName: other\n", "METADATA has 2 lines of 'name'"},
           {"Name: tiny\nVersion: 1.0\nVERSION : 2\nversion:2\n", "METADATA has 2 lines of 'version'"},
           {"Version: 1.0\n\nName: tiny\n", "METADATA has 0 lines of 'name'"},
           {"Name: tinier\nVersion: 1.0\n", "its METADATA is of 'tinier'"},
           {"Name: tiny\nVersion: 1.1\n", "its METADATA is of version 1.1"}}) {
    WheelMaker maker;
    maker.metadata = false;
    maker.files["tiny-1.0.dist-info/METADATA"] = text;
    expect_rejected(maker, words);
  }
  WheelMaker folded;
  folded.metadata = false;
  folded.files["tiny-1.0.dist-info/METADATA"] =
      "NAME: Tiny\r\nVersion:  1.0.0 \r\nSummary: Name: x\n Name: y\n\nName: z";
  EXPECT_EQ(install(folded).error, "");
}

TEST(Wheel, Z19IsOfAKnownWheelVersion) {
  for (const auto& [text, words] : std::vector<std::pair<std::string, std::string>>{
           {"Wheel-Version: 2.0\n", "it is of wheel version '2.0'"},
           {"Tag: x\n", "WHEEL has 0 lines"},
           {"", "WHEEL has 0"}}) {
    WheelMaker maker;
    maker.wheel = false;
    maker.files["tiny-1.0.dist-info/WHEEL"] = text;
    expect_rejected(maker, words);
  }
}

TEST(Wheel, Z20ContentIsWhatRecordSays) {
  const auto content_error = [](const std::string& record) {
    WheelMaker maker;
    maker.record =
        "tiny/__init__.py," + record + "\ntiny-1.0.dist-info/METADATA,,\ntiny-1.0.dist-info/WHEEL,,\n";
    const std::string bytes = maker.bytes();
    const auto zip = archive::ZipReader::open(base::as_bytes(bytes), archive::Profile::kWheel).value();
    const auto files = read_wheel(zip, maker.pinned(bytes));
    if (!files) return files.error().to_string();
    const auto content = read_content(zip, files->back(), maker.pinned(bytes), 1000);
    return content ? "" : content.error().to_string();
  };
  const std::string content = WheelMaker().files.begin()->second;
  EXPECT_EQ(content_error(WheelMaker::recorded(content)), "");
  EXPECT_EQ(content_error(","), "");
  EXPECT_EQ(content_error("sha512=anything,"), "") << "the wheel itself is pinned by its sha256";
  EXPECT_THAT(content_error(WheelMaker::recorded(content + "x")),
              HasSubstr("'tiny/__init__.py' was changed"));
  EXPECT_THAT(content_error(WheelMaker::recorded(content) + "0"), HasSubstr("RECORD says"));
  EXPECT_THAT(content_error("sha256=short,"), HasSubstr("malformed hash"));
  EXPECT_THAT(content_error("md5=1B2M2Y8AsgTpgAmY7PhCfg,"), HasSubstr("hash of no use"));
  EXPECT_THAT(content_error(",-1"), HasSubstr("size '-1'"));
  EXPECT_THAT(content_error(",\ntiny/__init__.py,,7"), HasSubstr("names 'tiny/__init__.py' twice"));
}

TEST(Wheel, Z21ScriptsStayInBin) {
  const auto with_script = [](const std::string& name) {
    WheelMaker maker;
    maker.files["tiny-1.0.dist-info/entry_points.txt"] =
        "[other]\na/b = x\n[console_scripts]\n# a/c\nfine = tiny:f\n" + name + " = tiny:f\n";
    return maker;
  };
  for (const char* name : {"../../x", "/x", "a\\b", ".."})
    expect_rejected(with_script(name), "would be made outside bin/");
  EXPECT_EQ(install(with_script("also.fine")).error, "");
  WheelMaker climbing;
  climbing.files["tiny-1.0.data/scripts/../../x"] = "";
  EXPECT_THAT(install(climbing).error, HasSubstr("climbs out"));
}

TEST(Wheel, Z26AGiantMetadataIsALimit) {
  WheelMaker maker;
  maker.metadata = false;
  maker.method = 8;
  maker.files["tiny-1.0.dist-info/METADATA"] = "Name: tiny\nVersion: 1.0\n\n" + std::string(16'000'001, 'x');
  EXPECT_EQ(install(maker).code, ErrorCode::kLimit);
  EXPECT_THAT(install(maker).error, HasSubstr("tiny-1.0-py3-none-any.whl"));
}

TEST(Wheel, RelocatesDataSchemes) {
  WheelMaker maker;
  maker.files = {{"tiny-1.0.data/purelib/pure.py", ""},
                 {"tiny-1.0.data/platlib/plat.so", ""},
                 {"tiny-1.0.data/data/share/x.txt", ""},
                 {"tiny-1.0.data/scripts/tool", "#!python"},
                 {"tiny-1.0.data/headers/tiny.h", ""}};
  EXPECT_THAT(install(maker).paths, ElementsAre("bin/tool*", "plat.so", "pure.py", "share/x.txt",
                                                "tiny-1.0.dist-info/METADATA", "tiny-1.0.dist-info/WHEEL"));
  WheelMaker unknown;
  unknown.files = {{"tiny-1.0.data/etc/x", ""}};
  expect_rejected(unknown, "unknown scheme 'etc'");
}

TEST(Wheel, RefusesTwoFilesForOnePlace) {
  WheelMaker maker;
  maker.files = {{"pure.py", "1"}, {"tiny-1.0.data/purelib/pure.py", "2"}};
  expect_rejected(maker, "two of its files install as 'pure.py'");
  WheelMaker below;
  below.files = {{"a-b", ""}, {"a/b", ""}, {"tiny-1.0.data/purelib/a", ""}};
  expect_rejected(below, "'a/b' installs below a file");
}

}  // namespace
}  // namespace lamella::package
