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
  maker.record =
      "\"tiny/a,b \"\"c\"\".txt\",sha256=x,0\r\ntiny-1.0.dist-info/METADATA,,\r\n"
      "tiny-1.0.dist-info/WHEEL,,\r\ntiny-1.0.dist-info/RECORD,,";
  EXPECT_EQ(install(maker).error, "");
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
}

}  // namespace
}  // namespace lamella::package
