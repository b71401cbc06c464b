// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_names.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lamella::archive::zip {
namespace {

TEST(CollisionKey, MakesOneOfWhatFileSystemsMakeOne) {
  const std::pair<const char*, const char*> alike[] = {
      {"README", "readme"},
      {"\xc3\x84", "a\xcc\x88"},
      {"\xe2\x84\xaa", "k"},                                     // Kelvin sign
      {"\xe2\x84\xab", "a\xcc\x8a"},                             // Angstrom sign
      {"\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"},  // Hangul syllable
      {"\xce\xa3", "\xcf\x82"},                                  // sigma and final sigma
      {"o\xcc\xa3\xcc\x82", "o\xcc\x82\xcc\xa3"}};               // marks in another order
  for (const auto& [a, b] : alike) EXPECT_EQ(collision_key(a), collision_key(b)) << a;
  EXPECT_NE(collision_key("a"), collision_key("\xc3\xa4"));
  EXPECT_NE(collision_key("a/b"), collision_key("a_b"));
  EXPECT_NE(collision_key("\xd0\x90"), collision_key("A"));  // looks alike, is another letter
}

TEST(Utf8, TakesShortestScalarValuesOnly) {
  for (const char* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "a\xe2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

RC_GTEST_PROP(UnsafeName, WhatPassesStaysBelowItsRoot, (const std::string& text)) {
  if (unsafe_name(text)) return;
  RC_ASSERT(text.front() != '/');
  RC_ASSERT(("/" + text + "/").find("/../") == std::string::npos);
  RC_ASSERT(is_valid_utf8(text));
}

}  // namespace
}  // namespace lamella::archive::zip
