// SPDX-License-Identifier: Apache-2.0
#include "model/size_difference.h"

#include <gtest/gtest.h>

#include "document/json.h"

namespace lamella::model {
namespace {

using document::Value;

Weighed layer(const std::string& digest, std::vector<PackageShare> packages, std::vector<WeighedFile> files) {
  Weighed one;
  one.name = "core";
  one.sha256 = *Digest::from_hex(std::string(63, '0') + digest);
  for (const WeighedFile& file : files) one.sizes.unzipped += file.bytes;
  one.sizes.zipped = one.sizes.unzipped / 2;
  one.packages = std::move(packages);
  one.files = std::move(files);
  return one;
}

Weighed old_layer() {
  return layer("1", {{"numpy", "1.24.3", 100}, {"six", "1.16", 10}, {"gone", "2", 5}},
               {{"python/numpy/core.so", 90},
                {"python/numpy/a.py", 10},
                {"python/six.py", 10},
                {"python/gone.py", 5}});
}

Weighed new_layer() {
  return layer("2", {{"numpy", "1.26.0", 130}, {"six", "1.16", 10}, {"fresh", "1", 7}},
               {{"python/numpy/core.so", 125},
                {"python/numpy/a.py", 5},
                {"python/six.py", 10},
                {"python/fresh.py", 7}});
}

TEST(SizeDifference, EqualSidesSayNothing) {  // D1
  const Value list = size_differences({new_layer()}, {new_layer()});
  ASSERT_EQ(list.as_array()->size(), 1U);
  const Value& one = list.as_array()->front();
  EXPECT_EQ(one.text("change"), "unchanged");
  for (const auto* key : {"packages", "types", "files"}) EXPECT_TRUE(one.items(key).empty()) << key;
}

TEST(SizeDifference, NamesWhatDiffersAndWhatGrewMostFirst) {  // D2
  const Value list = size_differences({old_layer()}, {new_layer()});
  const Value& one = list.as_array()->front();
  EXPECT_EQ(one.text("change"), "changed");
  EXPECT_EQ(document::render_json(*one.find("packages")),
            R"([{"name":"numpy","from":"1.24.3","to":"1.26.0","before_bytes":100,"after_bytes":130},)"
            R"({"name":"fresh","from":null,"to":"1","before_bytes":null,"after_bytes":7},)"
            R"({"name":"gone","from":"2","to":null,"before_bytes":5,"after_bytes":null}])");
  EXPECT_EQ(document::render_json(*one.find("types")),
            R"([{"type":"library","before_bytes":90,"after_bytes":125},)"
            R"({"type":"python","before_bytes":25,"after_bytes":22}])");
  ASSERT_EQ(one.items("files").size(), 4U);
  EXPECT_EQ(one.items("files")[0].text("path"), "python/numpy/core.so");
  EXPECT_EQ(one.items("files")[1].text("path"), "python/fresh.py");
}

TEST(SizeDifference, APackageOfTheSameSizeAndAnotherVersionIsNamed) {
  Weighed after = old_layer();
  after.sha256 = new_layer().sha256;
  after.packages->at(1).version = "1.17";
  const Value list = size_differences({old_layer()}, {after});
  const Value& one = list.as_array()->front();
  ASSERT_EQ(one.items("packages").size(), 1U);
  EXPECT_EQ(one.items("packages")[0].text("to"), "1.17");
  EXPECT_TRUE(one.items("files").empty());
}

TEST(SizeDifference, PackagesThatAreNotKnownAreNotInvented) {  // D3
  Weighed before = old_layer();
  before.packages.reset();
  const Value list = size_differences({before}, {new_layer()});
  const Value& one = list.as_array()->front();
  EXPECT_TRUE(one.find("packages")->is_null());
  EXPECT_EQ(one.items("files").size(), 4U);
}

TEST(SizeDifference, WhatOnlyOneSideHasIsNewOrRemoved) {
  Weighed other = new_layer();
  other.name = "extra";
  const Value list = size_differences({old_layer()}, {other});
  ASSERT_EQ(list.as_array()->size(), 2U);
  EXPECT_EQ(list.as_array()->at(0).text("change"), "new");
  EXPECT_TRUE(list.as_array()->at(0).find("before")->is_null());
  EXPECT_EQ(list.as_array()->at(1).text("change"), "removed");
  EXPECT_EQ(list.as_array()->at(1).text("name"), "core");
  EXPECT_EQ(list.as_array()->at(1).items("packages").size(), 3U);
}

}  // namespace
}  // namespace lamella::model
