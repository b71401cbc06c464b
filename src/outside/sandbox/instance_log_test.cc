// SPDX-License-Identifier: Apache-2.0
#include "sandbox/instance_log.h"

#include <gtest/gtest.h>

namespace lamella::sandbox {
namespace {

TEST(InstanceLog, KeepsBothEnds) {
  InstanceLog log(10);
  for (int i = 0; i < 100; ++i) log.append("0123456789");
  EXPECT_TRUE(log.truncated());
  const std::string text = log.take();
  EXPECT_TRUE(text.starts_with("0123456789\n[lamella: "));
  EXPECT_TRUE(text.ends_with("0123456789"));
  EXPECT_LT(text.size(), 120u);
  EXPECT_TRUE(log.empty());
  EXPECT_FALSE(log.truncated());
}

TEST(InstanceLog, ShortTextIsWhole) {
  InstanceLog log(10);
  log.append("0123456");
  log.append("789abc");
  EXPECT_EQ(log.take(), "0123456789abc");
}

TEST(InstanceLog, CarriageReturnsAreLineBreaksAlsoAcrossPieces) {
  InstanceLog log(100);
  log.append("a\rb\r");
  log.append("\nc\r\n");
  log.append("d");
  EXPECT_EQ(log.take(), "a\nb\nc\nd");
}

}  // namespace
}  // namespace lamella::sandbox
