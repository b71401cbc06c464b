// SPDX-License-Identifier: Apache-2.0
#include "base/redactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/percent.h"

namespace lamella::base {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Redactor, FindsATextInEveryCodingItMayStandIn) {  // R1
  const std::string secret = "p\"ss/w+rd?\n42";
  Redactor redactor;
  redactor.hide(secret);
  EXPECT_EQ(redactor.cleaned("says " + secret + "!"), "says [hidden]!");
  EXPECT_EQ(redactor.cleaned(R"({"token":"p\"ss/w+rd?\n42"})"), R"({"token":"[hidden]"})");
  EXPECT_EQ(redactor.cleaned("https://x/?t=" + percent_encode(secret) + "&u"), "https://x/?t=[hidden]&u");
  for (const std::string before : {"", "a", "ab", "abc", "user:"}) {
    for (const std::string after : {"", "z", "zy", "\n"}) {
      const std::string coded = to_base64(as_bytes(before + secret + after));
      EXPECT_THAT(redactor.cleaned(coded), HasSubstr("[hidden]")) << coded;
    }
  }
}

TEST(Redactor, FindsBothAlphabetsOfBase64) {  // R1
  const std::string secret = "\xfb\xff\xfe\xfb\xff\xfe\xfb\xff\xfe";
  Redactor redactor;
  redactor.hide(secret);
  EXPECT_EQ(redactor.cleaned("+//++//++//+"), "[hidden]");
  EXPECT_EQ(redactor.cleaned("-__--__--__-"), "[hidden]");
}

TEST(Redactor, ALongerTextIsHiddenBeforeAShorterOneWithinIt) {
  Redactor redactor;
  redactor.hide("hunter2");
  redactor.hide("hunter2-and-more");
  EXPECT_EQ(redactor.cleaned("hunter2-and-more hunter2"), "[hidden] [hidden]");
}

TEST(Redactor, LeavesEverythingElseAsItIs) {  // R2, R3
  Redactor redactor;
  redactor.hide("");
  redactor.hide("abc");
  EXPECT_TRUE(redactor.empty());
  EXPECT_EQ(redactor.cleaned("abcabc"), "abcabc");
  redactor.hide("hunter2");
  EXPECT_EQ(redactor.cleaned("hunter 2, hunte"), "hunter 2, hunte");
}

}  // namespace
}  // namespace lamella::base
