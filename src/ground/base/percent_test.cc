// SPDX-License-Identifier: Apache-2.0
#include "base/percent.h"

#include <gtest/gtest.h>

namespace lamella::base {
namespace {

TEST(Percent, EncodesAsSignaturesWant) {
  EXPECT_EQ(percent_encode("a b/c~d"), "a%20b%2Fc~d");
  EXPECT_EQ(percent_encode("a b/c~d", "/"), "a%20b/c~d");
  EXPECT_EQ(percent_encode("\xc3\xa9"), "%C3%A9");
}

TEST(Percent, EveryByteComesBack) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
}

TEST(Percent, DecodesBothCasesAndLeavesPlus) {
  EXPECT_EQ(percent_decode("%2e%2E+"), "..+");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
}

TEST(Percent, RefusesHalfAnEscape) {
  for (const char* text : {"%", "%4", "a%", "%zz", "%4g", "%-1"}) EXPECT_FALSE(percent_decode(text)) << text;
}

}  // namespace
}  // namespace lamella::base
